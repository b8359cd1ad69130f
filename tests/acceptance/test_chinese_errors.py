"""Every class of failure in Chinese, met by the real program: whole sentences with number, name and remedy."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from chatcli.api.failures.network import explain_break
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.errors import NotSavedError
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PLAIN
from chatcli.store.failures import explain
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, chunk, http, sse, stream_head
from tests.support.server import CLOSE, RESET

CHINESE = {"CHAT_LANG": "zh"}
ASK = ("ask", "hi", "-m", "m")
NOWHERE = "http://127.0.0.1:1/v1"
# What a server says is shown as it stands.
_SAID, _OF_A_DAY, _OF_A_VALUE = "no such thing at all here", "limit of requests per day reached", "top_p: must be less"
_AS_IT_IS = re.compile(
    rf"`[^`]*`|'[^']*'|\"[^\"]*\"|{_SAID}|{_OF_A_DAY}|{_OF_A_VALUE}|\w+://\S+|/\S+|\b[A-Z_]+\b|\$\w+|--?[a-z][\w-]*"
)
_ENGLISH = re.compile(r"[A-Za-z]*[a-z]{2,}(?: [a-z]{2,}){2}")  # three words of a sentence
_HALF_WIDTH = re.compile(r"[一-鿿][,;:!?]|[,;:!?][一-鿿]|[一-鿿]\.(?:\s|$)")  # a mark of English within Chinese
_PLACE = re.compile(r"\{\w+\}")


def refused(status: int, code: str = "", headers: dict[str, str] | None = None, said: str = _SAID) -> bytes:
    return http(status, headers, {"error": {"message": said, "code": code}})


# What the server does, the exit code, and what the sentence names.
SERVERS: dict[str, tuple[Any, int, tuple[str, ...]]] = {
    "400": (refused(400), 8, ("400", "请求无效", "`m`", _SAID)),
    "401": (refused(401), 4, ("401", "密钥", "--key-env")),
    "402": (refused(402), 7, ("402", "余额")),
    "403": (refused(403), 4, ("403", "密钥")),
    "404": (refused(404, "model_not_found"), 8, ("没有模型 `m`", "`chat models`")),
    "404, no such path": (http(404, None, "not found"), 8, ("404", "base_url", "/v1")),
    "413": (refused(413), 8, ("413", "过大", "附件")),
    "422": (refused(422), 8, ("422", "拒绝", " B")),
    "451": (refused(451), 8, ("451", "法律")),
    "500": (refused(500), 6, ("500", "没有重试", "计费")),
    "rate limit": (refused(429, "", {"retry-after": "3600"}), 7, ("速率限制", "1 小时", "--max-wait")),
    "daily limit": (
        refused(429, "", {"retry-after": "7200"}, _OF_A_DAY),
        7,
        ("每日上限", "2 小时后"),
    ),
    "quota": (refused(429, "insufficient_quota"), 7, ("额度", "已用完", "余额")),
    "redirect": (http(307, {"location": "https://x.com/v1/chat/completions"}), 8, ("https://x.com/v1", "base_url")),
    "context": (
        refused(400, "context_length_exceeded", None, "maximum context length is 8192 tokens, resulted in 9000 tokens"),
        8,
        ("9 000", "8 192", "上下文窗口", "缩短"),
    ),
    "filter": (refused(400, "content_filter"), 11, ("内容过滤", "改写")),
    "parameter": (refused(400, "", None, _OF_A_VALUE), 8, ("拒绝",)),
    "tool call": (refused(400, "tool_use_failed"), 8, ("工具调用", "模型")),
    "web page": (http(200, {"content-type": "text/html"}, "<html><title>登录</title>"), 6, ("登录", "base_url")),
    "neither": (http(200, {"content-type": "text/plain"}, _SAID), 6, ("JSON", "事件流", "base_url")),
    "another API": (http(200, None, {"type": "message", "content": []}), 6, ("Messages API", "api.anthropic.com")),
    "not HTTP": (b"SSH-2.0-x\r\n", 6, ("HTTP", "SSH-2.0", "base_url")),
    "malformed HTTP": (b"HTTP/1.1 200 OK\r\nx : 1\r\n\r\n", 6, ("格式错误", "代理")),
    "unknown coding": (http(200, {"content-encoding": "br"}, b"\x01\x02\xff"), 6, ("`br`", "代理")),
    "cut": ([stream_head(), sse(chunk("Par"), done=False), CLOSE], 9, ("不完整",)),
    "reset": ([stream_head(), sse(chunk("Par"), done=False), RESET], 9, ("中途",)),
    "no answer": ([CLOSE], 9, ("没有重试",)),
    "empty": (answer(""), 9, ("空的回答",)),
    "length": (answer("Par", finish="length"), 10, ("长度上限",)),
    "filtered": (answer("Par", finish="content_filter"), 11, ("内容过滤",)),
    "refusal": ([stream_head(), sse(chunk(None, refusal="No"), chunk("", finish="stop"))], 11, ("拒绝回答",)),
    "in the stream": ([stream_head(), sse({"error": {"message": _SAID, "code": 500}}, done=False)], 6, ("500",)),
}


def is_whole(told: str, *names: str) -> None:
    """Assert that each line of *told* is Chinese, and that all *names* are in it."""
    assert [name for name in names if name not in told] == [], told
    assert not _PLACE.search(told), told
    for line in told.strip().splitlines():
        plain = _AS_IT_IS.sub("", line)
        assert re.search("[一-鿿]", plain), line
        assert not _ENGLISH.search(plain), line
        assert not _HALF_WIDTH.search(plain), line


@pytest.mark.parametrize(("script", "code", "names"), SERVERS.values(), ids=SERVERS)
def test_what_a_server_does_is_told_in_chinese(
    server: OpenServer, chat: Chat, script: Any, code: int, names: tuple[str, ...]
) -> None:
    ran = chat(*ASK, server=server(script), env=CHINESE)

    assert ran.exit_code == code, ran.stderr
    is_whole(ran.stderr, *names)


def mcp(entry: str) -> dict[str, bytes]:
    return {".config/chatcli/mcp.json": b'{"mcpServers": {"a": %b}}' % entry.encode()}


# A command line, the files that are there, the exit code, and what the sentence names.
_RUNS: dict[str, tuple[tuple[str, ...], dict[str, bytes], int, tuple[str, ...]]] = {
    "no question": (("ask", "-m", "m", "--base-url", NOWHERE), {}, 2, ("标准输入为空",)),
    "nothing listens": ((*ASK, "--base-url", NOWHERE), {}, 5, ("127.0.0.1:1", "监听", "服务器是否在运行")),
    "not a URL": ((*ASK, "--base-url", "localhost/v1"), {}, 3, ("http://localhost/v1",)),
    "no key": (("ask", "hi", "-p", "openai"), {}, 4, ("OpenAI", "$OPENAI_API_KEY", "`chat keys set openai`")),
    "no model": (("ask", "hi"), {}, 3, ("没有连接模型", "`chat connect`")),
    "setting": (ASK, {".config/chatcli/config.toml": b"[defaults]\nmodel = 3\n"}, 3, ("config.toml", "defaults.model")),
    "TOML": (ASK, {".config/chatcli/config.toml": b"x ="}, 3, ("config.toml", "第 1 行")),
    "file": ((*ASK, "-f", "nix.txt"), {}, 3, ("nix.txt", "没有")),
    "image": ((*ASK, "-i", "a.txt"), {"a.txt": b"hello"}, 2, ("a.txt", "PNG")),
    "binary": ((*ASK, "-f", "a.bin"), {"a.bin": b"\x7fELF\0"}, 2, ("a.bin", "二进制", "程序")),
    "PDF": ((*ASK, "-f", "a.pdf", "--base-url", NOWHERE), {"a.pdf": b"%PDF-1.4 x"}, 2, ("a.pdf", "没有将其添加为附件")),
    "parameter": ((*ASK, "-o", "temperature", "9"), {}, 2, ("`9`", "`temperature`", "0 到 2", "precise")),
    "schema": ((*ASK, "--schema", "!!"), {}, 2, ("`!!`", "schema")),
    "chat": (("ask", "hi", "-r", "nix"), {}, 2, ("`nix`", "`chat sessions`")),
    "price": ((*ASK, "--max-cost", "1", "--base-url", NOWHERE), {}, 8, ("`m`", "价格", '[models."m"]')),
    "import": (("sessions", "import", "x.json"), {"x.json": b"{"}, 2, ("x.json", "第 1 行", "conversations.json")),
    "tool": (("tools", "run", "calculate", "expression=1/0"), {}, 9, ("`calculate`", "除以零")),
    "arguments": (("tools", "run", "now", '{"x": 1}'), {}, 9, ("`now`", "不能有 `x`")),
    "MCP file": (
        ("tools", "check"),
        mcp('{"comand": "x"}'),
        3,
        ("mcp.json", '"a"', "`command`"),
    ),
    "MCP server": (
        ("tools", "check"),
        mcp('{"command": "nix-nix"}'),
        3,
        ("nix-nix", "完整路径"),
    ),
    "damaged store": (
        ("sessions", "list"),
        {".local/share/chatcli/history.db": b"x" * 5000},
        0,
        ("history.db", "改名"),
    ),
}


@pytest.mark.parametrize(("words", "files", "code", "names"), _RUNS.values(), ids=_RUNS)
def test_what_fails_here_is_told_in_chinese(
    chat: Chat, home: Path, words: tuple[str, ...], files: dict[str, bytes], code: int, names: tuple[str, ...]
) -> None:
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
        (home / name).chmod(0o600)

    ran = chat(*words, env=CHINESE)

    assert ran.exit_code == code, ran.stderr
    is_whole(ran.stderr, *names)


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_FULL", "磁盘已满"),
        ("SQLITE_BUSY", "锁定"),
        ("SQLITE_READONLY", "只读"),
        ("SQLITE_IOERR_READ", "磁盘报告错误"),
        ("SQLITE_CANTOPEN", "无法打开"),
        ("SQLITE_CORRUPT", "损坏"),
        ("SQLITE_TOOBIG", "过长"),
        ("SQLITE_INTERNAL", "SQLITE_INTERNAL"),
    ],
)
def test_what_the_store_cannot_do_is_told_in_chinese(tmp_path: Path, name: str, said: str) -> None:
    error = sqlite3.OperationalError("english words")
    error.sqlite_errorname = name

    what, hint = explain(error, tmp_path / "history.db")

    is_whole(NotSavedError(what, hint=hint).sentence(), said)


def test_the_user_reads_chinese_and_the_model_english_of_an_answer_that_does_not_fit(
    server: OpenServer, chat: Chat
) -> None:
    scripted = server(always=answer('{"age": "old"}'))

    ran = chat(*ASK, "--schema", "age int", server=scripted, env=CHINESE)

    assert ran.exit_code == 9
    is_whole(ran.stderr, "age 的类型必须是 `integer`")
    assert "age must be integer" in scripted.posts[-1].json["messages"][-1]["content"]


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("kind", FailureKind)
def test_every_breakage_on_the_way_is_told_in_chinese(kind: FailureKind) -> None:
    endpoint = Endpoint(name="far", base_url="https://far.example/v1", row=PLAIN)

    error = explain_break(BrokenExchangeError(kind, _SAID), endpoint, None, has_answer=False)

    is_whole(error.sentence(), "far.example")
