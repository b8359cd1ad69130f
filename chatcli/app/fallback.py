"""Asks another model when the chosen one cannot be had: at its rate limit, failing, or out of reach.

Laws: no other model is asked once the answer has begun, nor after a refusal (a wrong key, an invalid request), because
the same would be refused again; each model is asked at its own endpoint, with the key of that endpoint and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatcli.app.fan_out import ModelRoute
from chatcli.conversation.answers import without_reasoning
from chatcli.conversation.messages import Event, Listener, Notice, Request, Sent, Started, UsageReported, Waiting
from chatcli.errors import ChatError, OversizedRequestError, RateLimitError, ServerError, UnreachableError
from chatcli.language import N_, _
from chatcli.records import frozen, replace

_TOO_MANY_REQUESTS = 429
_BEFORE_WORDS = (Sent, Waiting, Started, UsageReported, Notice)

Send = Callable[[Request, Listener], None]


@frozen
class FallbackClient:
    """Sends each request with *first*, which asks a model of *provider*, and on failure to *names* in their order.

    *find_route* returns the route to one of them; raises ChatError if it is misconfigured.
    """

    first: Send
    provider: str
    names: Sequence[str]
    find_route: Callable[[str], ModelRoute]

    def send(self, request: Request, show: Listener) -> None:
        """Send *request*; raises the error of the last model that was asked."""
        asked, send = request.model, self.first
        for name in self.names:
            begun = _Begun(show)
            try:
                return send(request, begun.take)
            except ChatError as error:
                if begun.has_words or not is_unavailable(error):
                    raise
                show(fallback_notice(asked, error, name))
            route = self.find_route(name)
            asked, send = name, self._sender(route)
        return send(request, show)

    def _sender(self, route: ModelRoute) -> Send:
        def send(request: Request, show: Listener) -> None:
            messages = request.messages
            if route.provider != self.provider:
                messages = tuple(map(without_reasoning, messages))
            route.send(replace(request, model=route.model, messages=messages), lambda event: show(_named(event, route)))

        return send


def is_unavailable(error: ChatError) -> bool:
    """Return whether *error* says that a model cannot be had at the moment, whatever it is asked."""
    if isinstance(error, RateLimitError):
        is_limit = error.server.status in (_TOO_MANY_REQUESTS, None)
        return is_limit and not isinstance(error, OversizedRequestError)
    return isinstance(error, ServerError | UnreachableError)


def fallback_notice(asked: str, error: ChatError, following: str) -> Notice:
    """Return the notice that the model *following* is asked because *asked* cannot be had."""
    pattern = N_("`{model}` cannot answer: {reason}; `{fallback}` is asked instead")
    return Notice("fallback", _(pattern, model=asked, reason=error.what, fallback=following))


class _Begun:
    """Notes whether anything of an answer has been shown."""

    def __init__(self, show: Listener) -> None:
        self._show = show
        self.has_words = False

    def take(self, event: Event) -> None:
        """Pass *event* on."""
        self.has_words |= not isinstance(event, _BEFORE_WORDS)
        self._show(event)


def _named(event: Event, route: ModelRoute) -> Event:
    """Return *event* with its source, and with the price of that source."""
    if isinstance(event, Started):
        return replace(event, provider=route.provider, host=route.host, model=event.model or route.model)
    if isinstance(event, UsageReported) and event.usage.cost is None:
        return replace(event, usage=replace(event.usage, cost=route.price(event.usage)), is_priced=True)
    return event
