"""The user sees the whole call before it runs, harmless to the terminal; anything but a clear yes means no."""

from __future__ import annotations

import pytest

from chatcli.records import replace
from chatcli.repl.approval import ApprovalPrompt, format_question
from chatcli.tools.built_in import CALCULATE
from chatcli.tools.policy import ApprovalQuestion, Consent

ASKS, ALWAYS_ASKS = replace(CALCULATE, caution="ask"), replace(CALCULATE, caution="always")
EVIL = "\x1b]0;x\x07\x9b2J\r\u202e\u3042" + "".join(f"line {number}\n" for number in range(200))


@pytest.mark.parametrize(
    ("line", "consent"),
    [
        *((yes, "once") for yes in ("y", "Y", "yes")),
        *(("c", "chat"), ("a", "always"), (None, "nobody")),
        *((no, "no") for no in ("", "n", "no", "yy", "y ", "ja", "\x1b", "once", "always")),
    ],
)
def test_anything_but_a_clear_yes_means_no(line: str | None, consent: Consent) -> None:
    assert ApprovalPrompt(lambda _question: line).ask(ApprovalQuestion(ASKS, {})) == consent


@pytest.mark.parametrize("line", ["c", "a"])
def test_a_tool_that_always_asks_cannot_be_allowed_further(line: str) -> None:
    question = ApprovalQuestion(ALWAYS_ASKS, {})

    assert ApprovalPrompt(lambda _question: line).ask(question) == "no"
    assert "always" not in format_question(question)


def test_ctrl_c_declines_and_ends_the_turn() -> None:
    def interrupt(_question: str) -> str:
        raise KeyboardInterrupt

    assert ApprovalPrompt(interrupt).ask(ApprovalQuestion(ASKS, {})) == "stop"


def test_the_whole_call_is_shown_and_cannot_drive_the_terminal() -> None:
    shown: list[str] = []

    def ask_line(question: str) -> str:
        shown.append(question)
        return ""

    prompt = ApprovalPrompt(ask_line, redact=lambda text: text.replace("key", "*"))

    prompt.ask(ApprovalQuestion(ALWAYS_ASKS, {"argv": ["echo", EVIL, "key", "pаy"]}))

    assert "line 199" in shown[0]
    assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e"} & set(shown[0])
    assert len(shown[0].splitlines()) == 4
    assert "key" not in shown[0]
    assert "а (U+0430)" in shown[0]
