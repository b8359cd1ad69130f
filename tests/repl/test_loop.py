"""The conversation continues whatever happens: errors are shown, failed questions come back, typed words are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import pytest
from rich.console import RenderableType

from chatcli.commands import load_all
from chatcli.conversation.conversation import SUMMARY_HEADING
from chatcli.conversation.messages import Event, Listener, Notice, Text, TextPart, TokenLogprob, Usage, UsageReported
from chatcli.conversation.turn import Turn
from chatcli.errors import ChatError, ConfigError, ContextTooLongError, OutputLostError, Stopped, UnreachableError
from chatcli.input.choices import ChoiceList
from chatcli.output.plain import Kinds, hiding
from chatcli.records import field, mutable, replace
from chatcli.repl.hints import FinishedTurn
from chatcli.repl.loop import Repl
from chatcli.repl.message_parts import MessageParts
from chatcli.repl.turns import Turns
from chatcli.request.attachments import Attachment
from chatcli.request.pending_attachments import PendingAttachments
from chatcli.terminal.first_line import FirstLine
from chatcli.text.draft import EMPTY, Draft
from tests.commands.conftest import context_with
from tests.support.scripted import ScriptedClient, Step, says

DOWN = UnreachableError("nothing is listening")


class Typist:
    """A prompt at which lines are typed in order; then the user leaves. Keeps the drafts it was given."""

    def __init__(self, *lines: str | BaseException) -> None:
        self._lines = list(lines)
        self.drafts: list[str] = []
        self.settled = 0

    def read(self, draft: Draft = EMPTY) -> Draft:
        self.drafts.append(draft.text)
        if not self._lines:
            raise EOFError
        line = self._lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        return Draft.by_keys(line)

    def show(self, message: Draft) -> None:
        self.drafts.append(f"sent {message.text}")

    def take_over(self, line: FirstLine) -> None:
        raise AssertionError(line)

    def settle(self) -> None:
        self.settled += 1


class Page:
    """An output that writes down what it is to show."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def turn(self, *, answers: int = 1, hides: Kinds = (), continues: bool = False) -> Iterator[Listener]:
        assert (answers, continues) == (1, False)
        self.lines.append("(")
        try:
            yield hiding(hides, self._show)
        finally:
            self.lines.append(")")

    def say(self, markdown: str, *, raw: bool = False, dim: bool = False, quoted: bool = False) -> None:
        self.lines.append(f"{'dim' if dim else 'raw' if raw or quoted else 'say'} {markdown}")

    def draw(self, renderable: RenderableType) -> None:
        self.lines.append(f"draw {str(renderable).splitlines()[-1]}")

    def note(self, sentence: str) -> None:
        self.lines.append(f"note {sentence}")

    def notify(self, notice: Notice) -> None:
        self.lines.append(f"note chat: {notice.message}")

    def fail(self, error: ChatError) -> None:
        self.lines.append(f"fail {error.what}")

    def _show(self, event: Event) -> None:
        if isinstance(event, Text):
            self.lines.append(event.text)


@mutable
class Hand:
    """Picks the row whose label holds *wanted*, None for none."""

    wanted: str | None
    offered: list[str] = field(default_factory=list)

    def pick(self, choices: ChoiceList) -> str | None:
        self.offered += [row.label for row in choices.rows]
        return next((row.key for row in choices.rows if self.wanted and self.wanted in row.label), None)


@mutable
class Hands:
    """What was done at the keyboard during a turn: *draft* and *queue* come behind what was there."""

    draft: Draft = EMPTY
    leave: bool = False
    queue: Sequence[Draft] = ()


def summary(turn: Turn) -> str:
    return "stopped by you" if turn.reply.stopped else ""


