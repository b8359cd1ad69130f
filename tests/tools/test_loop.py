"""Every call gets its result, in order, however it ended; nothing runs that was not allowed; the loop always ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.app.toolbox import approval_file
from chatcli.conversation.messages import Event, ImagePart, Listener, Notice, Text, ToolCall, ToolFragment, ToolReported
from chatcli.conversation.sendable import sendable
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tool_images import result_images
from chatcli.conversation.tool_lines import describe_report
from chatcli.conversation.turn import Turn
from chatcli.errors import ConfigError, ContextTooLongError, IncompleteAnswerError, LengthLimitError, Remedy, Stopped
from chatcli.files.own import AppDirs
from chatcli.records import replace
from chatcli.tools.inquiries import OpenPage, Question, ServerReview, SignInPage, UserAnswer, answer_nothing
from chatcli.tools.loop import BEYOND_LIMIT, DECLINED, FORBIDDEN, MOST_CALLS, UNATTENDED, ToolLoop, follow_calls
from chatcli.tools.policy import ApprovalQuestion, Consent, Policy, ToolRules
from chatcli.tools.tool import (
    Cancellation,
    IllustratedResult,
    Inquiry,
    Tool,
    ToolError,
    ToolOrigin,
    ToolResult,
    Toolset,
)
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, problems, says
from tests.support.sessions import make_session

REVIEW = ServerReview("here", "tools")
PHOTO = ImagePart("data:image/png;base64,aGVsbG8=")
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False}


class NoApprovals(set[object]):
    """Approvals that are forgotten."""

    def add(self, key: object, _tool: Any = None) -> None:
        super().add(key)


class World:
    """A loop with tools of every kind, and an account of what ran, was asked and was shown."""

    def __init__(self, *consents: Consent, rules: ToolRules | None = None, rounds: int = 10, **fields: Any) -> None:
        self.ran: list[tuple[str, Mapping[str, Any]]] = []
        self.asked: list[ApprovalQuestion] = []
        self.shown: list[Event] = []
        self.is_showing = False
        self.inquired = 0
        self.consents = list(consents)
        tools = [
            self.tool("add", caution="none"),
            self.tool("guarded"),
            self.tool("careful", caution="always"),
            self.tool("broken", caution="none", error=ToolError("It broke.")),
            self.tool("stopped", caution="none", error=KeyboardInterrupt()),
            Tool("camera", "", SCHEMA, self.photograph, ToolOrigin("here"), caution="none"),
            Tool("curious", "", SCHEMA, self.wonder, ToolOrigin("here"), caution="none"),
        ]
        self.approvals = NoApprovals()
        policy = Policy(rules or ToolRules(), self.approvals)
        self.loop = ToolLoop(
            Toolset.of(tools), policy, self.approve, self.show, self.inquire, most_rounds=rounds, **fields
        )

    def tool(self, name: str, *, error: BaseException | None = None, **fields: Any) -> Tool:
        def run(arguments: Mapping[str, Any], _cancellation: Cancellation) -> str:
            self.ran.append((name, arguments))
            if error:
                raise error
            return f"{name} {arguments.get('x')}"

        return Tool(name, name, SCHEMA, run, ToolOrigin("here"), **fields)

    def photograph(self, arguments: Mapping[str, Any], _cancellation: Cancellation) -> IllustratedResult:
        self.ran.append(("camera", arguments))
        return IllustratedResult(f"[image 1] {arguments.get('x')}", (PHOTO,))

    def wonder(self, arguments: Mapping[str, Any], _cancellation: Cancellation) -> Inquiry[ToolResult]:
        """Ask twice, then return the answers."""

        def resume(first: UserAnswer, _cancellation: Cancellation) -> Inquiry[ToolResult]:
            return Inquiry(REVIEW, lambda second, _cancellation: f"{first.action} {second.action} {arguments.get('x')}")

        return Inquiry(REVIEW, resume)

    def inquire(self, question: Question) -> UserAnswer:
        assert not self.is_showing, "a question would be drawn over"
        assert question == REVIEW
        self.inquired += 1
        return UserAnswer("accept" if self.inquired % 2 else "nobody")

    def approve(self, question: ApprovalQuestion) -> Consent:
        assert not self.is_showing, "a question would be drawn over"
        self.asked.append(question)
        return self.consents.pop(0) if self.consents else "no"

    @contextmanager
    def show(self) -> Iterator[Listener]:
        self.is_showing = True
        yield self.shown.append
        self.is_showing = False

    def answer(self, *calls: tuple[str, str]) -> list[str]:
        """Return the results of a round, which must be those of its calls, in order."""
        wires = [ToolCall(f"id{place}", name, arguments) for place, (name, arguments) in enumerate(calls)]
        messages = self.loop.answer(wires).messages
        assert [message.tool_call_id for message in messages] == [wire.id for wire in wires]
        assert all(message.role == "tool" and message.text for message in messages)
        return [message.text for message in messages]


NAMES = st.sampled_from(["add", "guarded", "careful", "broken", "stopped", "camera", "curious", "unknown", ""])
ARGUMENTS = st.sampled_from(["", "{}", '{"x": 1}', '{"x": "a"}', '{"y": 1}', '{"x": ', "[1]", "null", "\ud800"])
CONSENTS = st.sampled_from(["once", "chat", "always", "no", "stop", "nobody"])


@given(st.lists(st.tuples(NAMES, ARGUMENTS), min_size=1, max_size=5), st.lists(CONSENTS, max_size=5))
def test_there_are_as_many_results_as_calls_in_their_order(
    calls: Sequence[tuple[str, str]], consents: Sequence[Consent]
) -> None:
    world = World(*consents)

    results = world.answer(*calls)

    assert len(results) == len(calls)
    reports = [event for event in world.shown if isinstance(event, ToolReported)]
    assert sum(report.state in ("requested", "running") for report in reports) == len(calls)
    assert sorted(report.call.id for report in reports if report.text) == sorted(f"id{n}" for n in range(len(calls)))
    # What ran was valid, and allowed or consented to; consent to one kind of call is never that to another.
    assert all(set(arguments) <= {"x"} and isinstance(arguments.get("x", 0), int) for _, arguments in world.ran)
    consented = [
        question.tool.name
        for question, consent in zip(world.asked, consents, strict=False)
        if consent not in ("no", "stop", "nobody")
    ]
    assert sum(name == "careful" for name, _ in world.ran) == consented.count("careful")
    assert ("guarded" in {name for name, _ in world.ran}) == ("guarded" in consented)


@pytest.mark.parametrize(
    ("consents", "calls", "asked"),
    [
        (["once", "no"], ["guarded", "guarded"], 2),
        (["chat"], ["guarded", "guarded"], 1),
        (["always"], ["guarded", "guarded"], 1),
        (["chat", "always"], ["careful", "careful"], 2),
        ([], ["add"], 0),
    ],
    ids=["once", "this chat", "always", "a tool that always asks", "harmless"],
)
def test_consent_covers_what_was_consented_to(consents: Sequence[Consent], calls: Sequence[str], asked: int) -> None:
    world = World(*consents)

    for name in calls:
        world.answer((name, "{}"))

    assert len(world.asked) == asked


@pytest.mark.parametrize(
    ("rules", "name", "result"),
    [
        (ToolRules(deny=frozenset({"add"}), allow=frozenset({"add"})), "add", FORBIDDEN),
        (ToolRules(deny=frozenset({"here"})), "guarded", FORBIDDEN),
        (ToolRules(ask=frozenset({"add"}), allow=frozenset({"add"})), "add", DECLINED),
        (ToolRules(allow=frozenset({"careful"})), "careful", DECLINED),
        (ToolRules(allow=frozenset({"here"})), "guarded", "guarded None"),
    ],
    ids=["deny before allow", "an origin denied", "ask before allow", "always asked", "an origin allowed"],
)
def test_deny_comes_before_ask_and_ask_before_allow(rules: ToolRules, name: str, result: str) -> None:
    assert World(rules=rules).answer((name, "{}")) == [result]


def test_without_a_terminal_nothing_that_needs_consent_runs_and_the_user_is_told_how() -> None:
    world = World("nobody")

    assert world.answer(("guarded", "{}")) == [UNATTENDED]
    assert world.ran == []
    notice = next(event for event in world.shown if isinstance(event, Notice))
    assert notice.remedy
    assert notice.remedy.values == {"name": "guarded"}


def test_allowed_calls_run_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    tool = Tool("meet", "", {}, lambda _arguments, _cancellation: str(both.wait() >= 0), caution="none")
    world = World()
    world.loop.toolset = Toolset.of([tool])

    assert world.answer(("meet", "{}"), ("meet", "")) == ["True", "True"]


def test_calls_of_a_source_that_takes_one_at_a_time_run_in_turn() -> None:
    """They overlap with none of their own, and still are answered in order beside others."""
    running: list[str] = []

    def run(arguments: Mapping[str, Any], _cancellation: Cancellation) -> str:
        running.append("in")
        assert running.count("in") == 1
        running.remove("in")
        return f"one {arguments['x']}"

    world = World()
    one = Tool("one", "", SCHEMA, run, ToolOrigin("server"), caution="none", is_parallel=False)
    world.loop.toolset = Toolset.of([one, world.tool("add", caution="none")])

    results = world.answer(("one", '{"x": 1}'), ("add", '{"x": 2}'), ("one", '{"x": 3}'), ("one", '{"x": 4}'))

    assert results == ["one 1", "add 2", "one 3", "one 4"]


def test_what_a_call_reports_is_shown_before_its_result() -> None:
    def run(_arguments: Mapping[str, Any], cancellation: Cancellation) -> str:
        cancellation.report("1/2")
        return "done"

    world = World()
    world.loop.toolset = Toolset.of([Tool("long", "", {}, run, caution="none")])

    assert world.answer(("long", "")) == ["done"]
    reports = [(event.state, event.text) for event in world.shown if isinstance(event, ToolReported)]
    assert reports == [("running", ""), ("continuing", "1/2"), ("done", "done")]


def test_calls_that_ask_go_on_after_the_answer_and_say_where_nobody_answers() -> None:
    world = World()

    results = world.answer(("add", '{"x": 1}'), ("curious", '{"x": 2}'), ("curious", '{"x": 3}'))

    assert results == ["add 1", "accept accept 2", "nobody nobody 3"]
    assert world.inquired == 4
    assert [event.code for event in world.shown if isinstance(event, Notice)] == ["tool_denied"] * 2
    assert len(world.ran) == 1


@pytest.mark.parametrize(
    ("question", "remedy"),
    [
        (REVIEW, Remedy("review_tools")),
        (SignInPage("wiki", "https://auth.example", 0), Remedy("sign_in", values={"name": "wiki"})),
        (OpenPage("wiki", "m", "https://page.example"), None),
    ],
    ids=["changed tools", "a sign-in", "a page"],
)
def test_a_question_without_a_terminal_is_told_with_what_answers_it(question: Question, remedy: Remedy | None) -> None:
    world = World()
    world.loop.inquire = answer_nothing
    asking = Inquiry[ToolResult](question, lambda answer, _cancellation: answer.action)
    world.loop.toolset = Toolset.of([Tool("ask", "", {}, lambda *_given: asking, caution="none")])

    assert world.answer(("ask", "")) == ["nobody"]
    assert [event.remedy for event in world.shown if isinstance(event, Notice)] == [remedy]


def test_a_tool_is_prepared_as_soon_as_a_reply_names_it() -> None:
    prepared: list[str] = []
    world = World()
    tools = [replace(world.tool(name), prepare=partial(prepared.append, name)) for name in ("add", "other")]
    world.loop.toolset = Toolset.of(tools)
    seen: list[Event] = []
    show = world.loop.preparing(seen.append)

    events = [ToolFragment(0, "c0", "add", "{"), ToolFragment(0, "", "", "}"), ToolFragment(1, "c1", "unknown", "")]
    for event in events:
        show(event)

    assert (prepared, seen) == (["add"], events)


def test_an_interrupt_answers_what_runs_and_what_has_not_run() -> None:
    """The second call of a round that asks is not even asked for."""
    world = World("once", "once")

    results = world.answer(("stopped", "{}"), ("guarded", "{}"))

    assert ["interrupted" in result for result in results] == [True, True]
    assert world.asked == []


def test_an_interrupt_at_a_question_declines_every_call_that_is_open() -> None:
    """What ran before keeps its result, and the turn ends: the model is not asked to try again."""
    world = World("once", "stop")

    turn, client, session = ask(world, calls("guarded", "guarded", "add", "unknown"))

    assert turn.is_stopped
    assert [len(client.requests), len(world.asked), len(world.ran)] == [1, 2, 1]
    ran, declined, after, unknown = (message.text for message in session.conversation.exchange[1:])
    assert [ran, declined, after] == ["guarded 1", DECLINED, DECLINED]
    assert "no tool `unknown`" in unknown


def test_a_signal_that_ends_the_program_stops_what_runs() -> None:
    """Killed, not left behind: the cancellation reaches every call."""
    stopped = threading.Event()

    def run(_arguments: Mapping[str, Any], cancellation: Cancellation) -> str:
        with cancellation.stopping(stopped.set):
            assert stopped.wait(10)
        return ""

    def end(_arguments: Mapping[str, Any], _cancellation: Cancellation) -> str:
        raise Stopped(15)

    world = World()
    world.loop.toolset = Toolset.of(
        [Tool("wait", "", {}, run, caution="none"), Tool("end", "", {}, end, caution="none")]
    )

    with pytest.raises(Stopped):
        world.answer(("wait", "{}"), ("end", "{}"))

    assert stopped.wait(10)


def test_a_result_is_bounded_and_known_keys_are_masked() -> None:
    world = World(most_bytes=lambda: 100, clean=lambda text: text.replace("secret", "***"))
    big = Tool("big", "", {}, lambda _arguments, _cancellation: "secret" + "x" * 1000 + "\ud800\0", caution="none")
    world.loop.toolset = Toolset.of([big])

    (result,) = world.answer(("big", ""))

    assert result.startswith("***xxx")
    assert len(result) < 150
    assert not {"\0", "\ud800"} & set(result)


@pytest.mark.parametrize(("strips", "code"), [(False, "invisible"), (True, "invisible_removed")])
def test_invisible_characters_in_a_result_are_reported_and_removed_on_request(strips: bool, code: str) -> None:
    world = World(strips_invisible=strips)
    world.loop.toolset = Toolset.of([Tool("f", "", {}, lambda *_given: "a\u202eb\U000e0041", caution="none")])

    (result,) = world.answer(("f", ""))

    assert result == ("ab" if strips else "a\u202eb\U000e0041")
    (notice,) = [event for event in world.shown if isinstance(event, Notice)]
    assert (notice.code, "2 invisible" in notice.message) == (code, True)


def test_a_reply_with_too_many_calls_gets_a_result_for_each_and_runs_some() -> None:
    world = World()

    results = world.answer(*[("add", "{}")] * (MOST_CALLS + 2))

    assert len(world.ran) == MOST_CALLS
    assert results[MOST_CALLS:] == [BEYOND_LIMIT] * 2


def test_an_unknown_tool_is_answered_with_those_there_are() -> None:
    (result,) = World().answer(("ad", "{}"))

    assert "`add`" in result
    assert "guarded" in result


# Whole turns.


def calls(*names: str, arguments: str = '{"x": 1}', finish: str = "tool_calls") -> list[Step]:
    """Return an answer that calls tools."""
    fragments = [ToolFragment(place, f"c{place}", name, arguments) for place, name in enumerate(names)]
    return [*fragments, *says("", finish)[1:]]


def ask(world: World, *answers: Sequence[Step], **fields: Any) -> tuple[Turn, ScriptedClient, Any]:
    """Ask a question whose replies are *answers*; what is sent and what is kept must please the strictest server."""
    client = ScriptedClient(*answers)
    session = make_session(client=client, model="m", budget=TokenBudget(Letters()), **fields)
    turn = session.turn("q", ignore)
    turn = follow_calls(turn, world.loop, session.add_results, lambda: session.resume_turn(ignore))
    assert [found for request in client.requests if (found := problems(request.messages))] == []
    assert problems(sendable(session.conversation.history)) == []
    return turn, client, session


def test_the_loop_sends_results_until_the_model_answers_in_words() -> None:
    world = World()

    turn, client, session = ask(world, [Text("Let me see."), *calls("add", "broken")], calls("add"), says("Done."))

    assert turn.reply.text == "Done."
    assert [message.role for message in session.conversation.history] == [
        *("user", "assistant", "tool", "tool", "assistant", "tool", "assistant")
    ]
    assert client.sent[2] == ["q", "Let me see.", "add 1", "It broke.", "", "add 1"]
    assert session.conversation.unanswered is None


def test_an_image_of_a_result_is_kept_with_it_and_named_in_its_line() -> None:
    world = World(rounds=20)
    shots = [PHOTO, ImagePart("data:image/png;base64,eA=="), PHOTO, PHOTO]
    results = [IllustratedResult("[image 1]", (image,)) for image in shots]
    failing = [Tool("blurry", "", {}, partial(fail, ToolError("It is dark.", (PHOTO,))), caution="none")]
    world.loop.toolset = Toolset.of([Tool("camera", "", {}, lambda *_given: results.pop(), caution="none"), *failing])

    turn, client, session = ask(world, *[calls("camera")] * 4, calls("blurry"), says("Done."))

    assert turn.reply.text == "Done."  # the same words with another image are no repetition
    kept = [result_images(message) for message in session.conversation.history if message.role == "tool"]
    assert kept == [(image,) for image in (*reversed(shots), PHOTO)]
    assert client.requests[-1].messages[-1].text == "It is dark."
    reports = [event for event in world.shown if isinstance(event, ToolReported) and event.state == "done"]
    assert ["1 image" in describe_report(report) for report in reports] == [True] * 4


def fail(error: ToolError, *_given: Any) -> IllustratedResult:
    raise error


def test_calls_that_were_cut_are_never_run() -> None:
    world = World()

    turn, _, session = ask(world, calls("add", arguments='{"x": 1', finish="length"), options={"max_tokens": 5})

    assert world.ran == []
    assert isinstance(turn.error, LengthLimitError)
    session.binding.client.answers.append(says("ok"))
    session.turn("and now?", ignore)
    assert problems(session.binding.client.requests[-1].messages) == []


def test_invalid_arguments_go_back_to_the_model() -> None:
    world = World()

    turn, client, _ = ask(world, calls("add", arguments='{"x": "one"}'), calls("add"), says("ok"))

    assert turn.error is None
    assert len(world.ran) == 1
    assert "must be integer" in client.sent[1][-1]


def test_too_many_rounds_end_the_turn_as_incomplete_and_it_can_be_resumed() -> None:
    world = World(rounds=2)
    answers = [calls("add", arguments=f'{{"x": {number}}}') for number in range(3)]

    turn, client, session = ask(world, *answers)

    assert isinstance(turn.error, IncompleteAnswerError)
    assert len(world.ran) == 2
    assert session.conversation.is_cut
    client.answers.append(says("Done."))
    assert session.continue_answer(ignore).reply.text == "Done."
    assert problems(client.requests[-1].messages) == []


def test_repeated_calls_with_the_same_results_end_the_turn() -> None:
    world = World(rounds=100)

    turn, _, _ = ask(world, *[calls("add")] * 4)

    assert isinstance(turn.error, IncompleteAnswerError)
    assert len(world.ran) == 3


def test_results_that_do_not_fit_the_window_end_the_turn_and_not_the_chat() -> None:
    """The question has been asked: it must not come back as one that was not sent."""
    world = World()
    big = Tool("big", "", {}, lambda _arguments, _cancellation: "x" * 500, caution="none")
    world.loop.toolset = Toolset.of([big])
    client = ScriptedClient(calls("big"), says("ok"))
    session = make_session(client=client, model="m", budget=TokenBudget(Letters(), 100))
    turn = session.turn("q", ignore)

    turn = follow_calls(turn, world.loop, session.add_results, lambda: session.resume_turn(ignore))

    assert isinstance(turn.error, ContextTooLongError)
    assert not session.conversation.unanswered
    session.conversation.dropped = {session.conversation.questions[0].id}
    assert session.turn("next", ignore).reply.text == "ok"
    assert client.sent[-1] == ["next"]


def test_approvals_that_cannot_be_read_end_the_turn(tmp_path: Path) -> None:
    dirs = AppDirs(tmp_path, tmp_path, tmp_path, tmp_path)
    dirs.approvals.write_text("damaged", encoding="utf-8")
    dirs.approvals.chmod(0o600)
    world = World()
    world.loop.policy = Policy(ToolRules(), approval_file(dirs))

    turn, _, _ = ask(world, calls("guarded"))

    assert isinstance(turn.error, ConfigError)
    assert world.ran == []


def test_an_interrupt_of_tools_is_that_of_the_turn() -> None:
    turn, client, session = ask(World(), calls("stopped", "add"))

    assert turn.is_stopped
    client.answers.append(says("ok"))
    session.turn("go on", ignore)
    assert problems(client.requests[-1].messages) == []
