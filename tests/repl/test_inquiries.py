"""Signing in: the page is opened on a yes alone, and the wait ends with the browser, with an address, or with Esc."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from chatcli.repl.inquiries import InquiryPrompt
from chatcli.terminal.question import DECLINED
from chatcli.tools.inquiries import SignInPage, UserAnswer

URL = "https://auth.example/authorize?state=s&x=" + "y" * 500
BACK = "http://127.0.0.1:1/callback?code=c&state=s"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize(
    ("lines", "opened", "answer"),
    [
        (["y", BACK], [URL], UserAnswer("accept", {"address": BACK})),
        (["e", "", BACK], [], UserAnswer("accept", {"address": BACK})),
        (["y", None], [URL], UserAnswer("accept", {"address": ""})),
        (["y", DECLINED], [URL], UserAnswer("decline")),
        (["", "never asked"], [], UserAnswer("decline")),
        ([DECLINED, "never asked"], [], UserAnswer("decline")),
        (["yes please", "never asked"], [], UserAnswer("decline")),
    ],
    ids=["pasted", "opened elsewhere", "the browser is back", "given up", "Enter", "Esc", "no clear yes"],
)
def test_a_page_is_opened_on_a_yes_alone(
    lines: list[str | None], opened: list[str], answer: UserAnswer, pipe: tuple[int, int]
) -> None:
    shown: list[str] = []
    pages: list[str] = []

    def ask_line(question: str, *, wake: int | None = None) -> str:
        shown.append(question)
        line = lines.pop(0)
        if line is None:
            assert wake == pipe[0]
            os.write(pipe[1], b".")
        return line or ""

    def open_page(url: str) -> bool:
        pages.append(url)
        return True

    found = InquiryPrompt(ask_line, open_page=open_page).ask(SignInPage("wiki", URL, pipe[0]))

    assert (found, pages) == (answer, opened)
    assert URL in shown[0]
    assert "on the host auth.example" in shown[0]


def test_after_a_wrong_address_the_page_is_not_opened_again(pipe: tuple[int, int]) -> None:
    shown: list[str] = []

    def ask_line(question: str, *, wake: int | None = None) -> str:
        shown.append(question)
        return BACK if wake else ""

    prompt = InquiryPrompt(ask_line, open_page=lambda _url: pytest.fail("it was opened"))

    assert prompt.ask(SignInPage("wiki", URL, pipe[0], "Another.")).values == {"address": BACK}
    assert shown[0].startswith("Another.")


def test_without_a_terminal_nobody_answers(pipe: tuple[int, int]) -> None:
    def ask_line(question: str, *, wake: int | None = None) -> str | None:
        assert URL in question
        return None if wake is None else ""

    assert InquiryPrompt(ask_line).ask(SignInPage("wiki", URL, pipe[0])).action == "nobody"