def talk(
    typist: Typist,
    *answers: Sequence[Step],
    hands: Sequence[Hands] = (),
    picks: str | None = None,
    window_tokens: int | None = None,
    compact_at: float = 0.0,
    overflow: Literal["oldest", "ask"] = "oldest",
    attach_ask: int = 0,
    consents: Sequence[bool] = (),
    clock: Callable[[], float] = time.monotonic,
    after_turn: Callable[[FinishedTurn], None] = lambda _finished: None,
    connects: bool = False,
    **doors: Any,
) -> tuple[Repl, list[str]]:
    """Talk until the typist leaves; *hands* are at the keyboard in one turn after the other."""
    load_all()
    context = context_with(**doors)
    context.session.binding.budget.window_tokens = window_tokens
    context.session.settings = replace(context.session.settings, overflow=overflow)
    context.session.binding.client.answers[:] = answers  # type: ignore[attr-defined]  # it is a ScriptedClient
    page, waiting = Page(), iter(hands)

    @contextmanager
    def listen(draft: Draft, queue: Sequence[Draft]) -> Iterator[Hands]:
        done = next(waiting, Hands())
        yield Hands(draft + done.draft, done.leave, [*queue, *done.queue])

    agreed = iter(consents)

    def confirm(question: str) -> bool:
        page.lines.append(f"? {question}")
        return next(agreed)

    @contextmanager
    def connecting() -> Iterator[None]:
        page.lines.append("connect")
        yield

    turns = Turns(
        context,
        page,
        typist,
        Hand(picks),
        MessageParts(context, page, confirm, lambda: attach_ask),
        listen,
        summary,
        compact_at=lambda: compact_at,
        clock=clock,
        connecting=connecting if connects else nullcontext,
        after_turn=after_turn,
    )
    repl = Repl(turns)
    repl.run()
    return repl, page.lines


def test_questions_and_answers_take_turns() -> None:
    repl, lines = talk(Typist("one", "two"), says("A"), says("B"))

    assert lines == ["(", "A", ")", "(", "B", ")"]
    assert [message.text for message in repl.turns.context.session.conversation.history] == ["one", "A", "two", "B"]


def test_a_question_is_prepared_while_the_program_connects_and_a_command_is_not() -> None:
    _, lines = talk(Typist("one", "/pin 1", "/retry"), says("A"), says("B"), connects=True)

    assert [line for line in lines if not line.startswith("say")] == [
        *("connect", "(", "A", ")"),
        *("connect", "(", "B", ")"),
    ]


@pytest.mark.parametrize("line", ["/exit", "exit", "/bye"])
def test_leaving_ends_the_conversation(line: str) -> None:
    typist = Typist(line, "never")

    _, lines = talk(typist)

    assert typist.drafts == [""]
    assert lines == []


def test_the_end_of_input_leaves_without_a_word() -> None:
    assert talk(Typist())[1] == []


ERRORS = [
    pytest.param("/modle", "fail unknown command /modle", id="an unknown command"),
    pytest.param("/unset", "fail /unset needs an argument", id="an argument that is missing"),
    pytest.param("/undo x", "fail `x` is not a number", id="a wrong argument"),
    pytest.param("/models", "fail the endpoint is down", id="a command that fails"),
]


@pytest.mark.parametrize(("line", "shown"), ERRORS)
def test_an_error_never_ends_the_conversation_and_the_line_stays(line: str, shown: str) -> None:
    def fail() -> list[Any]:
        raise ConfigError("the endpoint is down")

    typist = Typist(line, "q")

    _, lines = talk(typist, says("A"), endpoint={"list_models": fail})

    assert lines == [shown, "(", "A", ")"]
    assert typist.drafts == ["", line, ""]


def test_a_command_typed_while_a_question_fails_is_not_glued_to_it() -> None:
    hands = [Hands(Draft.by_keys("/model x")), Hands(Draft.by_keys("and more")), Hands(Draft.by_keys("//x"))]
    typist = Typist("q", "q", "q")

    talk(typist, [DOWN], [DOWN], [DOWN], hands=hands)

    assert typist.drafts == ["", "/model x", "q\nand more", "q\n//x"]


def test_a_fault_of_the_system_is_told_with_the_name_of_its_file() -> None:
    def fail() -> list[Any]:
        raise PermissionError(13, "Permission denied", "/a/file")

    typist = Typist("/models", "q")

    _, lines = talk(typist, says("A"), endpoint={"list_models": fail})

    assert lines == ["fail cannot use /a/file: Permission denied", "(", "A", ")"]


def test_a_terminal_that_cannot_be_used_ends_the_conversation() -> None:
    def fail() -> list[Any]:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        talk(Typist("/models", "q"), endpoint={"list_models": fail})


def test_what_was_attached_to_a_lost_question_waits_and_is_named_until_a_new_chat() -> None:
    waiting = PendingAttachments()
    waiting.add([Attachment("a.txt", (TextPart("x", "a.txt"),), "text")])

    repl, lines = talk(Typist("q", "/clear", "r"), [DOWN], says("A"), attachments=waiting, picks="Yes")

    assert "note Still attached: a.txt. /attach clear removes attachments." in lines
    assert [line for line in lines if "1 attachment removed" in line]
    assert [message.text for message in repl.turns.context.session.conversation.history] == ["r", "A"]


