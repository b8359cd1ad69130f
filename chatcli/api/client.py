"""Sends a request until it is answered, or until a retry would be wrong.

A parameter that the server refuses is renamed or left out, said so, and remembered for the endpoint and model. What
the server may have worked on already is never sent twice unless the user allowed it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol

from chatcli.api.encode import encode
from chatcli.api.exchange import Exchange, FailedAttemptError
from chatcli.api.http.broken import FailureKind
from chatcli.api.learned_parameters import LearnedParameters, ParameterChange
from chatcli.api.rate_limiter import RateLimiter
from chatcli.api.retry import Stop, Tries, Wait, decide
from chatcli.conversation.messages import Event, Listener, Notice, Request, UsageReported, Waiting
from chatcli.errors import ChatError, Remedy, ServerError
from chatcli.language import _
from chatcli.records import field, mutable, replace
from chatcli.text.units import format_duration
from chatcli.usage.tokens import estimate

MAX_CHANGES = 3  # for one request; a server that refuses more wants another request altogether


class ParameterMemory(Protocol):
    """Keeps what endpoints have taught, between runs."""

    def recall(self, base_url: str, model: str) -> LearnedParameters:
        """Return the stored value."""
        ...

    def remember(self, base_url: str, model: str, learnt: LearnedParameters) -> None:
        """Keep *learnt*."""
        ...


class NoParameterMemory:
    """A memory that ends with the run."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], LearnedParameters] = {}

    def recall(self, base_url: str, model: str) -> LearnedParameters:
        """Return what was remembered in this run."""
        return self._known.get((base_url, model), LearnedParameters())

    def remember(self, base_url: str, model: str, learnt: LearnedParameters) -> None:
        """Keep *learnt* for this run."""
        self._known[base_url, model] = learnt


