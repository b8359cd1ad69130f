"""Reads Chinese questions: words that mean the same become one, and keywords are looked for in the rest; pure.

Chinese is not split into words. A keyword is found where the question contains it; one of several words, such as
`删除 密钥`, where the question contains all of them, in any order and at any distance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_SAME = {
    "设置": "配置 设定 怎么配 怎么设 怎样设 调整 调节 修改 更改 怎么改 怎么调 设成 设为 指定 改成 调成 怎么填 填写",
    "密钥": "apikey api_key api-key key 秘钥 密匙 钥匙",
    "会话": "聊天记录 对话记录 历史记录 历史对话 历史会话 聊天历史 聊天 对话",
    "回答": "回复 答复 答案 输出内容",
    "停止": "停下 中断 打断 终止 中止",
    "切换": "更换 换成 换到 换个 换一个 换另一个 改用",
    "删除": "删掉 清除 移除 删",
    "服务商": "提供商 供应商 厂商 厂家 平台",
    "模型": "大模型 model",
    "图片": "图像 照片 截图",
    "费用": "价格 价钱 花费 多少钱 收费 计费 花钱 扣费 账单",
    "令牌": "tokens token",
    "温度": "temperature",
    "系统提示词": "系统提示 系统消息 系统prompt",
    "快捷键": "热键 按键 键位",
    "连接": "接入 绑定 对接 连上 接上 链接",
    "地址": "网址 base_url base-url baseurl",
    "端点": "接口 endpoint",
    "代理": "proxy http_proxy https_proxy 梯子 翻墙 科学上网",
    "错误": "报错 出错 失败 异常",
    "超时": "timeout",
    "命令": "指令",
    "附加": "上传 附上 发送",
    "保存": "存储 储存 存在哪 存到 存放 放在",
    "查看": "列出 显示 看看 哪些 哪几个 哪几家 怎么看",
    "重新": "重来 再来",
    "撤销": "撤回 回退 反悔",
    "批量": "批处理",
    "长度": "字数",
    "分支": "分叉",
    "退出": "关闭程序 离开",
    "关闭": "关掉 关了 禁用",
}
_CANONICAL = {other: one for one, others in _SAME.items() for other in others.split()}
_OTHERS = re.compile(
    "|".join(
        rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else word
        for word in sorted([*_CANONICAL, *_SAME], key=len, reverse=True)
    )
)
_KNOWN = 0.5  # weight of a character that is in the keywords of other sections only
# Words that say nothing about the subject; in Japanese, most of what is written in hiragana.
_WORDLESS = """
怎么样 怎么办 怎么 如何 怎样 请问 为什么 什么 哪里 哪儿 哪个 哪些 能不能 可不可以 可以 能否 是否 会不会 有没有 应该 需要
想要 支持 提示 内容 意思 程序 软件 告诉我 帮我 帮忙 一下 一个 一些 一点 一直 总是 这个 那个 还能 合适 之后 之前 以后
出现 使用 时候 现在 已经 知道 看到 变成
"""
_PARTICLES = "的了吗呢吧啊呀嘛请我你您它他在是有要想能会给把让被用从到里上下个些就还都和与或及很太看做弄说出又再"
_FILLER = re.compile("|".join(_WORDLESS.split()) + rf"|[{_PARTICLES}\u3040-\u309f]")


def canonical(text: str) -> str:
    """Return *text* in lower case and with one word for all that mean the same."""
    return _OTHERS.sub(lambda found: _CANONICAL.get(found[0], found[0]), text.lower())


def is_wide(text: str) -> bool:
    """Whether *text* has characters of a script that is written without spaces."""
    return WIDE.search(text) is not None


def covered(keywords: Iterable[str], question: str) -> set[int]:
    """Return where the *question* has characters of *keywords*; a Latin word counts as two characters."""
    said = [words for words in map(str.split, keywords) if all(word in question for word in words)]
    spans = [(question.index(word), len(word) if is_wide(word) else 2) for words in said for word in words]
    return {place for start, length in spans for place in range(start, start + length)}


def substance(question: str, found: set[int], known: frozenset[str]) -> float:
    """Return how much a *question* says about its subject, where it has keywords at the places *found*.

    A character that is in some other keyword (*known*) may belong to the same subject; one that is in none to another.
    """
    rest = _FILLER.sub(lambda filler: " " * len(filler[0]), question)
    others = [char for place, char in enumerate(rest) if place not in found and is_wide(char)]
    return len(found) + sum(_KNOWN if char in known else 1 for char in others)