def test_what_goes_along_is_named_before_it_is_sent() -> None:
    _, lines = talk(Typist("/file a.md", "see @b.md, @@c and @nothing"), says("A"))

    assert [line.partition(" (")[0] for line in lines[1:3]] == ["note attached: a.md", "note attached: b.md"]
    assert all(line.endswith("1 line, 12 B, ~39 tokens)") for line in lines[1:3])
    assert lines[3:] == ["(", "A", ")"]


def test_much_that_a_mention_brings_in_is_asked_about_first() -> None:
    typist = Typist("see @b.md", "see @b.md", "see @b.md", "q")

    repl, lines = talk(typist, [DOWN], says("A"), says("B"), attach_ask=10, consents=[False, True])

    assert [line for line in lines if line.startswith("?")] == ["? b.md: 1 line, 12 B, ~39 tokens. Send?"] * 2
    assert typist.drafts == ["", "see @b.md", "see @b.md", "", ""]
    assert [message.typed for message in repl.turns.session.conversation.history[::2]] == ["see @b.md", "q"]


@pytest.mark.parametrize(("attach_ask", "line"), [(0, "see @b.md"), (1000, "see @b.md"), (10, "/file b.md")])
def test_little_and_what_was_attached_by_name_is_not_asked_about(attach_ask: int, line: str) -> None:
    _, lines = talk(Typist(line, "q"), says("A"), says("B"), attach_ask=attach_ask)

    assert [shown for shown in lines if shown.startswith("?")] == []


@pytest.mark.parametrize("error", [DOWN, ContextTooLongError("too long")], ids=["not reached", "too long"])
def test_a_failed_question_comes_back_as_the_draft(error: ChatError) -> None:
    typist = Typist("my question", "q")

    _, lines = talk(typist, [error], says("A"))

    assert lines == ["(", ")", f"fail {error.what}", "(", "A", ")"]
    assert typist.drafts == ["", "my question", ""]


def test_a_question_that_comes_back_is_still_what_was_typed() -> None:
    """As it was written, so that sending it again sends the same."""
    typist = Typist("//b and @@c", "/retry")

    repl, _ = talk(typist, [DOWN], says("A"))

    assert typist.drafts == ["", "//b and @@c", ""]
    assert repl.turns.session.conversation.history[0].text == "/b and @c"


def test_a_question_that_cannot_be_sent_comes_back_as_the_draft() -> None:
    typist = Typist("a question far too long", "q")

    _, lines = talk(typist, says("A"), window_tokens=10)

    assert lines[2:] == ["fail the message needs ~23 tokens, 9 available", "(", "A", ")"]
    assert typist.drafts == ["", "a question far too long", ""]


def test_a_failure_after_text_keeps_the_answer_and_brings_nothing_back() -> None:
    typist = Typist("q")

    _, lines = talk(typist, [Text("Par"), DOWN])

    assert lines == ["(", "Par", ")", "fail the answer is incomplete: nothing is listening"]
    assert typist.drafts == ["", ""]


def test_what_was_typed_during_an_answer_is_the_next_draft() -> None:
    typist = Typist("q")

    talk(typist, says("A"), hands=[Hands(Draft.by_keys("and then?"))])

    assert typist.drafts == ["", "and then?"]


@pytest.mark.parametrize("command", ["/compact", "/title auto"])
@pytest.mark.parametrize("answer", [says("Short"), [DOWN], [KeyboardInterrupt()]], ids=["well", "failed", "stopped"])
def test_what_was_typed_while_a_command_asked_the_model_is_the_next_draft(command: str, answer: list[Step]) -> None:
    typist = Typist("q", command)

    talk(typist, says("A"), answer, hands=[Hands(), Hands(Draft.by_keys("/exit"))])

    assert typist.drafts == ["", "", "/exit"]


def test_what_was_typed_while_a_full_chat_was_compacted_is_the_next_draft() -> None:
    typist = Typist("one", "two")
    full = UsageReported(Usage(900, 50))
    answers = [[*says("A"), full], [*says("B"), full], says("Short")]

    hands = [Hands(), Hands(Draft.by_keys("first")), Hands(Draft.by_keys("then"))]
    talk(typist, *answers, hands=hands, window_tokens=1_000, compact_at=0.9)

    assert typist.drafts == ["", "", "firstthen"]  # one draft, which continues