@mutable
class CompletionsClient:
    """Asks one endpoint for completions; *sleep*, *clock* and *chance* are the world's, or a test's.

    *counts_tokens* means that the pacer limits tokens, so that each request must be estimated.
    """

    exchange: Exchange
    pacer: RateLimiter
    memory: ParameterMemory = field(default_factory=NoParameterMemory)
    counts_tokens: bool = False
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    _told: set[str] = field(default_factory=set)
    _answers_results: bool = False

    def send(self, request: Request, show: Listener) -> None:
        """Send *request* and hand every event of the reply to *show*; raises ChatError."""
        endpoint = self.exchange.endpoint
        if request.prefill:
            from chatcli.conversation.prefill import Prefill  # few requests have one

            show = Prefill(request.prefill, show)
        encoded = encode(request, endpoint.row)
        for name in encoded.dropped:
            self._notify_once(
                _(
                    "{endpoint} does not support `{parameter}`, so it was not sent",
                    endpoint=endpoint.name,
                    parameter=name,
                ),
                show,
            )
        for note in encoded.notes:
            self._notify_once(note, show)
        slot = self.pacer.acquire(
            self._estimate(request),
            clock=self.clock,
            wait=lambda seconds: self.sleep(min(seconds, 1.0)),
            on_wait=lambda seconds: show(
                Waiting(_("your rate limit, {duration}", duration=format_duration(seconds)), tells_time=True)
            ),
        )
        with slot:
            self._persist(self._ordered(encoded.body), _noting(show, slot.settle))

    def body(self, request: Request) -> dict[str, object]:
        """Return the body that *request* would be sent with now: as the endpoint takes it, and has taught."""
        body = self._ordered(encode(request, self.exchange.endpoint.row).body)
        return self.memory.recall(self.exchange.endpoint.base_url, request.model).apply(body)

    def _estimate(self, request: Request) -> int:
        return sum(estimate(message.text) for message in request.messages) if self.counts_tokens else 0

    def _persist(self, body: dict[str, object], show: Listener) -> None:
        """Send until there is an answer; the body is mended between attempts where the server says how."""
        url, model = self.exchange.endpoint.base_url, str(body["model"])
        learnt = self.memory.recall(url, model)
        tries, changes, attempt, started_s = Tries(), 0, 0, self.clock()
        while True:
            attempt += 1
            try:
                return self.exchange.post(mended := learnt.apply(body), show, attempt=attempt)
            except FailedAttemptError as failed:
                if not self._answers_results and _is_order_refused(failed):
                    self._answers_results = True
                    body = self._ordered(body)
                    continue
                change = _change(mended, failed, learnt) if changes < MAX_CHANGES else None
                if change:
                    changes += 1
                    learnt = learnt.after(change)
                    self._keep(change, learnt, url, model, show)
                    continue
                wait = self._next_try(failed, tries, started_s, show)
                # Each attempt may find its connection dead, even if an earlier one was already replaced.
                tries = replace(tries.after(failed.failure, wait), refreshed=wait.fresh)

    def _ordered(self, body: dict[str, object]) -> dict[str, object]:
        """Return *body* with its messages in the order that the server has taught."""
        messages = body.get("messages")
        if not self._answers_results or not isinstance(messages, list):
            return body
        from chatcli.api.message_order import answer_results  # few servers want it

        return {**body, "messages": answer_results(messages)}

    def _keep(self, change: ParameterChange, learnt: LearnedParameters, url: str, model: str, show: Listener) -> None:
        self.memory.remember(url, model, learnt)
        show(Notice("param_dropped", change.sentence))

    def _next_try(self, failed: FailedAttemptError, tries: Tries, started_s: float, show: Listener) -> Wait:
        """Wait for the next attempt, or raise the error where there shall be none."""
        decision = decide(
            failed.failure,
            tries,
            elapsed_s=self.clock() - started_s,
            policy=self.exchange.endpoint.policy,
            chance=self.chance(),
        )
        if isinstance(decision, Stop):
            raise _final(failed, decision) from failed
        if not decision.fresh:
            self._wait(decision.seconds, failed.error, show)
        return decision

    def _wait(self, seconds: float, error: ChatError, show: Listener) -> None:
        show(
            Notice("retrying", _("{what}; retrying in {duration}", what=error.what, duration=format_duration(seconds)))
        )
        until_s = self.clock() + seconds
        while (left_s := until_s - self.clock()) > 0:
            show(Waiting(_("retrying in {duration}", duration=format_duration(max(round(left_s), 1))), tells_time=True))
            self.sleep(min(left_s, 1.0))

    def _notify_once(self, sentence: str, show: Listener) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            show(Notice("param_dropped", sentence))


def _is_order_refused(failed: FailedAttemptError) -> bool:
    from chatcli.api.message_order import is_order_refused  # most requests are not refused

    return is_order_refused(failed.error.server.message)


def _change(body: dict[str, object], failed: FailedAttemptError, learnt: LearnedParameters) -> ParameterChange | None:
    from chatcli.api.refused_parameters import mend  # with its tables: most requests are not refused

    return None if failed.failure.shown else mend(body, failed.error, learnt=learnt)


def _noting(show: Listener, settle: Callable[[int], None]) -> Listener:
    """Return *show* with an ear for usage, which tells the pacer what the request really cost."""

    def take(event: Event) -> None:
        if isinstance(event, UsageReported):
            usage = event.usage
            settle((usage.prompt_tokens or 0) + (usage.completion_tokens or 0))
        show(event)

    return take


def _final(failed: FailedAttemptError, stop: Stop) -> ChatError:
    error = failed.error
    if stop.why == "too_long" and stop.wait_s:
        error.hint = (
            _("the server asks you to wait {duration}", duration=format_duration(stop.wait_s)),
            Remedy("allow_wait"),
        )
    elif stop.why == "ambiguous" and failed.failure.kind is FailureKind.STATUS and isinstance(error, ServerError):
        error.kept = _("not retried, because it may already have been processed and billed")
    return error
