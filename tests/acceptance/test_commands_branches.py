"""Slash commands about the branches of a chat: ask again, choose, edit, go elsewhere, copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import echo, sent, stored, titles, types
from tests.conftest import OpenServer
from tests.support.answers import answer, failure
from tests.support.line import Request


def numbering() -> object:
    """Return an answer that says a number, the next one each time."""
    numbers = iter(range(1, 100))

    def number(request: Request) -> Sequence[bytes]:
        return answer(f"{request.json['model']} says {next(numbers)}")

    return number


@types("retry", "pick")
def test_a_question_is_asked_again_and_an_earlier_answer_chosen(server: OpenServer, dialogue: OpenDialogue) -> None:
    scripted = server(always=numbering())
    opened = dialogue(scripted)
    opened.enter("/pick")
    opened.enter("A?")

    opened.enter("/retry")
    opened.enter("/retry large")
    assert [(sent_texts, post.json["model"]) for post in scripted.posts for sent_texts in [sent([post])]] == [
        (["A?"], "m"),
        (["A?"], "m"),
        (["A?"], "large"),
    ]

    opened.enter("B?")
    assert sent(scripted) == ["A?", "large says 3", "B?"]
    opened.enter("/undo", draft="B?")
    opened.clear()
    opened.enter("/pick 2")
    opened.enter("C?")
    assert sent(scripted) == ["A?", "m says 2", "C?"]
    opened.enter("/undo", draft="C?")
    opened.clear()
    opened.enter("/pick", choose="says 1")
    opened.enter("D?")
    assert sent(scripted) == ["A?", "m says 1", "D?"]
    assert {post.json["model"] for post in scripted.posts[3:]} == {"large"}


@types("btw")
def test_a_question_beside_the_chat_is_shown_stored_and_never_sent(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    """A failed one returns to the prompt, the others are listed, found again and exported, and the chat continues."""
    scripted = server(echo, echo, echo, failure(400, "no"), always=echo)
    opened = dialogue(scripted)
    opened.enter("A?")

    shown = opened.enter("/btw and B @@x?\nmore")
    opened.enter("C?")
    assert sent(scripted) == ["A?", "m on A?", "C?"]
    assert sent([scripted.posts[1]]) == ["A?", "m on A?", "and B @x?\nmore"]
    assert "> m on and B @x?" in shown
    assert "no" in opened.enter("/btw again?", draft="/btw again?")
    opened.clear()
    assert "aside" in opened.enter("/tree", choose="aside  and B")
    opened.enter("D?")
    assert sent(scripted) == ["A?", "m on A?", "C?", "m on C?", "D?"]
    file = home / "chat.md"
    opened.enter(f"/export md {file}")
    assert file.read_text().count("(aside)") == 3
    found = opened.enter("/search more", choose="and B")
    assert "Asked beside the chat" in found
    opened.enter("E?")
    assert "more" not in " ".join(sent(scripted))


@types("continue")
def test_a_cut_answer_is_gone_on_with(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    scripted = server(answer("Par", finish="length"), answer("is"), always=echo)
    opened = dialogue(scripted)
    opened.enter("/continue")
    assert not scripted.posts
    opened.enter("A?")

    opened.enter("/continue")

    assert sent(scripted)[:2] == ["A?", "Par"]
    opened.enter("B?")
    assert sent(scripted) == ["A?", "Paris", "B?"]
    assert ("Paris",) in stored(home, "SELECT text FROM part")


@types("compare")
def test_several_models_answer_and_one_is_chosen(server: OpenServer, dialogue: OpenDialogue) -> None:
    scripted = server(always=echo, models=["m", "large"])
    opened = dialogue(scripted)
    opened.enter("/compare", choose="large")
    opened.enter("/compare m large")
    assert not scripted.posts
    opened.enter("A?")

    opened.enter("/compare m large", choose="large on A?")

    assert sorted(post.json["model"] for post in scripted.posts[1:]) == ["large", "m"]
    assert [sent([post]) for post in scripted.posts[1:]] == [["A?"], ["A?"]]
    opened.enter("B?")
    assert sent(scripted) == ["A?", "large on A?", "B?"]
    assert scripted.posts[-1].json["model"] == "m"


@types("edit", "tree")
def test_an_edited_question_is_a_branch_and_the_old_one_can_be_gone_back_to(
    server: OpenServer, dialogue: OpenDialogue
) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)
    opened.enter("/edit")
    opened.enter("/tree")
    opened.enter("A?")
    opened.enter("B?")

    opened.enter("/edit 1", draft="A?")
    opened.enter(" now?")
    assert sent(scripted) == ["A? now?"]
    opened.enter("/tree", choose="B?")
    opened.enter("C?")
    assert sent(scripted) == ["A?", "m on A?", "B?", "m on B?", "C?"]
    opened.enter("/edit", choose="turn 2", draft="B?")
    opened.enter(" too?")
    assert sent(scripted) == ["A?", "m on A?", "B? too?"]
    opened.enter("/tree", choose="")
    opened.enter("D?")
    assert sent(scripted)[-2:] == ["m on B? too?", "D?"]


@types("fork")
def test_a_copy_goes_on_and_the_chat_stays_as_it_was(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted, "-s", "Be brief.")
    opened.enter("/fork")
    assert not (home / ".local" / "share" / "chatcli" / "history.db").exists()
    opened.enter("A?")
    opened.enter("B?")

    opened.enter("/fork 1")
    opened.enter("C?")
    assert sent(scripted) == ["Be brief.", "A?", "m on A?", "C?"]
    opened.enter("/fork")
    opened.enter("D?")
    assert sent(scripted) == ["Be brief.", "A?", "m on A?", "C?", "m on C?", "D?"]

    count = "SELECT count(*) FROM message WHERE role = 'user' GROUP BY conversation_id ORDER BY conversation_id"
    assert stored(home, count) == [(2,), (2,), (3,)]
    assert titles(home) == ["A?", "A?", "A?"]
