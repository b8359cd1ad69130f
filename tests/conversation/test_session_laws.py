"""Whatever is done to a conversation, what is kept is what was shown, and what is sent passes the strictest server."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatcli.conversation.messages import Malformed, Reasoning, Refusal, Text, ToolFragment
from chatcli.conversation.sendable import sendable
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import Tree
from chatcli.conversation.turn import Turn
from chatcli.errors import ContextTooLongError, RateLimitError, UnreachableError
from tests.support.scripted import Letters, ScriptedClient, Step, ignore, problems, says
from tests.support.sessions import make_session

# What a server may answer, what of it is words, and whether it is whole.
ENDS: dict[str, tuple[Sequence[Step], str, bool]] = {
    "whole": (says("answer"), "answer", True),
    "cut at its length": (says("ans", "length"), "ans", False),
    "no end": ([Text("ans")], "ans", False),
    "unreadable": ([Malformed("x"), *says("ans")], "ans", False),
    "stopped": ([Text("an"), KeyboardInterrupt()], "an", False),
    "failed": ([Text("an"), RateLimitError("wait")], "an", False),
    "stopped early": ([Reasoning("hm"), KeyboardInterrupt()], "", False),
    "failed early": ([UnreachableError("nobody there")], "", False),
    "nothing": (says("")[1:], "", False),
    "reasoning without an end": ([Reasoning("hm")], "", False),
    "too long": ([ContextTooLongError("x")], "", False),
}
BESIDE_TEXT: dict[str, tuple[Sequence[Step], bool]] = {
    "refused": ([Refusal("no"), *says("")[1:]], False),
    "reasoning alone": ([Reasoning("hm"), *says("")[1:]], False),
    "reasoning alone in tags": (says("hm\n</think>"), False),
    "a limit spent on reasoning": ([Reasoning("hm"), *says("", "length")[1:]], False),
    "a call": ([ToolFragment(0, "1", "f", "{}"), *says("", "tool_calls")[1:]], True),
}
ends = st.sampled_from(sorted(ENDS))


class Conversation(RuleBasedStateMachine):
    """A session beside a simple account of it: questions, answers, and whether each is whole."""

    def __init__(self) -> None:
        super().__init__()
        self.client = ScriptedClient()
        self.session = make_session(client=self.client, model="m", budget=TokenBudget(Letters()))
        self.turns: list[tuple[str, str, bool]] = []
        self.undone: list[tuple[str, str, bool]] = []
        self.lost = ""
        self.asked = 0

    def answer(self, end: str) -> tuple[str, bool]:
        """Prepare the next answer, and another of the same kind for a second try."""
        steps, words, is_whole = ENDS[end]
        self.client.answers[:] = [steps, steps]
        return words, is_whole

    def question(self) -> str:
        self.asked += 1
        return f"q{self.asked}"

    @rule(end=ends)
    def send(self, end: str) -> None:
        question = self.question()
        words, is_whole = self.answer(end)
        try:
            turn = self.session.turn(question, ignore)
        except ContextTooLongError:
            return
        self.note(turn, question, words, is_whole)

    def note(self, turn: Turn, question: str, words: str, is_whole: bool) -> None:
        assert turn.is_lost == (not words)
        self.lost = "" if words else question
        if words:
            self.turns.append((question, words, is_whole))
            self.undone.clear()

    @rule(end=ends)
    def retry(self, end: str) -> None:
        words, is_whole = self.answer(end)
        try:
            turn = self.session.retry(ignore)
        except ContextTooLongError:
            return
        if self.lost:
            assert turn
            self.note(turn, self.lost, words, is_whole)
        elif self.turns and words:
            question, _, _ = self.turns.pop()
            assert turn
            self.note(turn, question, words, is_whole)

    @rule(end=ends)
    def go_on(self, end: str) -> None:
        words, is_whole = self.answer(end)
        try:
            turn = self.session.continue_answer(ignore)
        except ContextTooLongError:
            return
        if not self.turns or self.turns[-1][2]:
            assert turn is None
            return
        self.lost = ""
        if words:
            question, before, _ = self.turns.pop()
            self.turns.append((question, before + words, is_whole))
            self.undone.clear()

    @rule(count=st.integers(0, 3))
    def undo(self, count: int) -> None:
        taken = self.turns[-count:] if count else []
        del self.turns[len(self.turns) - len(taken) :]
        self.undone.extend(reversed(taken))

        assert [question.text for question in self.session.conversation.undo(count)] == [
            question for question, _, _ in taken
        ]

    @rule(count=st.integers(0, 3))
    def redo(self, count: int) -> None:
        back = [self.undone.pop() for _ in range(min(count, len(self.undone)))]
        self.turns += back

        assert self.session.conversation.redo(count) == len(back)

    @rule()
    def clear(self) -> None:
        self.turns.clear()
        self.undone.clear()
        self.lost = ""

        self.session.load(Tree(), self.session.state)

    @rule(tokens=st.none() | st.integers(10, 60), system=st.sampled_from(["", "Be brief."]))
    def set(self, tokens: int | None, system: str) -> None:
        self.session.binding.budget.window_tokens = tokens
        self.session.conversation.system = system

    @invariant()
    def the_history_is_what_was_shown(self) -> None:
        assert [message.text for message in self.session.conversation.history] == [
            text for question, answer, _ in self.turns for text in (question, answer)
        ]
        assert (
            self.session.conversation.unanswered.message.text if self.session.conversation.unanswered else ""
        ) == self.lost

    @invariant()
    def every_request_passes_the_strictest_server(self) -> None:
        assert [problems(request.messages) for request in self.client.requests if problems(request.messages)] == []

    @invariant()
    def every_history_can_be_sent(self) -> None:
        assert problems(sendable(self.session.conversation.history)) == []


class WithoutWords(Conversation):
    """The same with answers that are no text; what is kept is not compared, only that it can be sent."""

    @rule(kind=st.sampled_from(sorted(BESIDE_TEXT)))
    @precondition(lambda self: not self.session.binding.budget.window_tokens)
    def send_beside_text(self, kind: str) -> None:
        steps, is_whole = BESIDE_TEXT[kind]
        question = self.question()
        self.client.answers[:] = [steps]
        self.session.turn(question, ignore)
        self.turns.append((question, "", is_whole))
        self.undone.clear()
        self.lost = ""


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestWithoutWords = WithoutWords.TestCase
TestWithoutWords.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
