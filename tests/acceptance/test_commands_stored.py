"""Slash commands about stored chats: open, list, search, name, delete, and write them into files."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import Dialogue, echo, questions, sent, stored, summing, titles, types
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, failure

DATA = Path(".local", "share", "chatcli")


def tell_apart(opened: Dialogue, *lines: str) -> None:
    """Ask each of *lines* in a chat of its own."""
    for line in lines:
        opened.enter("/new")
        opened.enter(line)


@types("resume", "sessions", "search")
def test_a_stored_chat_is_listed_found_and_gone_on_with(server: OpenServer, dialogue: OpenDialogue) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)
    opened.enter("/sessions")
    opened.enter("/resume")
    tell_apart(opened, "Alps?", "Berlin?", "Crete?")
    opened.enter("And the Zugspitze?")

    listed = opened.enter("/sessions")
    assert [listed.index(f"title: {title}") for title in ("Crete?", "Berlin?", "Alps?")] == sorted(
        listed.index(f"title: {title}") for title in ("Crete?", "Berlin?", "Alps?")
    )
    listed = opened.enter("/sessions berl")
    assert "Berlin?" in listed
    assert "Alps?" not in listed

    assert "Alps?" in opened.enter("/resume", choose="Alps?")
    opened.enter("Height?")
    assert questions(scripted) == ["Alps?", "Height?"]
    opened.enter("/resume berlin")
    opened.enter("Age?")
    assert questions(scripted) == ["Berlin?", "Age?"]
    opened.enter("/search zugspitze", choose="Zugspitze")
    opened.enter("Where?")
    assert questions(scripted) == ["Crete?", "And the Zugspitze?", "Where?"]
    opened.enter("/search", draft="/search")


@types("rename")
def test_a_chat_gets_a_title(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    scripted = server(answer("Paris."), answer('"Capitals of Europe"'))
    opened = dialogue(scripted)
    opened.refuse("/rename Too early")
    opened.enter("France?")

    opened.enter("/rename My trip")
    assert titles(home) == ["My trip"]
    opened.enter("/rename auto")
    assert titles(home) == ["Capitals of Europe"]
    assert questions(scripted)[0] == "France?"


@types("delete")
def test_a_deleted_chat_leaves_no_word_in_the_file(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)
    opened.enter("/delete")
    tell_apart(opened, "Aardvark?", "Baboon?", "Cheetah?")

    opened.enter("/delete", choose="No")
    assert titles(home) == ["Aardvark?", "Baboon?", "Cheetah?"]
    opened.enter("/delete", choose="Yes")
    assert titles(home) == ["Aardvark?", "Baboon?"]
    opened.enter("Dog?")
    assert sent(scripted) == ["Dog?"]
    opened.enter("/delete aardvark", choose="Yes")
    assert titles(home) == ["Baboon?", "Dog?"]
    assert opened.leave() == 0

    kept = b"".join(file.read_bytes() for file in (home / DATA).iterdir())
    assert [word in kept for word in (b"Aardvark", b"Baboon", b"Cheetah", b"Dog")] == [False, True, False, True]


def test_nothing_of_a_deleted_chat_is_sent_with_the_next(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    """Its summary, and which of its turns were pinned or dropped, go with it."""
    scripted = server(always=summing)
    opened = dialogue(scripted)
    for line in ("A?", "B?", "/compact", "/drop 1"):
        opened.enter(line)

    opened.enter("/delete", choose="Yes")

    opened.enter("C?")
    opened.enter("D?")
    opened.enter("E?")
    assert sent(scripted) == ["C?", "Yes.", "D?", "Yes.", "E?"]
    assert opened.leave() == 0
    assert b"The gist" not in b"".join(file.read_bytes() for file in (home / DATA).iterdir())


@types("export")
def test_a_chat_is_written_in_each_format(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    opened = dialogue(server(always=echo))
    opened.enter("/export")
    opened.enter("Où <est> Paris?")

    for line in ("/export", "/export one.md", "/export json two", "/export three.jsonl", "/export html four.html"):
        opened.enter(line)
    opened.refuse("/export one.md")
    opened.refuse("/export one.doc")

    [unnamed] = home.glob("chat-*.md")
    assert unnamed.read_text() == (home / "one.md").read_text()
    assert "Où <est> Paris?" in unnamed.read_text()
    assert "m on Où" in unnamed.read_text()
    whole = json.loads((home / "two").read_text())
    assert ["Où <est> Paris?" in json.dumps(whole, ensure_ascii=False), whole["title"]] == [True, "Où <est> Paris?"]
    [line] = (home / "three.jsonl").read_text().splitlines()
    assert [message["content"] for message in json.loads(line)["messages"]] == [
        "Où <est> Paris?",
        "m on Où <est> Paris?",
    ]
    page = (home / "four.html").read_text()
    assert "Où &lt;est&gt; Paris?" in page
    assert "<est>" not in page


@types("save")
def test_a_chat_that_was_not_to_be_kept_is_stored_from_its_first_turn_on(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    opened = dialogue(server(always=echo), "--no-log")
    opened.enter("A?")
    opened.enter("/save chat.md")
    assert "m on A?" in (home / "chat.md").read_text()
    assert not (home / DATA / "history.db").exists()

    opened.enter("/save")

    opened.enter("B?")
    assert [text for (text,) in stored(home, "SELECT text FROM part ORDER BY message_id")] == [
        *("A?", "m on A?", "B?", "m on B?")
    ]
    opened.enter("/new")
    opened.enter("C?")
    opened.enter("/resume A?")
    opened.enter("D?")
    assert len(stored(home, "SELECT text FROM part")) == 4, "only that chat was meant"


def test_a_question_without_an_answer_is_reported_by_every_door(
    server: OpenServer, dialogue: OpenDialogue, terminal: OpenTerminal, chat: Chat
) -> None:
    scripted = server(failure(400, "no"), always=answer("Yes."))
    assert chat("ask", "-m", "m", "Why?", server=scripted).exit_code == 8

    shown = terminal("-c", "-m", "m", server=scripted, columns=100)
    shown.wait_for("“Why?”, got no answer and is not sent. Enter asks it again")
    shown.wait_for("> Why?")
    shown.press("ctrl-u", "ctrl-d")
    shown.wait_exit()
    opened = dialogue(scripted)
    assert "“Why?”, got no answer" in opened.enter("/resume Why", draft="Why?")
    opened.end()
    for words in (("-r", "Why"), ("-c",)):
        asked = chat("ask", "-m", "m", *words, "And now?", server=scripted)
        assert ("“Why?”, got no answer and is not sent" in asked.stderr) is (words[0] == "-r")

    assert questions(scripted) == ["And now?", "And now?"]
