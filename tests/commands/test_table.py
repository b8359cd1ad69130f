"""A line is a command only where it is meant as one; everything else is sent as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.commands import interpretation, load_all
from chatcli.commands.context import CommandContext
from chatcli.commands.table import (
    Ask,
    Command,
    Quit,
    Retry,
    RunShell,
    Say,
    candidates,
    command,
    commands,
    find_command,
    similar_commands,
)
from chatcli.errors import UsageError
from chatcli.text.draft import Draft
from tests.commands.conftest import context_with, interpret
from tests.support.hints import hint_of

MakeDesk: TypeAlias = Callable[..., CommandContext]

TEXTS = [
    ("hello", "hello"),
    ("  indented\n", "  indented\n"),
    ("what is /help", "what is /help"),
    ("//help", "/help"),
    ("//", "/"),
    ("///", "//"),
    ("／／x", "／x"),
    ("  //x y", "/x y"),
    ("/usr/bin", "/usr/bin"),
    ("/usr/bin is where?", "/usr/bin is where?"),
    ("／usr／bin", "／usr／bin"),
    ("/help/x", "/help/x"),
    ("/etc is what?", "/etc is what?"),
    ("/", "/"),
    ("/ help", "/ help"),
    ("/*\n * a comment", "/*\n * a comment"),
    ("exit now", "exit now"),
    ("Exit", "Exit"),
    ("quit.", "quit."),
    ("??", "??"),
    ("! ls", "! ls"),
    ("！ls", "！ls"),
    ("！！", "！！"),
    ("！!ls", "！!ls"),
    ("", ""),
]


@pytest.mark.parametrize(("line", "sent"), TEXTS, ids=[repr(line) for line, _ in TEXTS])
def test_what_is_no_command_is_sent(context: MakeDesk, line: str, sent: str) -> None:
    assert interpret(line, context()) == Ask(sent, Draft.by_keys(line))


COMMANDS = [
    "/effort high",
    "／effort high",
    "/effort\u3000high",
    "／effort\u3000\u3000high",
    "/ｅｆｆｏｒｔ high",
    "\u3000/effort high ",
    "/effort\thigh",
    "/effort\nhigh",
    "/think high",
    "/reasoning-effort high",
]


@pytest.mark.parametrize("line", COMMANDS, ids=repr)
def test_a_command_may_be_typed_on_any_keyboard(context: MakeDesk, line: str) -> None:
    place = context()

    interpret(line, place)

    assert place.session.conversation.options == {"reasoning_effort": "high"}


def test_an_argument_keeps_its_lines_and_its_spaces(context: MakeDesk) -> None:
    place = context()

    interpret("/system You are brief.\n\n  你好\u3000世界", place)

    assert place.session.conversation.system == "You are brief.\n\n  你好\u3000世界"


@given(st.data())
def test_k111_a_pasted_command_is_text(data: st.DataObject) -> None:
    """Whatever is typed around it: only a name that was typed to its end is a command's."""
    load_all()
    words = [f"/{word}" for entry in commands() for word in (entry.name, *entry.aliases)]
    first = data.draw(st.sampled_from([*words, "exit", "quit", "?", "//x", "／help", "/nothing", "!ls", "!!x", "@@x"]))
    text = first + data.draw(st.sampled_from(["", " ", " argument", "\nmore", " @name"]))

    assert interpretation.interpret(Draft(text), context_with()) == Ask(text, Draft(text))
    if len(first) > 2 and first[:2] not in ("//", "!!", "@@"):
        mixed = Draft.by_keys(text[0]) + Draft(text[1:])
        assert interpretation.interpret(mixed, context_with()) == Ask(text, mixed)


@pytest.mark.parametrize(
    ("line", "sent"), [("!!x", "!x"), ("!!", "!"), (" !!x y", "!x y"), ("@@x", "@x"), ("a @@x", "a @x")]
)
def test_doubled_signs_send_the_sign(context: MakeDesk, line: str, sent: str) -> None:
    assert interpret(line, context()) == Ask(sent, Draft.by_keys(line))


@pytest.mark.parametrize("line", ["!ls -l", "  !ls -l "])
def test_a_typed_exclamation_mark_runs_the_rest_in_the_shell(context: MakeDesk, line: str) -> None:
    assert interpret(line, context()) == RunShell("ls -l")


def test_a_pasted_exclamation_mark_is_text(context: MakeDesk) -> None:
    line = Draft("!ls") + Draft.by_keys(" -l")

    assert interpretation.interpret(line, context()) == Ask("!ls -l", line)


def test_a_pasted_argument_names_no_file(context: MakeDesk) -> None:
    place = context()

    interpretation.interpret(Draft.by_keys("/system ") + Draft("@secret"), place)

    assert place.session.conversation.system == "@secret"


@pytest.mark.parametrize("word", ["exit", "quit", ":q", " exit \n"])
def test_exit_alone_leaves(context: MakeDesk, word: str) -> None:
    assert interpret(word, context()) == Quit()


@pytest.mark.parametrize("line", ["/exit", "/quit", "/q", "/bye"])
def test_a_command_leaves(context: MakeDesk, line: str) -> None:
    assert interpret(line, context()) == Quit()


