"""The answer goes to stdout and nothing else does; everything goes out harmless and without keys."""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import (
    Ended,
    Event,
    Finished,
    Image,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Started,
    Text,
    ToolFragment,
    Usage,
    UsageReported,
    Waiting,
)
from chatcli.errors import ChatError, OutputLostError, ServerReport, Stopped
from chatcli.output.plain import Notes, PlainOutput
from chatcli.text.redactor import Redactor, Secret
from chatcli.text.sanitizer import sanitize

KEY = "key-0123456789"


class Broken(io.StringIO):
    """A stream that cannot be written to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, _text: str) -> int:
        raise self.error


def notes(stderr: io.StringIO | None = None, **options: Any) -> Notes:
    return Notes(stderr or io.StringIO(), Redactor([Secret(KEY)]).redact, **options)


def plain(**options: Any) -> tuple[PlainOutput, io.StringIO, io.StringIO]:
    stdout, stderr = options.pop("stdout", io.StringIO()), options.pop("stderr", io.StringIO())
    quiet = options.pop("is_quiet", False)
    return PlainOutput(stdout, notes(stderr, is_quiet=quiet), **options), stdout, stderr


def shown(events: Sequence[Event], **options: Any) -> tuple[str, str]:
    """Show one turn and return what stood on stdout and stderr."""
    output, stdout, stderr = plain(**options)
    with output.turn() as show:
        for event in events:
            show(event)
    return stdout.getvalue(), stderr.getvalue()


others = st.sampled_from(
    [
        Sent(),
        Waiting("w"),
        Started("1"),
        Notice("code", "w"),
        Malformed("w"),
        UsageReported(Usage(1)),
        ToolFragment(0, "1", "w"),
        ToolFragment(0, arguments="w"),
        Text("w", 1),
        Reasoning("a", 1),
        Finished("stop", "stop"),
        Ended(True),
    ]
)
texts = st.one_of(st.builds(Text, st.text("ab\n", min_size=1)), st.builds(Refusal, st.text("ab\n", min_size=1)))
thoughts = st.builds(Reasoning, st.text("xy\n", min_size=1))
events_of_a_turn = st.lists(st.one_of(texts, thoughts, others))


def said(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Text | Refusal) and event.choice == 0)


@given(events_of_a_turn, st.booleans(), st.booleans())
def test_stdout_of_a_pipe_is_exactly_the_answer(events: list[Event], is_raw: bool, is_quiet: bool) -> None:
    stdout, stderr = shown(events, is_raw=is_raw, is_quiet=is_quiet)

    assert stdout == said(events)
    assert not set("ab") & set(re.sub("chat: .*", "", stderr))


@given(events_of_a_turn)
def test_reasoning_is_never_on_stdout_and_always_on_stderr(events: list[Event]) -> None:
    stdout, stderr = shown(events)
    thought = "".join(event.text for event in events if isinstance(event, Reasoning) and event.choice == 0)

    assert not set("xy") & set(stdout)
    assert re.sub("[^xy]", "", re.sub("chat: .*", "", stderr)) == re.sub("\n", "", thought)


wild = st.text(st.sampled_from("a\n\t\r\x1b[\x07\x9b\u202e\ud83d\ude00é"), min_size=1)


@given(st.lists(st.one_of(st.builds(Text, wild), st.builds(Reasoning, wild))))
def test_nothing_that_drives_a_terminal_gets_to_one(events: list[Event]) -> None:
    stdout, stderr = shown(events, is_terminal=True)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", stdout + stderr)


@given(st.lists(wild, min_size=1))
def test_the_answer_on_a_terminal_is_the_safe_text_on_its_own_lines(pieces: list[str]) -> None:
    text = "".join(pieces)
    stdout, _ = shown([Text(piece) for piece in pieces], is_terminal=True)

    expected = sanitize(text.lstrip("\n"))
    assert stdout == (expected if not expected or text.endswith("\n") else expected + "\n")


def test_on_a_terminal_the_raw_text_is_the_raw_text() -> None:
    assert shown([Text("\x1b[1ma")], is_terminal=True, is_raw=True)[0] == "\x1b[1ma"


def test_each_piece_is_out_at_once() -> None:
    class Pipe(io.StringIO):
        """A stream that counts how often it was flushed."""

        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    output, stdout, _ = plain(stdout=Pipe())

    with output.turn() as show:
        show(Text("a"))
        assert isinstance(stdout, Pipe)
        assert (stdout.getvalue(), stdout.flushed) == ("a", 1)


def test_a_blank_line_stands_between_reasoning_and_what_follows() -> None:
    for ending in ("", "\n", "\n\n"):
        assert shown([Reasoning("hm"), Reasoning(ending or "m"), Text("a")])[1].rstrip("\n") in ("hm", "hmm")
        assert shown([Reasoning(f"hm{ending}"), Text("a")])[1] == "hm\n\n"


@pytest.mark.parametrize("options", [{"shows_reasoning": False}, {"is_quiet": True}], ids=["hidden", "quiet"])
def test_reasoning_that_is_not_wanted_is_not_shown(options: dict[str, bool]) -> None:
    assert shown([Reasoning("hm"), Text("a")], **options) == ("a", "")


def test_keys_in_the_reasoning_are_masked() -> None:
    assert shown([Reasoning(f"it is {KEY}")])[1] == "it is ***\n\n"


def test_what_is_no_answer_is_told_on_stderr() -> None:
    events: list[Event] = [Notice("retrying", "retrying"), Malformed("x"), ToolFragment(0, "1", "now")]

    assert shown(events)[1].splitlines() == [
        "chat: retrying",
        "chat: part of the answer was malformed and is missing",
        "chat: the model called the tool now, which chat does not run",
    ]


@pytest.mark.parametrize("event", [Notice("a", "b"), Malformed("x"), ToolFragment(0, "1", "now"), Image("https://x/y")])
def test_a_notice_within_an_answer_begins_a_line_where_both_are_on_one_terminal(event: Event) -> None:
    events = [Text("one"), event, event, Text(" two\n"), event]

    assert shown(events, is_terminal=True)[0] == "one\n two\n"
    assert shown(events)[0] == shown(events, is_terminal=True, is_raw=True)[0] == "one two\n"


def test_who_hears_the_screen_is_told_where_things_begin_and_end() -> None:
    stdout, stderr = shown([Sent(), Reasoning("hm"), Text("\n"), Text("a"), Text("b")], is_terminal=True, speaks=True)

    assert (stdout, stderr.splitlines()) == ("ab\n", ["Waiting.", "hm", "", "Answer:", "End of answer."])


def test_a_second_attempt_is_not_waited_for_anew() -> None:
    assert shown([Sent(2)], is_terminal=True, speaks=True)[1] == ""


def test_what_the_program_says_goes_to_stdout_harmless_with_one_newline() -> None:
    output, stdout, _ = plain()

    output.say("# Title\n\ntext\x1b[1m\n\n")
    output.say("raw", raw=True)

    assert stdout.getvalue() == "# Title\n\ntext^[[1m\nraw\n"


LOSSES = [
    pytest.param(BrokenPipeError(errno.EPIPE, "Broken pipe"), Stopped, 141, "", id="EPIPE"),
    pytest.param(OSError(errno.ENOSPC, "No space left on device"), OutputLostError, 13, "No space left", id="ENOSPC"),
    pytest.param(OSError(errno.EIO, "Input/output error"), OutputLostError, 13, "Input/output error", id="EIO"),
    pytest.param(ValueError("I/O operation on closed file"), OutputLostError, 13, "closed file", id="closed"),
]


@pytest.mark.parametrize(("error", "kind", "code", "reason"), LOSSES)
def test_a_stdout_that_cannot_be_written_to_is_an_error(
    error: Exception, kind: type[ChatError], code: int, reason: str
) -> None:
    output, _, _ = plain(stdout=Broken(error))

    with pytest.raises(kind) as caught, output.turn() as show:
        show(Text("a"))

    assert caught.value.exit_code == code
    assert reason in str(caught.value)


def test_a_terminal_that_has_gone_ends_the_program() -> None:
    output, _, _ = plain(stdout=Broken(OSError(errno.EIO, "Input/output error")), is_terminal=True)

    with pytest.raises(Stopped) as caught:
        output.write("a")

    assert caught.value.exit_code == 129


def test_only_a_full_disk_can_be_mended_by_making_room() -> None:
    hints = []
    for number in (errno.ENOSPC, errno.EIO):
        with pytest.raises(OutputLostError) as caught:
            plain(stdout=Broken(OSError(number, "x")))[0].write("a")
        hints.append(caught.value.hint)

    assert hints == ["free some disk space and ask again", None]


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(errno.EIO, "x"), ValueError("closed")], ids=repr)
def test_a_stderr_that_is_gone_stops_nothing(error: Exception) -> None:
    output, stdout, _ = plain(stderr=Broken(error))

    with output.turn() as show:
        for event in (Notice("a", "b"), Reasoning("hm"), Text("a")):
            show(event)
    output.note("note")
    output.fail(ChatError("failed"))

    assert stdout.getvalue() == "a"


def test_an_error_is_one_line_with_what_happened_what_is_kept_and_what_to_do() -> None:
    output, stdout, stderr = plain()

    output.fail(ChatError("it\nbroke\x1b", kept="all is kept", hint="try again"))

    assert stderr.getvalue() == "chat: it broke^[. All is kept. Try again\n"
    assert stdout.getvalue() == ""


@pytest.mark.parametrize(
    ("server", "line"),
    [
        (ServerReport(status=429, request_id="r-1", code="slow"), "chat: status 429, request id r-1, code slow"),
        (ServerReport(request_id="r-1"), "chat: request id r-1"),
        (ServerReport(message="no"), ""),
    ],
    ids=["all", "id", "nothing to tell"],
)
def test_who_wants_to_know_more_is_told_what_the_server_said_of_itself(server: ServerReport, line: str) -> None:
    stderr = io.StringIO()
    error = ChatError("no", server=server)

    notes(stderr, is_verbose=True).fail(error)
    assert stderr.getvalue().splitlines()[1:] == ([line] if line else [])
    notes(brief := io.StringIO()).fail(error)
    assert brief.getvalue() == "chat: no\n"


def test_who_wants_errors_only_gets_errors_only() -> None:
    stderr = io.StringIO()
    quiet = notes(stderr, is_quiet=True)

    quiet.note("note")
    quiet.fail(ChatError("no"))

    assert stderr.getvalue() == "chat: no\n"


def test_no_key_gets_into_notes_and_errors() -> None:
    stderr = io.StringIO()

    notes(stderr).note(f"note {KEY}")
    notes(stderr, is_verbose=True).fail(ChatError(f"no {KEY}", server=ServerReport(request_id=KEY)))

    assert KEY not in stderr.getvalue()
    assert stderr.getvalue().count("***") == 3


def test_several_answers_on_a_plain_terminal_are_numbered() -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    output = PlainOutput(stdout, Notes(stderr, str), is_terminal=True, speaks=True)

    with output.turn(answers=2) as show:
        for event in (Text("second", 1), Text("first", 0), Text("\x1b!", 1), UsageReported(Usage(1, 7))):
            show(event)

    assert stdout.getvalue() == "first\n\nAnswer 2:\nsecond^[!\n"
    assert stderr.getvalue() == "Answer 1:\nEnd of answer, 7 tokens.\n"
