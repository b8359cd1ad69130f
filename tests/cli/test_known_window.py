"""The window of a local model stays known from run to run, and what the server says of it counts."""

from __future__ import annotations

from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.terminal import Terminal


def _at_second_prompt(shown: Terminal) -> bool:
    return any(row.rstrip() == "2 >" for row in shown.screen)


def test_window_of_a_local_model_is_shown_before_the_first_question(terminal: OpenTerminal, server: OpenServer) -> None:
    models = [{"id": "m", "meta": {"n_ctx": 4000}}]
    local = server(always=answer("Yes."), models=models)
    first = terminal("-m", "m", server=local)
    first.wait_for("ctx 0/?")
    first.type("a question\r")
    first.wait_for(_at_second_prompt)
    first.type("/new\r")
    first.wait_for("ctx 0/4k")
    first.press("ctrl-d")
    first.wait_exit()

    again = terminal("-c", server=local)
    again.wait_for(_at_second_prompt)

    assert "/4k (" in again.text
    models[0]["meta"] = {"n_ctx": 8000}
    again.type("/model m\r")
    again.wait_for(lambda shown: "From the next turn on" in shown.text and "/4k (" in shown.text)
    again.type("another\r")
    again.wait_for(lambda shown: "3 >" in shown.screen)
    assert "/8k" in again.text
