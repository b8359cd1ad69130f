"""Questions of Chinese newcomers: each meets its section, and anything else is told so in Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.guide.answering import answer_question, reply_language
from chatcli.help.chinese import canonical, covered, is_wide
from chatcli.help.search import rank_sections
from chatcli.help.topics import Topic, load_topics
from chatcli.language import ENGLISH, speaking
from tests.help.test_topics import BY_NAME, TABLES, TOPICS

with speaking("zh"):
    CHINESE = load_topics(TABLES)

ANSWERS = [
    ("怎么接入 DeepSeek？", "connect", "Guided setup"),
    ("DeepSeek 的 key 怎么配置", "apikeys", "Add a key"),
    ("如何设置 API Key？", "apikeys", "Add a key"),
    ("密钥无效怎么办", "apikeys", "Key rejected"),
    ("密钥保存在哪儿？会泄露吗", "apikeys", "Add a key"),
    ("怎么删除已保存的密钥", "apikeys", "List and remove"),
    ("怎么走代理", "troubleshooting", "The server cannot be reached"),
    ("连接超时怎么办", "troubleshooting", "The server cannot be reached"),
    ("怎么换模型？", "connect", "Choose a model"),
    ("怎么查看有哪些模型可以用", "connect", "Choose a model"),
    ("默认模型在哪里改", "config", "Saving a setting"),
    ("怎么用本地的 ollama", "connect", "A local server"),
    ("本地 gguf 文件能直接跑吗", "connect", "A model file"),
    ("支持通义千问吗", "providers", "Known providers"),
    ("支持哪些服务商", "providers", "Known providers"),
    ("中文显示乱码", "troubleshooting", "The screen looks wrong"),
    ("终端里表格对不齐", "troubleshooting", "The screen looks wrong"),
    ("怎么粘贴多行代码", "keys", "Paste"),
    ("怎么换行不发送", "keys", "Write several lines"),
    ("怎么停止生成", "keys", "Stop an answer"),
    ("如何中断回答", "keys", "Stop an answer"),
    ("怎么退出程序", "start", "Quit"),
    ("怎么导出聊天记录", "sessions", "Export and import"),
    ("怎么删除聊天记录", "sessions", "Delete"),
    ("怎么恢复上次的对话", "sessions", "Resume a chat"),
    ("怎么搜索以前的聊天", "sessions", "Search chats"),
    ("聊天记录存在哪里", "privacy", "What is kept"),
    ("不想保存这次对话", "sessions", "Do not save a chat"),
    ("怎么开始新的对话", "commands", "Start over"),
    ("怎么撤回上一条消息", "commands", "Retry and undo"),
    ("重新生成回答", "commands", "Retry and undo"),
    ("费用怎么算", "providers", "What it costs"),
    ("一个问题要花多少 token", "providers", "What it costs"),
    ("系统提示词怎么设置", "commands", "System prompt"),
    ("怎么让它扮演一个角色", "templates", "Use a template"),
    ("temperature 怎么调", "params", "Set a parameter"),
    ("温度设成多少", "params", "Set a parameter"),
    ("超时时间怎么设置", "troubleshooting", "The server cannot be reached"),
    ("上下文窗口多大", "context", "Set the window size"),
    ("对话太长了怎么压缩", "context", "Too long"),
    ("令牌是什么意思", "context", "What is sent"),
    ("怎么发送图片", "attachments", "Attach an image"),
    ("怎么上传 PDF 文件", "attachments", "Attach a file"),
    ("怎么复制回答里的代码", "attachments", "Copy an answer"),
    ("怎么只输出代码", "pipes", "Only the code"),
    ("怎么输出 JSON 格式", "pipes", "Structured output"),
    ("在脚本里怎么用", "pipes", "Input"),
    ("批量处理一个文件里的问题", "batch", "Run a batch"),
    ("怎么换颜色主题", "config", "Colours and looks"),
    ("配置文件在哪", "config", "The file"),
    ("怎么恢复默认设置", "config", "Saving a setting"),
    ("环境变量有哪些", "config", "Environment variables"),
    ("请求太频繁，报 429", "troubleshooting", "Too many requests"),
    ("余额不足是什么错误", "troubleshooting", "Too many requests"),
    ("回答到一半断了", "params", "Length"),
    ("回答太短", "params", "Length"),
    ("一直没有响应", "troubleshooting", "The answer stops or stalls"),
    ("怎么关闭思考过程", "params", "Reasoning"),
    ("会不会收集我的数据", "privacy", "What leaves"),
    ("断网还能用吗", "privacy", "What leaves"),
    ("怎么切换分支", "sessions", "Branches"),
    ("怎么编辑之前的问题", "sessions", "Branches"),
    ("怎么让模型调用函数", "tools", "Your own functions"),
    ("怎么配置 MCP", "tools", "MCP servers"),
    ("怎么看帮助", "start", "Get help"),
    ("有哪些快捷键", "keys", "All keys"),
    ("有哪些命令", "commands", "In a conversation"),
    ("怎么用 vim 编辑", "keys", "Use an editor"),
    ("证书错误怎么办", "troubleshooting", "The server cannot be reached"),
    ("提示找不到模型", "troubleshooting", "Wrong address or unknown model"),
    ("自定义接口地址", "connect", "Any other address"),
    ("第三方中转站怎么填", "connect", "Any other address"),
    ("退出码 5 是什么", "troubleshooting", "The server cannot be reached"),
    ("怎么联网搜索网页", "tools", "Web pages"),
    ("怎么同时问两个模型", "params", "Several models"),
    ("模型挂了自动换另一个", "providers", "When a provider fails"),
    ("怎么安装", "connect", "Guided setup"),
    ("你能做什么", "start", "What this is"),
    ("怎么清屏", "keys", "Clear the line or the screen"),
    ("key 在哪儿填", "apikeys", "Add a key"),
    ("deepseek 怎么用", "providers", "Known providers"),
    ("能连 kimi 吗", "providers", "Known providers"),
    ("怎么接智谱的 GLM", "providers", "Known providers"),
    ("我想换成 gpt-5 模型", "connect", "Choose a model"),
    ("没有密钥能不能用", "apikeys", "Add a key"),
    ("公司内网要走代理，怎么配", "troubleshooting", "The server cannot be reached"),
    ("代理设置了还是连不上", "troubleshooting", "The server cannot be reached"),
    ("粘贴之后自动发送了", "keys", "Paste"),
    ("粘贴图片", "attachments", "Attach an image"),
    ("中文输入法有问题，显示不正常", "troubleshooting", "The screen looks wrong"),
    ("字符变成方块", "troubleshooting", "The screen looks wrong"),
    ("回答太长了想打断", "keys", "Stop an answer"),
    ("ctrl+c 会退出吗", "keys", "Stop an answer"),
    ("导出成 markdown", "sessions", "Export and import"),
    ("把对话保存成文件", "pipes", "Output"),
    ("清空所有历史记录", "sessions", "Delete"),
    ("删除某一条对话", "sessions", "Delete"),
    ("花了多少钱怎么看", "providers", "What it costs"),
    ("有免费的模型吗", "providers", "What it costs"),
    ("怎么设置预算上限", "providers", "What it costs"),
    ("system prompt 在哪里改", "commands", "System prompt"),
    ("怎么让它一直用中文回答", "commands", "System prompt"),
    ("随机性调低一点", "params", "Set a parameter"),
    ("top_p 是什么", "params", "Set a parameter"),
    ("max_tokens 设置多大合适", "params", "Length"),
    ("请求超时了", "troubleshooting", "The server cannot be reached"),
    ("网络不好总是断线", "troubleshooting", "The server cannot be reached"),
    ("一直转圈没反应", "troubleshooting", "The answer stops or stalls"),
    ("上次聊到一半，怎么接着聊", "sessions", "Resume a chat"),
    ("怎么回到之前的版本", "sessions", "Branches"),
    ("问错了，想改一下再问", "sessions", "Branches"),
    ("多行输入按什么键", "keys", "Write several lines"),
    ("怎么把报错日志发给模型", "pipes", "Input"),
    ("上传一个文件夹", "attachments", "Attach a file"),
    ("管道怎么用", "pipes", "Input"),
    ("写脚本时怎么判断成功", "exit-codes", "In a script"),
    ("怎么补全命令", "commands", "Completion in the shell"),
    ("怎么升级到新版本", "start", "Upgrade or remove"),
    ("怎么卸载这个程序", "start", "Upgrade or remove"),
    ("主题怎么换成深色", "config", "Colours and looks"),
    ("设置不生效", "config", "Where settings come from"),
    ("怎么自定义快捷键", "keys", "Change the keys"),
    ("出现 401 错误", "apikeys", "Key rejected"),
    ("出现 404", "troubleshooting", "Wrong address or unknown model"),
    ("怎么关掉流式输出", "pipes", "Without streaming"),
    ("工具调用要不要确认", "tools", "Approval"),
    ("它会执行我电脑上的命令吗", "keys", "Run a shell command"),
    ("怎么同时比较几个模型的回答", "params", "Several models"),
    ("本地部署的 vllm 怎么连", "connect", "A local server"),
    ("我有 DeepSeek 的密钥，怎么开始用", "connect", "With a key in the environment"),
    ("密钥填在哪个文件里", "apikeys", "Add a key"),
    ("换一个密钥", "apikeys", "List and remove"),
    ("需要科学上网吗", "troubleshooting", "The server cannot be reached"),
    ("怎么设置 http_proxy", "troubleshooting", "The server cannot be reached"),
    ("换成 deepseek-chat", "connect", "Choose a model"),
    ("列出所有可用模型", "connect", "Choose a model"),
    ("汉字显示成问号", "troubleshooting", "The screen looks wrong"),
    ("emoji 显示错位", "troubleshooting", "The screen looks wrong"),
    ("粘贴代码会不会直接发出去", "keys", "Paste"),
    ("怎么终止输出", "keys", "Stop an answer"),
    ("按什么键停止", "keys", "Stop an answer"),
    ("怎么关闭程序", "start", "Quit"),
    ("聊天内容怎么导出成文件", "sessions", "Export and import"),
    ("怎么备份所有会话", "sessions", "Export and import"),
    ("怎么清理旧的聊天", "sessions", "Delete"),
    ("怎么知道花了多少钱", "providers", "What it costs"),
    ("token 用量在哪看", "context", "What is sent"),
    ("怎么改系统提示词", "commands", "System prompt"),
    ("怎么调温度", "params", "Set a parameter"),
    ("怎么把超时改成 60 秒", "troubleshooting", "The server cannot be reached"),
    ("等很久才有回答", "troubleshooting", "The answer stops or stalls"),
    ("回答中途断了怎么办", "params", "Length"),
    ("怎么让回答短一点", "params", "Length"),
    ("怎么打开昨天的对话", "sessions", "Resume a chat"),
    ("怎么给对话改名", "sessions", "Resume a chat"),
    ("如何在 shell 里解释报错的命令", "pipes", "In your shell"),
    ("如何读取 stdin", "pipes", "Input"),
    ("怎么附上一张截图", "attachments", "Attach an image"),
    ("怎么让模型看我的代码文件", "attachments", "Attach a file"),
    ("怎么写自己的模板", "templates", "Write your own"),
    ("怎么添加 MCP 服务器", "tools", "MCP servers"),
    ("怎么限流重试", "troubleshooting", "Too many requests"),
    ("提示余额不足", "troubleshooting", "Too many requests"),
    ("模型名字写错了", "troubleshooting", "Wrong address or unknown model"),
    ("配置文件写在哪里", "config", "The file"),
    ("怎么看所有设置项", "config", "All settings"),
    ("vi 模式怎么开", "keys", "vi mode"),
    ("怎么换行", "keys", "Write several lines"),
    ("怎么给 chat 配代理", "troubleshooting", "The server cannot be reached"),
    ("怎么指定模型", "connect", "Choose a model"),
    ("不想看了，怎么停", "keys", "Stop an answer"),
    ("每次提问的价格", "providers", "What it costs"),
    ("最多输出多少字", "params", "Length"),
]
UNRELATED = [
    "法国的首都是哪里",
    "今天天气怎么样",
    "写一首关于大海的诗",
    "解释一下量子计算",
    "把这句话翻译成英文",
    "帮我写一封辞职信",
    "推荐几本历史书",
    "周末去哪里玩",
    "减肥应该怎么吃",
    "怎么学好英语",
    "怎么做红烧肉",
    "写一个关于分支预测的介绍",
    "什么是机器学习",
    "北京到上海的高铁要多少钱",
    "讲个笑话",
    "怎么删除 Windows 里的输入法",
    "1+1等于几",
    "数据库连接池是什么",
    "这段代码哪里错了",
    "用 JavaScript 实现一个防抖函数",
    "如何停止焦虑",
    "怎么给孩子起名字",
    "怎么安装 Docker",
    "怎么保存草莓更新鲜",
    "介绍一下苏轼",
    "太阳为什么是红色的",
    "怎么治疗感冒",
    "世界上最高的山是哪座",
    "帮我取一个英文名",
    "怎么用 Excel 做表格",
    "Java 和 Python 哪个好",
    "怎么申请护照",
    "怎么修电脑",
    "推荐一部电影",
    "给我写一个爬虫",
    "什么是区块链",
    "如何提高写作水平",
    "附近有什么好吃的",
    "比较一下苹果和华为手机",
    "怎么注册公司",
    "为什么猫喜欢盒子",
    "写一份周报",
    "怎么设置闹钟",
    "手机没有声音怎么办",
    "怎么删除微信好友",
]
KEYWORDS = sorted(
    {word for topic in TOPICS for section in topic.sections for word in section.keywords if is_wide(word)}
)


@pytest.mark.parametrize(("question", "topic", "heading"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_a_chinese_question_is_answered_in_chinese_by_its_section(question: str, topic: str, heading: str) -> None:
    headings = [section.heading for section in BY_NAME[topic].sections]
    shown = next(shown for shown in CHINESE if shown.name == topic).sections[headings.index(heading)]

    said = answer(question)

    assert said.startswith(f"**{shown.heading}**\n\n{shown.body}")
    assert f"摘自 `chat help {topic}`。" in said


@pytest.mark.parametrize("question", UNRELATED)
def test_anything_else_is_told_what_the_guide_is(question: str) -> None:
    said = answer(question)

    assert "我不是语言模型" in said
    assert "`chat connect`" in said
    assert "- 设置：" in said


def test_other_languages_are_answered_in_the_language_in_use() -> None:
    questions = ("おすすめの小説", "김치 만드는 법", "tell me a joke", "")

    assert [reply_language([question]) for question in questions] == [ENGLISH] * 4
    with speaking("zh"):
        assert [reply_language([question]) for question in questions] == ["zh"] * 4


def test_more_is_answered_in_the_language_of_the_question() -> None:
    assert [reply_language(["怎么粘贴多行代码", *["more"] * times]) for times in range(3)] == ["zh"] * 3


@pytest.mark.parametrize("topic", CHINESE, ids=[topic.name for topic in CHINESE])
def test_a_heading_in_chinese_finds_its_section(topic: Topic) -> None:
    for section in topic.sections:
        said = [answer_question([section.heading, *["更多"] * times], TOPICS, CHINESE) for times in range(2)]
        assert any(text.startswith(f"**{section.heading}**\n\n{section.body}") for text in said)


def answer(question: str) -> str:
    with speaking(reply_language([question])):
        return answer_question([question], TOPICS, CHINESE)


def test_every_keyword_alone_finds_a_section_that_has_it() -> None:
    missed = []
    for keyword in KEYWORDS:
        best = rank_sections(keyword.replace(" ", "的"), TOPICS)[0]
        if not covered([canonical(word) for word in best.section.keywords], canonical(keyword)):
            missed.append((keyword, best.section.heading))

    assert len(KEYWORDS) > 200
    assert missed == []


@given(st.sampled_from(KEYWORDS))
def test_a_synonym_of_a_synonym_is_the_same_word(keyword: str) -> None:
    assert canonical(canonical(keyword)) == canonical(keyword)


@given(st.permutations(["删除", "已经", "密钥", "保存"]))
def test_the_words_of_a_keyword_are_found_in_any_order(words: list[str]) -> None:
    assert rank_sections("".join(words), TOPICS)[0].section.heading == "List and remove"


@given(st.lists(st.sampled_from([*KEYWORDS, "deepseek", "key", "404", "的", "首都", " "])).map("".join))
def test_no_question_is_accounted_for_more_than_wholly(question: str) -> None:
    assert all(0 <= hit.coverage <= 1 for hit in rank_sections(question, TOPICS))
