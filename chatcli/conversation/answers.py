"""Answers as they are kept: whether they hold anything, how two become one, when they came."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.conversation.messages import TEXT_EVENTS, Event, Listener, Message, TextPart
from chatcli.conversation.reply import Reply
from chatcli.conversation.tree import AnswerFacts
from chatcli.records import replace

EMPTY_ANSWER = Message("assistant")


def join_answers(start: Message, rest: Message) -> Message:
    """Return the answer *start* with the *rest* of it: one answer, as whole as the rest."""
    text = start.text + rest.text
    parts = (TextPart(text),) if text else ()
    return replace(rest, parts=parts, reasoning=start.reasoning or rest.reasoning)


def has_content(answer: Message) -> bool:
    """Return whether *answer* holds anything that can stand in a history."""
    return bool(answer.parts or answer.tool_calls or answer.refusal)


def without_reasoning(answer: Message) -> Message:
    """Return *answer* without what only its own provider understands."""
    if not (answer.reasoning or any(call.extra for call in answer.tool_calls)):
        return answer
    return replace(answer, reasoning="", tool_calls=tuple(replace(call, extra={}) for call in answer.tool_calls))


def answer_facts(reply: Reply, index: int, timing: Timing, *, model: str, provider: str, host: str) -> AnswerFacts:
    """Return what is known of one answer of *reply*, which was asked of *model*, *provider* and *host*.

    What several answers of one request took is told once, by the first.
    """
    started = reply.starts.get(index) or replace(reply.started, choice=index)
    return AnswerFacts(
        model=started.model or model,
        provider=started.provider or provider,
        host=started.host or host,
        request_id=started.id or "",
        usage=reply.usages.get(index),
        why=reply.why,
        sources=tuple(reply.sources.items()),
        asked_at=timing.asked_at,
        first_s=timing.first_s,
        took_s=timing.took_s,
    )


class Timing:
    """When a turn was asked (seconds since the epoch), and how long it took until the first word and in all."""

    def __init__(self, asked_at: float, clock: Callable[[], float]) -> None:
        self.asked_at = asked_at
        self._clock = clock
        self._began_s = clock()
        self.first_s: float | None = None

    @property
    def took_s(self) -> float:
        """Seconds since it was asked."""
        return self._clock() - self._began_s

    def listening(self, show: Listener) -> Listener:
        """Return *show* with an ear for the first word."""

        def take(event: Event) -> None:
            if self.first_s is None and isinstance(event, TEXT_EVENTS):
                self.first_s = self.took_s
            show(event)

        return take
