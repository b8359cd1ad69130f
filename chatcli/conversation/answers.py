"""Decides what is stored of answers: whether they have content, how two are joined, and their metadata."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.messages import Message, TextPart, Usage
from chatcli.conversation.reply import Reply
from chatcli.conversation.stopwatch import Stopwatch
from chatcli.conversation.tree import AnswerFacts
from chatcli.records import replace

EMPTY_ANSWER = Message("assistant")


def join_answers(start: Message, rest: Message) -> Message:
    """Join the answer *start* with its *rest*; the result has the status of *rest*."""
    text = start.text + rest.text
    parts = (*((TextPart(text),) if text else ()), *start.attached, *rest.attached)
    return replace(rest, parts=parts, reasoning=start.reasoning or rest.reasoning)


def has_content(answer: Message) -> bool:
    """Return whether *answer* has content that can be part of a history."""
    return bool(answer.parts or answer.tool_calls or answer.refusal)


def keeps_turn(reply: Reply) -> bool:
    """Return whether *reply* completes a turn: it has content, or ended normally with only reasoning."""
    answer = reply.message()
    is_thought = bool(answer.reasoning) and reply.has_ended and not (reply.stopped or reply.failure)
    return has_content(answer) or is_thought


def without_reasoning(answer: Message) -> Message:
    """Return *answer* without provider-specific fields."""
    if not (answer.reasoning or any(call.extra for call in answer.tool_calls)):
        return answer
    return replace(answer, reasoning="", tool_calls=tuple(replace(call, extra={}) for call in answer.tool_calls))


def usage_or_estimate(reply: Reply, sent: Sequence[Message], binding: ModelBinding) -> Usage | None:
    """Return the usage of *reply* to the messages *sent*: as reported, else as counted here; None without an answer.

    The usage of several models that answered at once is not estimated: their prices differ.
    """
    if reply.usages or reply.is_empty or reply.started.title:
        return reply.usage
    guess = binding.budget.guess
    answers = (reply.message(index) for index in reply.choices)
    return binding.priced(Usage(round(sum(map(guess, sent))), round(sum(map(guess, answers))), is_estimate=True))


def answer_facts(
    reply: Reply,
    *,
    index: int,
    stopwatch: Stopwatch,
    binding: ModelBinding,
    sent_turns: int | None,
    usage: Usage | None,
) -> AnswerFacts:
    """Return the metadata of one answer of *reply* to a request of *binding* with that many earlier turns.

    Usage of several answers to one request is recorded once, with the first.
    """
    started = reply.starts.get(index) or replace(reply.started, choice=index)
    return AnswerFacts(
        model=started.model or binding.model,
        provider=started.provider or binding.provider,
        host=started.host or binding.host,
        request_id=started.id or "",
        usage=usage,
        why=reply.why,
        sources=tuple(reply.sources.items()),
        asked_at=stopwatch.asked_at,
        first_s=stopwatch.first_s,
        took_s=stopwatch.total_s,
        sent_turns=sent_turns,
    )
