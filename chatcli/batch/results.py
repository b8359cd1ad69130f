"""The result of one row, as it is written: the same fields wherever it was answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.messages import Status, Usage
from chatcli.conversation.reply import Reply
from chatcli.errors import ChatError
from chatcli.records import frozen
from chatcli.text.json_values import format_json


@frozen
class Result:
    """The answer to one row by one model; *answers* holds all answers, empty if there is none.

    *score* is the share of the answers that are as expected, None if the row expects nothing. *error* is what went
    wrong, None if the answer is complete.
    """

    id: str
    answers: Sequence[str]
    status: Status
    model: str
    finish_reason: str | None = None
    usage: Usage | None = None
    error: ChatError | None = None
    score: float | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that a single question would have had."""
        return self.error.exit_code if self.error else 0

    def to_json(self) -> dict[str, object]:
        """Return the fields of the output row."""
        values: dict[str, object] = {"id": self.id, "answer": self.answers[0] if self.answers else None}
        if len(self.answers) > 1:
            values["answers"] = list(self.answers)
        values |= {"status": self.status, "finish_reason": self.finish_reason, "model": self.model}
        if self.score is not None:
            values["score"] = self.score
        return values | {
            "usage": _usage(self.usage),
            "cost": self.usage.cost if self.usage else None,
            "error": self._error(),
        }

    def _error(self) -> dict[str, object] | None:
        if self.error is None:
            return None
        return {"exit_code": self.exit_code, "http_status": self.error.server.status, "message": self.error.what}

    def encode(self) -> bytes:
        """Return the output row as one line of JSON, without its end."""
        return format_json(self.to_json(), is_compact=True).encode("utf-8", "replace")


def result_of(id: str, reply: Reply, error: ChatError | None, *, model: str, usage: Usage | None) -> Result:
    """Return the result of *reply*, in which *error* went wrong."""
    choices = [choice for _, choice in sorted(reply.choices.items()) if choice.has_answer]
    finish = reply.choice.finish
    return Result(
        id,
        [choice.answer or choice.refusal for choice in choices],
        reply.status if not error or reply.status != "complete" else "incomplete",
        reply.started.model or model,
        finish.raw if finish else None,
        usage,
        error,
    )


def _usage(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    counts = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cached_tokens": usage.cached_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}
