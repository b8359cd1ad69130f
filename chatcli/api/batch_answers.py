"""Reads the result lines of a batch: each is decoded, and its failure explained, like the answer to one request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chatcli.conversation.reply import Reply
from chatcli.errors import ChatError, IncompleteAnswerError
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.json_values import as_int, as_list, as_object, as_text, parse_json

if TYPE_CHECKING:
    from chatcli.api.exchange import Exchange

_OK = 200
# Codes of requests that the service gave up before it asked the model.
_NOT_ASKED = frozenset({"batch_expired", "batch_cancelled", "batch_canceled", "cancelled", "expired"})


@frozen
class BatchAnswer:
    """One result of a batch; *was_asked* is False if the service gave the request up, so that nothing was billed."""

    custom_id: str
    reply: Reply
    error: ChatError | None = None
    was_asked: bool = True


def read_answer(exchange: Exchange, line: bytes, model: str) -> BatchAnswer | None:
    """Return the result of a request to *model* in *line*, None if it is not one."""
    entry = as_object(parse_json(line))
    custom_id = as_text(entry.get("custom_id"))
    if not custom_id:
        return None
    reply, response, error = Reply(), as_object(entry.get("response")), entry.get("error")
    if as_text(as_object(error).get("code")) in _NOT_ASKED:
        return BatchAnswer(custom_id, reply, was_asked=False)
    try:
        _feed(exchange, reply, response, error, model)
    except ChatError as failure:
        reply.failure = str(failure)
        return BatchAnswer(custom_id, reply, failure)
    return BatchAnswer(custom_id, reply)


def _feed(exchange: Exchange, reply: Reply, response: Mapping[str, Any], error: Any, model: str) -> None:
    """Feed *reply* with the answer; raises ChatError for anything else."""
    status, body = as_int(response.get("status_code")) or _OK, response.get("body")
    if error and status == _OK:
        raise exchange.explain_payload(error if isinstance(error, dict) else {"message": as_text(error)})
    if not isinstance(body, dict):
        raise IncompleteAnswerError(_("the batch has no answer to this row"))
    answers = max(1, len(as_list(body.get("choices"))))
    exchange.replay(status, json.dumps(body).encode(), reply.feed, sent={"model": model}, answers=answers)
