"""What is written while an answer streams: in sight, queued, given back."""

from __future__ import annotations

from threading import Event

from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.server import Server, Wait

ALT_ENTER = "alt-enter"


def held(event: Event, first: str = "First part", rest: str = " and the end.") -> list[object]:
    """Return an answer whose end waits for *event*."""
    return [stream_head(), sse(chunk(first), done=False), Wait(event), sse(chunk(rest), chunk("", "stop"))]


def asked(server: Server) -> list[str]:
    return [post.json["messages"][-1]["content"] for post in server.posts]


def test_draft_is_in_sight_queued_messages_are_sent_and_the_rest_stays(
    server: OpenServer, terminal: OpenTerminal
) -> None:
    first, second = Event(), Event()
    scripted = server(held(first), held(second, "Second", " done."), answer("Third."))
    chat = terminal("-m", "m", server=scripted)
    chat.wait_for("> ")
    chat.type("one")
    chat.press("enter")
    chat.wait_for("First part")

    chat.type("two or")
    chat.wait_for("> two or")
    assert "Esc stops" in chat.text
    chat.press("backspace", "backspace", "home")
    chat.type("question ")
    chat.wait_for("> question two")
    chat.press(ALT_ENTER)
    chat.wait_for("queued: question two")
    chat.type("/model x")
    chat.press(ALT_ENTER)
    chat.wait_for("Commands are not queued")
    chat.press("ctrl-u")
    chat.type("/queue three")
    chat.press(ALT_ENTER)
    chat.wait_for("queued: three")
    chat.press("up")
    chat.type("!")
    chat.wait_for("> three!")
    chat.press("enter")
    chat.wait_for(lambda chat: chat.cursor[0] == 2)
    chat.type("lines")
    chat.press(ALT_ENTER)
    chat.type("half a word")
    chat.wait_for("> half a word")
    first.set()

    chat.wait_for("Second")
    chat.wait_for("> half a word")
    second.set()
    chat.wait_for("Third.")
    chat.wait_for(lambda chat: chat.text.rstrip().splitlines()[-2].endswith("> half a word"))

    assert asked(scripted) == ["one", "question two ", "three!\nlines"]
    rows = "\n".join(chat.history)
    assert [rows.count(part) for part in ("First part and the end.", "Second done.", "> question two")] == [1, 1, 1]
    assert [rows.count(part) for part in ("queued:", "Esc stops", "> half a word")] == [0, 0, 1]


def test_failed_answer_gives_question_queue_and_draft_back(server: OpenServer, terminal: OpenTerminal) -> None:
    go_on = Event()
    scripted = server([Wait(go_on), failure(400, "no such thing")], answer("Fine."))
    chat = terminal("-m", "m", server=scripted)
    chat.wait_for("> ")
    chat.type("one")
    chat.press("enter")
    scripted.wait_for_request()
    chat.wait_for("Esc stops")
    chat.type("two")
    chat.press(ALT_ENTER)
    chat.wait_for("queued: two")
    chat.type("three")
    chat.wait_for("> three")
    go_on.set()

    chat.wait_for("> one\n  two\n  three")
    chat.press("enter")
    chat.wait_for("Fine.")
    assert asked(scripted)[1:] == ["one\ntwo\nthree"]
