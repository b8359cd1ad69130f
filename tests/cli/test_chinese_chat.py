"""A conversation in Chinese: what stands on the screen is Chinese, in columns of one width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import pytest

from chatcli.terminal import cells
from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.terminal import Terminal

ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")  # no name of a command, setting or model is so long
BAR = re.compile("[ ─][│┼]")
SESSION = (
    ("/help", "/helpall"),
    ("/help all", "/helpCOMMAND"),
    ("/help undo", "其中最早一轮的文字"),
    ("巴黎？", "首字"),
    ("/context", "上下文窗口未知"),
    ("/status", "服务商"),
    ("/config", "bindings.suspend"),
    ("/set temperature 0.2", "temperature=0.2"),
    ("/set", "0.2"),
    ("/tools", "read_file"),
    ("/cost", "当前会话"),
    ("/tokens", "逐轮显示"),
    ("/request last", "上一个请求"),
    ("/pin 1", "已固定第 1 轮"),
    ("/drop 1", "已排除第 1 轮"),
    ("/save", "已保存为"),
    ("/rename 首都", "已改名为"),
    ("/sessions", "使用时间"),
    ("/search 巴黎的意思是没有", "没有会话包含"),
)


def enter(screen: Terminal, line: str, expected: str) -> None:
    screen.wait_for(is_at_prompt)
    screen.type(line)
    screen.press("enter")
    echo, expected = joined(f"> {line}"), joined(expected)
    screen.wait_for(lambda shown: echo in joined(shown.text) and expected in joined(shown.text).rpartition(echo)[2])


def joined(text: str) -> str:
    """Return *text* without what breaks it into rows."""
    return "".join(text.split())


NARROW = SESSION[:2] + SESSION[3:5]


@pytest.mark.parametrize(("columns", "session"), [(80, SESSION), (40, NARROW)])
def test_a_conversation_in_chinese(
    terminal: OpenTerminal, server: OpenServer, columns: int, session: Sequence[tuple[str, str]]
) -> None:
    model = server(always=answer("Paris"), models=["m", "large"])
    screen = terminal("-m", "m", server=model, env={"CHAT_LANG": "zh"}, columns=columns, rows=250)
    screen.wait_for("列出命令")
    for line, expected in session:
        enter(screen, line, expected)
    enter(screen, "/theme", "哪个主题")
    screen.press("escape")
    screen.wait_for(is_at_prompt)
    screen.type("/file gone.txt")
    screen.press("enter")
    screen.wait_for("没有那个文件或目录")

    rows = [*screen.history, *screen.screen]
    assert [row for row in rows if ENGLISH.search(row)] == []
    for table in tables(rows):
        assert len({bars(row) for row in table}) == 1, table


def tables(rows: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows of each table with a bar between two columns."""
    for is_table, found in groupby(rows, key=lambda row: bool(BAR.search(row))):
        table = list(found)
        if is_table and not table[0].startswith("设置"):  # the settings are so many that columns widen further down
            yield table


def bars(row: str) -> tuple[int, ...]:
    """Return at which cells of *row* its bars stand."""
    return tuple(cells.width(row[: found.start()]) for found in BAR.finditer(row))