def test_what_was_typed_is_appended_to_a_question_that_comes_back() -> None:
    typist = Typist("q")

    talk(typist, [DOWN], hands=[Hands(Draft.by_keys("and then?"))])

    assert typist.drafts == ["", "q\nand then?"]


def test_a_stopped_answer_settles_the_prompt_and_is_told() -> None:
    typist = Typist("q", "r")

    _, lines = talk(typist, [Text("Par"), KeyboardInterrupt()], says("A"))

    assert lines == ["(", "Par", ")", "note stopped by you", "(", "A", ")"]
    assert (typist.settled, typist.drafts) == (1, ["", "", ""])


def test_a_question_stopped_before_any_word_comes_back() -> None:
    typist = Typist("q")

    talk(typist, [KeyboardInterrupt()])

    assert (typist.settled, typist.drafts) == (1, ["", "q"])


def test_who_leaves_during_an_answer_is_not_asked_again() -> None:
    typist = Typist("q", "never")

    repl, _ = talk(typist, [Text("Par"), KeyboardInterrupt()], hands=[Hands(Draft.by_keys(""), leave=True)])

    assert typist.drafts == [""]
    assert [message.text for message in repl.turns.context.session.conversation.history] == ["q", "Par"]


def test_an_output_that_is_full_does_not_end_the_conversation() -> None:
    typist = Typist("q", "r")

    _, lines = talk(typist, [Text("Par"), OutputLostError("no space left")], says("A"))

    assert lines == ["(", "Par", ")", "fail no space left", "(", "A", ")"]


@pytest.mark.parametrize("before", [[], [Text("Par")]], ids=["before text", "after text"])
def test_a_signal_ends_it_and_what_was_shown_is_kept(before: list[Step]) -> None:
    typist = Typist("q", "never")

    with pytest.raises(Stopped):
        talk(typist, [*before, Stopped(15)])

    assert typist.drafts == [""]


def test_a_signal_at_the_prompt_ends_it() -> None:
    with pytest.raises(Stopped):
        talk(Typist(Stopped(1)))


def test_commands_speak_and_leave_a_draft() -> None:
    typist = Typist("q", "/undo")

    _, lines = talk(typist, says("A"))

    assert lines[-1] == "say Undid 1 turn; /redo restores it."
    assert typist.drafts == ["", "", "q"]


def test_what_is_shown_as_it_is_goes_unrendered() -> None:
    _, lines = talk(Typist("q", "/raw"), says("*A*"))

    assert lines[-1] == "raw *A*"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/retry", "note No question to ask again yet."),
        ("/continue", "note There is no cut answer to continue."),
    ],
)
def test_where_there_is_nothing_to_do_that_is_said(line: str, shown: str) -> None:
    typist = Typist(line)

    _, lines = talk(typist)

    assert lines == [shown]
    assert typist.drafts == ["", ""]


def test_nothing_to_go_on_with_brings_no_older_question_back() -> None:
    typist = Typist("q", "/continue")

    talk(typist, [DOWN])

    assert typist.drafts == ["", "q", ""]


def test_asking_again_in_vain_brings_nothing_back() -> None:
    """The question still stands in the history, with its old answer."""
    typist = Typist("q", "/retry")

    repl, _ = talk(typist, says("A"), [DOWN])

    assert typist.drafts == ["", "", ""]
    assert [message.text for message in repl.turns.context.session.conversation.history] == ["q", "A"]


@pytest.mark.parametrize(
    ("steps", "model"),
    [
        (says("B"), "other"),
        ([Text("B"), KeyboardInterrupt()], "other"),
        ([DOWN], "m"),
        ([KeyboardInterrupt()], "m"),
    ],
    ids=["answered", "stopped", "failed", "stopped before a word"],
)
def test_another_model_is_the_current_one_once_it_has_answered(steps: Sequence[Step], model: str) -> None:
    repl, lines = talk(Typist("q", "/retry other"), says("A"), steps)

    assert repl.turns.session.binding.model == model
    assert ("note The model is still m." in lines) == (model == "m")


def test_without_a_question_the_model_stays() -> None:
    repl, lines = talk(Typist("/retry other"))

    assert repl.turns.session.binding.model == "m"
    assert lines == ["note No question to ask again yet."]