def test_a_question_mark_alone_asks_for_help(context: MakeDesk) -> None:
    assert interpret("?", context()) == interpret("/help", context()) == interpret("/?", context())


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/modle", "did you mean /model"),
        ("/regne", "did you mean /retry"),
        ("/mod", "/model"),
        ("/mo", "did you mean /model or /models"),
        ("/stat", "did you mean /status"),
        ("/xyzzy", "/help all lists them"),
        ("/Help", "did you mean /help"),
        ("/run ls", "`!COMMAND`"),
        ("/temperature 0.5", "/set temperature VALUE"),
        ("/max-tokens", "/set max_tokens VALUE"),
        ("/timeout 5", "/config defaults.timeout VALUE"),
        ("/Vim", "ui.edit_mode"),
    ],
)
def test_an_unknown_command_is_not_sent_and_near_names_are_offered(context: MakeDesk, line: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"unknown command {line.split()[0]}") as caught:
        interpret(line, context())

    assert caught.value.kept == "nothing was sent"
    assert hint in hint_of(caught.value)
    assert f"/{line.split()[0]} sends it as text" in hint_of(caught.value)


def test_an_argument_that_is_missing_is_asked_for(context: MakeDesk) -> None:
    with pytest.raises(UsageError, match="/unset needs an argument") as caught:
        interpret("/unset", context())

    assert caught.value.hint == "/unset KEY"


def test_an_argument_that_means_nothing_is_refused(context: MakeDesk) -> None:
    """`/clear the table` is a slip, and must not clear anything."""
    place = context()
    place.session.conversation.undone.append(7)

    with pytest.raises(UsageError, match="/clear takes no argument, but got `the table`"):
        interpret("/clear the table", place)

    assert place.session.conversation.undone == [7]


def test_a_command_answers_under_the_name_that_was_typed(context: MakeDesk) -> None:
    words = [(entry, word) for entry in commands() for word in (entry.name, *entry.aliases)]
    for entry, word in words:
        if entry.usage and not entry.needs_argument:
            continue
        with pytest.raises(UsageError, match=rf"^/{re.escape(word)} (needs an|takes no) argument") as caught:
            interpret(f"/{word}" if entry.needs_argument else f"/{word} x", context())

        assert hint_of(caught.value).startswith(f"/{word} ") == entry.needs_argument


@given(st.text(st.sampled_from("/／ x\n\u3000helpmodl?")), st.text(max_size=3))
def test_any_line_is_an_outcome_or_a_slip_of_the_user(start: str, rest: str) -> None:
    load_all()
    try:
        outcome = interpret(start + rest, context_with())
    except UsageError:
        return

    assert isinstance(outcome, Ask | Retry | RunShell | Say | Quit)
    if isinstance(outcome, Ask):
        assert outcome.text in start + rest


@pytest.fixture
def filed() -> list[Command]:
    load_all()
    return commands()


def test_every_command_has_a_line_of_help(filed: list[Command]) -> None:
    assert [entry.name for entry in filed if not entry.summary or entry.summary.endswith(".")] == []


def test_every_name_finds_its_command(filed: list[Command]) -> None:
    for entry in filed:
        assert [find_command(word) for word in (entry.name, *entry.aliases)] == [entry] * (1 + len(entry.aliases))


def completed(entry: Command, place: CommandContext, *words: str) -> set[str]:
    return {row if isinstance(row, str) else row.key for row in candidates(entry, place, words)}


def test_every_completion_gives_words_and_none_twice(filed: list[Command], context: MakeDesk) -> None:
    for entry in filed:
        first = list(completed(entry, context()))
        assert all(word and " " not in word for word in first)
        for word in first:
            assert word not in completed(entry, context(), word), entry.name


@pytest.mark.parametrize(
    ("name", "words", "some"),
    [
        ("set", ["temperature"], {"precise", "creative"}),
        ("set", ["reasoning_effort"], {"low", "high"}),
        ("set", ["stream_options"], set()),
        ("set", ["logprobs"], {"true", "false"}),
        ("set", ["ui.theme"], {"nord", "auto"}),
        ("set", ["ui.markdown"], {"true", "false"}),
        ("set", ["parameter", "verbosity"], {"low", "medium"}),
        ("set", ["verbosity", "low"], set()),
        ("config", ["defaults.overflow"], {"oldest", "ask", "error"}),
        ("config", ["defaults.model"], set()),
        ("tools", ["now"], {"on", "off"}),
        ("theme", ["nord"], set()),
        ("theme", ["--save"], {"nord"}),
        ("request", ["json"], set()),
    ],
)
def test_values_are_completed_behind_their_key(
    filed: list[Command], context: MakeDesk, name: str, words: list[str], some: set[str]
) -> None:
    entry = next(entry for entry in filed if entry.name == name)

    assert some <= completed(entry, context(), *words)
    assert some or not completed(entry, context(), *words)


@pytest.mark.parametrize("word", ["MODEL", "Model", "mOdle", "Quit"])
def test_a_command_in_other_case_is_meant(context: MakeDesk, word: str) -> None:
    meant = {"quit": "/exit"}.get(word.lower(), "/model")

    with pytest.raises(UsageError) as caught:
        interpret(f"/{word}", context())

    assert meant in str(caught.value.hint)


def test_near_names_are_those_of_commands_not_of_aliases(filed: list[Command]) -> None:
    assert similar_commands("quiit") == ["exit"]


def test_no_two_commands_share_a_name(filed: list[Command]) -> None:
    with pytest.raises(ValueError, match="two commands are called /q"):
        command("q", group="x")(lambda _context, _argument: Quit())

    assert commands() == filed


def test_the_rest_of_a_docstring_is_the_rest_of_the_help(filed: list[Command]) -> None:
    system = find_command("system")

    assert system is not None
    assert system.summary == "Show or set the system prompt"
    assert "`@FILE` reads it" in system.details
    assert not system.needs_argument
