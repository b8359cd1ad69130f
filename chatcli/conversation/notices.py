"""Collects notices after a turn that are not errors; each is shown once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chatcli.conversation.messages import Notice
from chatcli.conversation.outcome import describe_cut
from chatcli.conversation.reply import Reply
from chatcli.language import _
from chatcli.records import mutable

_KNOWN_ENDS = frozenset({"stop", "length", "tool_calls", "content_filter", "error"})


@mutable
class TurnNotices:
    """What was observed of one conversation's server so far."""

    fingerprint: str = ""

    def after_turn(
        self, reply: Reply, options: Mapping[str, object], *, window_tokens: int | None, is_well: bool
    ) -> Iterator[Notice]:
        """Yield the notices about *reply* to a request with *options*."""
        if is_well and reply.status == "length":
            yield Notice("length", describe_cut(reply, window_tokens=window_tokens))
        if is_well and (unknown := _unknown_end(reply)):
            words = _("the server ended the answer with `{reason}`, so it may be incomplete", reason=unknown)
            yield Notice("finish_reason", words)
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


def fewer_answers_notice(reply: Reply, options: Mapping[str, object]) -> Notice | None:
    """Return a notice if there are fewer answers than *options* request; no answer at all is an error instead."""
    wanted, came = options.get("n", 1), sum(not choice.is_empty for choice in reply.choices.values())
    if not came or not isinstance(wanted, int) or came >= wanted:
        return None
    words = _("the server sent only {came} of {wanted} answers", came=came, wanted=wanted)
    return Notice("fewer_answers", words)


def source_notices(sources: Mapping[str, str]) -> Iterator[Notice]:
    """Yield a notice for each of *sources*, titles by address, numbered as the answer's footnotes."""
    for number, (url, title) in enumerate(sources.items(), 1):
        yield Notice("source", f"[{number}] {title + ' - ' if title else ''}{url}")


def fingerprint_notice(before: str, now: str) -> Notice:
    """Return the notice that the server's fingerprint changed, so a seed may no longer reproduce answers."""
    words = _(
        "the server's fingerprint changed from {before} to {now}: the same seed may now give different answers",
        before=before,
        now=now,
    )
    return Notice("fingerprint", words)