def test_going_on_in_vain_brings_no_words_of_ours() -> None:
    typist = Typist("q", "/continue")

    talk(typist, says("Par", "length"), [DOWN])

    assert typist.drafts == ["", "", ""]


def test_a_cut_answer_is_gone_on_with() -> None:
    repl, lines = talk(Typist("q", "/continue"), says("Par", "length"), says("is"))

    assert [message.text for message in repl.turns.context.session.conversation.history] == ["q", "Paris"]
    assert lines == ["(", "Par", ")", "fail the answer was cut at the length limit", "(", "is", ")"]


def test_an_answer_with_probabilities_stands_once_and_is_shaded_when_asked() -> None:
    unsure = TokenLogprob("yes", -2.3, (("no", -0.1),))

    _, lines = talk(Typist("q", "/logprobs"), [Text("yes", logprobs=(unsure,)), *says("")])

    assert lines.index("yes") < lines.index("draw yes")
    assert lines.count("yes") == lines.count("draw yes") == 1
    assert sum("`no`" in line for line in lines) == 2


def test_what_is_picked_is_done() -> None:
    typist = Typist("one", "two", "/edit", "three")

    repl, _ = talk(typist, says("A"), says("B"), says("C"), picks="one")

    assert typist.drafts[3] == "one"
    assert [message.text for message in repl.turns.context.session.conversation.history] == ["three", "C"]


def test_where_nothing_is_picked_nothing_is_done() -> None:
    typist = Typist("one", "/edit")

    repl, lines = talk(typist, says("A"))

    assert typist.drafts[2] == ""
    assert [message.text for message in repl.turns.context.session.conversation.history] == ["one", "A"]
    assert lines == ["(", "A", ")"]


def test_a_summary_is_sent_in_place_of_the_turns_until_it_is_taken_back() -> None:
    typist = Typist("one", "/compact in French", "two", "/undo", "/undo", "three")

    repl, lines = talk(typist, says("A"), says("Summed up."), says("B"), says("C"))

    client = repl.turns.context.session.binding.client
    assert isinstance(client, ScriptedClient)
    assert client.sent[1][-1].endswith("Answer with the summary alone. in French")
    assert client.sent[2] == [f"{SUMMARY_HEADING}\n\nSummed up.", "two"]
    assert client.sent[3] == ["one", "A", "three"]
    assert "note A summary now replaces turn 1; /undo reverts it." in lines
    assert "say Summed up." in lines


@pytest.mark.parametrize("answer", [[Text("Half"), KeyboardInterrupt()], says(""), says("Cut", "length")])
def test_a_summary_that_is_not_whole_changes_nothing(answer: list[Step]) -> None:
    repl, lines = talk(Typist("one", "/compact"), says("A"), answer)

    assert repl.turns.context.session.conversation.summary is None
    assert lines[-1] == "note The summary is incomplete, so the chat is unchanged."


def test_an_empty_chat_has_nothing_to_sum_up() -> None:
    assert talk(Typist("/compact"))[1] == ["note Nothing to compact."]


def test_a_chat_that_fills_the_window_is_summed_up_by_itself_where_that_is_wanted() -> None:
    full = [UsageReported(Usage(600, 300)), *says("B")]
    answers = [says("A"), full, says("Summed up."), says("C")]

    repl, lines = talk(Typist("one", "two", "three"), *answers, window_tokens=1_000, compact_at=0.9)

    assert isinstance(repl.turns.context.session.binding.client, ScriptedClient)
    assert repl.turns.context.session.binding.client.sent[-1] == [f"{SUMMARY_HEADING}\n\nSummed up.", "three"]
    assert "note The context window is nearly full; compacting the chat." in lines


@pytest.mark.parametrize(("share", "usage"), [(0.0, Usage(900, 90)), (0.9, Usage(600, 200)), (0.9, Usage(None, 900))])
def test_a_chat_is_not_summed_up_before_it_is_full(share: float, usage: Usage) -> None:
    answers = [says("A"), [UsageReported(usage), *says("B")]]

    repl, _ = talk(Typist("one", "two"), *answers, window_tokens=1_000, compact_at=share)

    assert repl.turns.context.session.conversation.summary is None


def sent_where_asked(typist: Typist, picks: str | None) -> list[list[str]]:
    answers = [says("A!"), says("B"), says("C")]
    repl, _ = talk(typist, *answers, window_tokens=8, picks=picks, overflow="ask")
    assert isinstance(repl.turns.context.session.binding.client, ScriptedClient)
    return repl.turns.context.session.binding.client.sent


