"""What is no error and should be known all the same after a turn: each is said once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatcli.conversation.messages import Notice
from chatcli.conversation.outcome import describe_cut
from chatcli.conversation.reply import Reply
from chatcli.records import mutable
from chatcli.text.phrases import count_noun

_KNOWN_ENDS = frozenset({"stop", "length", "tool_calls", "content_filter", "error"})


@mutable
class TurnNotices:
    """What was seen of one conversation's server so far."""

    fingerprint: str = ""

    def after_turn(
        self, reply: Reply, options: Mapping[str, Any], *, window_tokens: int | None, is_well: bool
    ) -> Iterator[Notice]:
        """Yield what is to be said of *reply* to a request with *options*."""
        if is_well and reply.status == "length":
            yield Notice("length", describe_cut(reply, window_tokens=window_tokens))
        if is_well and (unknown := _unknown_end(reply)):
            yield Notice("finish_reason", f"the server ended the answer with `{unknown}`: it may not be whole")
        if notice := fewer_answers_notice(reply, options):
            yield notice
        yield from source_notices(reply.sources)
        before, now = self.fingerprint, reply.started.fingerprint
        self.fingerprint = now or before
        if "seed" in options and before and now and before != now:
            yield fingerprint_notice(before, now)


def _unknown_end(reply: Reply) -> str:
    finish = reply.choice.finish
    return finish.raw if finish and finish.reason not in _KNOWN_ENDS else ""


def fewer_answers_notice(reply: Reply, options: Mapping[str, Any]) -> Notice | None:
    """Return the notice that the server gave fewer answers than *options* ask for; none at all is told as an error."""
    wanted, came = options.get("n", 1), sum(not choice.is_empty for choice in reply.choices.values())
    if not came or not isinstance(wanted, int) or came >= wanted:
        return None
    return Notice("fewer_answers", f"only {count_noun(came, 'answer')} came of the {wanted} asked for")


def source_notices(sources: Mapping[str, str]) -> Iterator[Notice]:
    """Yield a notice for each of *sources*, titles by address, numbered as the answer's footnotes."""
    for number, (url, title) in enumerate(sources.items(), 1):
        yield Notice("source", f"[{number}] {title + ' - ' if title else ''}{url}")


def fingerprint_notice(before: str, now: str) -> Notice:
    """Return the notice that a seed no longer means the same: the server says it is another one."""
    words = f"the server's fingerprint changed from {before} to {now}: one seed may give another answer now"
    return Notice("fingerprint", words)
