"""Slash commands about what is sent: keep turns in, keep turns out, shorten, take back, begin again, leave."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import configure, echo, questions, sent, stored, summing, titles, types
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, failure

LONG = "word " * 50


def letters(texts: Sequence[str]) -> str:
    """Return the first letters of *texts*, which tell the long questions apart."""
    return "".join(text[0] for text in texts)


@types("context", "pin", "unpin", "drop")
def test_pinned_turns_are_sent_and_dropped_ones_are_not(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    configure(home, "[models.m]\ncontext = 230\n")
    scripted = server(always=answer("Yes."))
    opened = dialogue(scripted)
    opened.enter("/pin")
    for name in "ABCD":
        opened.enter(f"{name} {LONG}")
    assert letters(questions(scripted))[0] != "A"  # the window is full
    assert "left out" in opened.enter("/context")

    opened.enter("/pin 1")
    opened.enter(f"E {LONG}")
    assert letters(questions(scripted))[0] == "A"
    assert "(pinned)" in opened.enter("/pin", choose="5  E")

    opened.enter("/drop", choose="")
    opened.enter("/drop 5")
    states = opened.enter("/context")
    assert "pinned" in states
    assert "dropped" in states
    opened.enter(f"F {LONG}")
    assert "E" not in letters(questions(scripted))
    [(state,)] = stored(home, "SELECT state FROM conversation")
    assert (len(json.loads(state)["pinned"]), len(json.loads(state)["dropped"])) == (1, 1)

    opened.enter("/unpin 1")
    opened.enter(f"G {LONG}")
    assert "A" not in letters(questions(scripted))

    opened.enter("/pin 5")
    opened.enter(f"H {LONG}")
    assert "E" in letters(questions(scripted))
    opened.enter("/unpin")
    opened.enter(f"I {LONG}")
    assert "E" not in letters(questions(scripted))


@types("compact", "undo", "redo")
def test_a_summary_is_sent_in_place_of_the_turns_until_it_is_taken_back(
    server: OpenServer, dialogue: OpenDialogue
) -> None:
    scripted = server(always=summing)
    opened = dialogue(scripted)
    opened.enter("A?")
    opened.enter("B?")

    assert "The gist" in opened.enter("/compact only cities")
    assert questions(scripted)[:-1] == ["A?", "B?"]
    assert questions(scripted)[-1].endswith("only cities")
    opened.enter("C?")
    assert "The gist" in sent(scripted)[0]
    assert questions(scripted) == ["C?"]

    opened.enter("/undo", draft="C?")
    opened.clear()
    opened.enter("/redo")
    opened.enter("D?")
    assert questions(scripted) == ["C?", "D?"]
    opened.enter("/undo 2", draft="C?")
    opened.clear()
    opened.enter("/redo 2")
    opened.enter("E?")
    assert questions(scripted) == ["C?", "D?", "E?"]

    opened.enter("/compact")
    opened.enter("/undo")
    opened.enter("F?")
    assert questions(scripted) == ["A?", "B?", "C?", "D?", "E?", "F?"]


@types("history")
def test_the_whole_chat_is_written_where_nothing_is_redrawn(server: OpenServer, dialogue: OpenDialogue) -> None:
    opened = dialogue(server(failure(400, "no"), always=echo), env={"PAGER": "false"})
    assert "empty" in opened.enter("/history")
    opened.enter("A?", draft="A?")
    opened.clear()
    assert "> A?" in opened.enter("/history", draft="A?")
    opened.clear()
    for question in ("B?", "C?"):
        opened.enter(question)

    shown = opened.enter("/history")

    assert re.findall(r"(?:> |^)(m on .\?|[ABC]\?)", shown, re.MULTILINE) == ["B?", "m on B?", "C?", "m on C?"]


@types("new", "clear")
def test_a_new_chat_begins_with_what_is_configured_and_a_cleared_one_with_what_was_set(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted, "-s", "Be brief.")
    opened.enter("/set temperature 0.5")
    opened.enter("/model large")
    opened.enter("A?")

    opened.enter("/clear")
    opened.enter("B?")
    assert sent(scripted) == ["Be brief.", "B?"]
    assert (scripted.posts[-1].json["temperature"], scripted.posts[-1].json["model"]) == (0.5, "large")

    opened.enter("/system Be long.")
    opened.enter("/new")
    opened.enter("C?")
    assert sent(scripted) == ["Be brief.", "C?"]
    assert (scripted.posts[-1].json.get("temperature"), scripted.posts[-1].json["model"]) == (None, "m")
    opened.enter("/new My trip")
    opened.enter("/set temperature 1")
    assert titles(home) == ["A?", "B?", "C?"]  # nothing is stored of a chat without a question
    opened.enter("D?")
    assert titles(home) == ["A?", "B?", "C?", "My trip"]


@types("tokens", "cost", "raw")
def test_what_was_said_and_took_is_told(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    """Each answer took 1000 tokens in and 500 out: 0.2 and 0.4 cents."""
    configure(home, "[models.m]\nprice = { input = 2, output = 8 }\n")
    opened = dialogue(server(always=lambda request: echo(request) if len(sent([request])) < 3 else answer("*one*")))
    assert "$" not in opened.enter("/cost")
    opened.enter("hello world")
    assert "$0.006" in opened.enter("/cost")
    opened.enter("/new")
    opened.enter("again")

    told = opened.enter("/cost")

    assert "answers: 1\nin: 1k\nout: 500\ncost: $0.006\n" in told
    assert "answers: 2\nin: 2k\nout: 1k\ncost: $0.012\n" in told
    assert "~2 tokens, 11 characters" in opened.enter("/tokens hello world")
    (home / "notes.txt").write_text("hello world")
    assert "~2 tokens, 11 characters" in opened.enter("/tokens @notes.txt")
    assert "1 turn" in opened.enter("/tokens")
    opened.enter("more")
    assert "*one*" in opened.enter("/raw")
    assert "m on again" in opened.enter("/raw 1")


@types("exit")
def test_leaving_says_how_to_come_back(server: OpenServer, dialogue: OpenDialogue, chat: Chat, home: Path) -> None:
    """The line works as it is printed, flags included."""
    scripted = server(always=echo)
    for word in ("/exit", "/quit", "/q", "/bye", "exit"):
        opened = dialogue(scripted)
        opened.enter("A?")
        opened.type(word)
        assert opened.shown.wait_exit() == 0
        id = stored(home, "SELECT id FROM conversation ORDER BY created_at DESC")[0][0]
        assert f"chat -r {id[:12]}" in opened.shown.raw.decode()

    _, _, printed = "".join(opened.shown.history).partition("Resume: chat ")
    ran = chat("ask", "B?", *shlex.split(printed))
    assert (ran.exit_code, len(scripted.posts)) == (0, 6)
    assert "A?" in scripted.posts[-1].body.decode()