def test_turns_are_left_out_when_the_user_agrees() -> None:
    typist = Typist("one!", "two!!", "2")

    assert sent_where_asked(typist, "Yes") == [["one!"], ["two!!"], ["two!!", "B", "2"]]
    assert typist.drafts == ["", "", "", ""]


@pytest.mark.parametrize("picks", ["No", None], ids=["no", "no word"])
def test_where_the_user_does_not_agree_nothing_is_sent_and_the_question_stays(picks: str | None) -> None:
    typist = Typist("one!", "two!!")

    assert sent_where_asked(typist, picks) == [["one!"]]
    assert typist.drafts == ["", "", "two!!"]


ONE, TWO = Draft.by_keys("q1"), Draft.by_keys("q2")


class TestQueue:
    def test_queued_messages_are_sent_one_by_one_and_the_draft_stays(self) -> None:
        typist = Typist("one")
        hands = [Hands(Draft.by_keys("dr"), queue=[ONE, TWO]), Hands(Draft.by_keys("af")), Hands(Draft.by_keys("t"))]

        _, lines = talk(typist, says("A"), says("B"), says("C"), hands=hands)

        assert lines == ["(", "A", ")", "(", "B", ")", "(", "C", ")"]
        assert typist.drafts == ["", "sent q1", "sent q2", "draft"]

    @pytest.mark.parametrize(
        ("answer", "kept"),
        [([DOWN], "one\n"), ([Text("A"), KeyboardInterrupt()], ""), ([Text("A"), DOWN], "")],
        ids=["nothing came", "stopped", "cut"],
    )
    def test_answer_that_does_not_end_well_gives_all_of_it_back(self, answer: Sequence[Step], kept: str) -> None:
        typist = Typist("one")

        talk(typist, answer, hands=[Hands(Draft.by_keys("draft"), queue=[ONE, TWO])])

        assert typist.drafts == ["", f"{kept}q1\nq2\ndraft"]

    def test_second_failure_gives_back_what_still_waits(self) -> None:
        typist = Typist("one")

        talk(typist, says("A"), [DOWN], hands=[Hands(queue=[ONE, TWO]), Hands(Draft.by_keys("draft"))])

        assert typist.drafts == ["", "sent q1", "q1\nq2\ndraft"]

    def test_no_question_is_asked_about_a_queued_message(self) -> None:
        """The keys of a draft would answer it."""
        typist = Typist("one")
        hands = [Hands(Draft.by_keys("draft"), queue=[Draft.by_keys("read @b.md"), TWO])]

        _, lines = talk(typist, says("A"), hands=hands, attach_ask=10)

        assert not [line for line in lines if line.startswith("?")]
        assert "consent" in lines[-1]
        assert typist.drafts[-1] == "read @b.md\nq2\ndraft"

    def test_command_that_slipped_in_runs_and_the_rest_returns(self) -> None:
        typist = Typist("one")

        talk(typist, says("A"), hands=[Hands(queue=[Draft.by_keys("/nonsense"), TWO])])

        assert typist.drafts == ["", "sent /nonsense", "/nonsense\nq2"]

    def test_draft_written_during_a_summary_is_kept(self) -> None:
        typist = Typist("one", "two", "/compact")

        talk(typist, says("A"), says("B"), says("sum"), hands=[Hands(), Hands(), Hands(Draft.by_keys("draft"))])

        assert typist.drafts[-1] == "draft"

    def test_queue_at_the_prompt_sends_at_once(self) -> None:
        repl, lines = talk(Typist("/queue hello", "/queue"), says("A"))

        assert [message.text for message in repl.turns.context.session.conversation.history] == ["hello", "A"]
        assert "queued" in lines[-1]


def test_command_of_the_shell_is_shown_and_not_sent() -> None:
    repl, lines = talk(Typist("!ls", "!false", "!ls", "/editor words", "q"), says("A"))

    assert [line for line in lines if line.startswith("raw")] == ["raw ran ls"] * 2
    assert "note exit status 1" in lines
    assert sum("/attach output" in line for line in lines) == 1
    assert repl.turns.prompt.drafts == ["", "", "", "", "edited words", ""]  # type: ignore[attr-defined]  # it is a Typist
    assert [message.text for message in repl.turns.session.conversation.history] == ["q", "A"]
