"""What goes along with the next message is listed, taken out, and comes back with a question that comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatcli.commands.context import CommandContext
from chatcli.commands.table import Pick, Say
from chatcli.conversation.messages import ImagePart, Message, TextPart
from chatcli.errors import UsageError
from tests.commands.conftest import Pinboard, interpret
from tests.request.test_images import png
from tests.support.scripted import ignore, says

OpenDesk = Callable[..., CommandContext]


def run(context: CommandContext, line: str) -> str:
    outcome = interpret(line, context)
    assert isinstance(outcome, Say)
    return outcome.markdown


def names(context: CommandContext) -> list[str]:
    return [attachment.name for attachment in context.attachments]


def test_files_wait_for_the_next_message(context: OpenDesk) -> None:
    place = context()

    shown = run(place, "/file a.md \"b c.md\" 'd e'")

    assert names(place) == ["a.md", "b c.md", "d e"]
    assert shown.splitlines()[2] == "- a1: `a.md`, 1 line, 12 B"
    assert run(place, "/attach").splitlines()[-1] == "| a3 | `d e` | 1 line, 11 B |"


def test_a_name_with_spaces_needs_no_quotes_where_there_is_such_a_file(context: OpenDesk) -> None:
    place = context()

    run(place, "/file big report.md ")
    run(place, "/file big report.md x.md")
    run(place, "/file big\\ report.md x.md")

    assert names(place) == ["big report.md", "big", "report.md", "x.md", "big\\ report.md", "x.md"]


@pytest.mark.parametrize("line", ["/add x", "/read x", "/file C:\\x"])
def test_a_path_may_have_backslashes_and_the_command_other_names(context: OpenDesk, line: str) -> None:
    place = context()

    run(place, line)

    assert names(place) == [line.split()[1]]


def test_pictures_may_be_looked_at_closely_or_not(context: OpenDesk) -> None:
    place = context()

    run(place, "/image a.png b.png low")
    run(place, "/image low")

    assert [attachment.parts for attachment in place.attachments] == [
        (ImagePart("https://pictures/a.png", "low"),),
        (ImagePart("https://pictures/b.png", "low"),),
        (ImagePart("https://pictures/low"),),
    ]


@pytest.mark.parametrize("line", ["/attach drop a1 a3", "/drop a1, a3", "/drop a3 a1"])
def test_some_are_taken_out(context: OpenDesk, line: str) -> None:
    place = context()
    run(place, "/file x y z")

    assert run(place, line) == "Removed: `x`, `z`."
    assert names(place) == ["y"]


def test_the_others_keep_their_numbers(context: OpenDesk) -> None:
    place = context()
    run(place, "/file x y z")

    run(place, "/drop a2")

    assert [row.split("|")[1].strip() for row in run(place, "/attach").splitlines()[2:]] == ["a1", "a3"]
    assert "a4: `w`" in run(place, "/file w")
    with pytest.raises(UsageError, match="unknown attachment `a2`"):
        interpret("/drop a2", place)


def test_all_are_taken_out(context: OpenDesk) -> None:
    place = context()
    run(place, "/file x y")

    assert run(place, "/attach clear") == "2 attachments removed."
    assert run(place, "/attach clear") == "Nothing is attached."
    assert "Nothing is attached" in run(place, "/attach list")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("/file nothing", "cannot read nothing"),
        ("/attach drop a9", "unknown attachment `a9`"),
        ("/drop ax", "unknown attachment `ax`"),
        ("/attach eat", "unknown argument `eat`"),
        ("/paste", "clipboard is empty"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(context: OpenDesk, line: str, what: str) -> None:
    place = context()

    with pytest.raises(UsageError, match=what):
        interpret(line, place)

    assert not place.attachments


def test_the_clipboard_is_attached_as_a_picture_or_else_as_text(context: OpenDesk) -> None:
    place = context(clipboard=Pinboard("hello\n"))
    pictured = context(clipboard=Pinboard("alt", png(3, 2)))

    run(place, "/paste")
    run(pictured, "/paste")

    assert next(iter(place.attachments)).parts == (TextPart('<file name="clipboard">\nhello\n</file>', "clipboard"),)
    assert next(iter(pictured.attachments)).kind == "PNG image, 3 x 2, 33 B"


def test_what_was_attached_comes_back_with_the_question(context: OpenDesk) -> None:
    place = context()
    place.session.binding.client.answers[:] = [says("a")]  # type: ignore[attr-defined]  # it is a ScriptedClient
    question = (TextPart("look"), TextPart("<file>", "n.md"), ImagePart("data:image/png;base64,AAAA"))
    place.session.turn(question, ignore)

    outcome = interpret("/undo", place)

    assert isinstance(outcome, Say)
    assert outcome.draft == "look"
    assert [attachment.parts for attachment in place.attachments] == [question[1:2], question[2:]]


def test_attachments_are_in_the_preview(context: OpenDesk) -> None:
    place = context(says("A"))
    run(place, "/file diary")

    rows = run(place, "/context").splitlines()

    assert rows[-3] == "| a1 | 41 | attached | diary |"


COPIES = [
    ("/copy", "B\n```py\nx\n```\n~~~\ny\n~~~"),
    ("/copy 1", "A"),
    ("/copy code 1", "x\n"),
    ("/copy code 2", "y\n"),
    ("/copy all", "q1\n\nA\n\nq2\n\nB\n```py\nx\n```\n~~~\ny\n~~~"),
]


@pytest.mark.parametrize(("line", "text"), COPIES)
def test_answers_code_and_chats_are_copied(context: OpenDesk, line: str, text: str) -> None:
    board = Pinboard()
    place = context(says("A"), says("B\n```py\nx\n```\n~~~\ny\n~~~"), clipboard=board)

    assert run(place, line).endswith("with a string.")
    assert board.text == text


def test_of_several_code_blocks_one_is_chosen(context: OpenDesk) -> None:
    board = Pinboard()
    answer = "B\n```py\nx = 1\ny\n```\n~~~\nz\n~~~"
    picking = interpret("/copy code", context(says(answer), clipboard=board))
    assert isinstance(picking, Pick)

    assert [(row.label, row.hint) for row in picking.choices.rows] == [("x = 1 y", "py, 2 lines"), ("z", "1 line")]
    picking.then("2")
    assert board.text == "z\n"
    assert run(context(says("```\nonly\n```"), clipboard=board), "/copy code").endswith("with a string.")
    assert board.text == "only\n"


@pytest.mark.parametrize("line", ["/copy 3", "/copy code 1", "/copy x"])
def test_what_is_not_there_is_not_copied(context: OpenDesk, line: str) -> None:
    board = Pinboard("before")

    with pytest.raises(UsageError):
        interpret(line, context(says("A"), clipboard=board))

    assert board.text == "before"


def test_before_the_first_answer_there_is_nothing_to_copy(context: OpenDesk) -> None:
    with pytest.raises(UsageError, match="no answer"):
        interpret("/copy", context())


def test_typed_text_is_told_from_what_was_attached() -> None:
    message = Message("user", (TextPart("a"), TextPart("b", "f"), ImagePart("u")))

    assert (message.text, message.typed, message.attached) == ("ab", "a", (TextPart("b", "f"), ImagePart("u")))


def test_output_of_the_shell_is_attached_when_asked_for(context: OpenDesk) -> None:
    place = context()
    with pytest.raises(UsageError, match="no command has run"):
        run(place, "/attach output")
    place.shell.run("make test", lambda _line: None)

    run(place, "/attach output")

    assert names(place) == ["output of make test"]
    place.shell.run("false", lambda _line: None)
    with pytest.raises(UsageError, match="`false` wrote nothing"):
        run(place, "/attach output")
