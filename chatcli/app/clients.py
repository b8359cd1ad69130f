"""Builds clients: transport, proxy, certificates, redaction, pacing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from chatcli.api.client import CompletionsClient, ParameterMemory
from chatcli.api.exchange import Exchange
from chatcli.api.http.broken import BrokenExchangeError
from chatcli.api.http.client import HttpClient
from chatcli.api.http.proxy import Proxy, proxy_for
from chatcli.api.http.transport import NetworkTransport
from chatcli.api.rate_limiter import RateLimiter, RateLimits
from chatcli.errors import ChatError
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.text.redactor import Redactor, Secret

if TYPE_CHECKING:
    from ssl import SSLContext

    from chatcli.api.http.early import EarlyConnection
    from chatcli.help.topics import Topic
    from chatcli.local.model_server import ModelServer


def exchange_for(
    endpoint: Endpoint,
    environ: Mapping[str, str],
    *,
    topics: Callable[[str], Sequence[Topic]],
    known: Sequence[Secret] = (),
) -> Exchange:
    """Return the exchange for *endpoint*; *known* are further secrets to mask in its messages.

    Raises ConfigError for an unusable proxy or certificate.
    """
    return exchanges_for(endpoint, environ, topics=topics, known=known)()


def exchanges_for(
    endpoint: Endpoint,
    environ: Mapping[str, str],
    *,
    topics: Callable[[str], Sequence[Topic]],
    known: Sequence[Secret] = (),
    early: EarlyConnection | None = None,
) -> Callable[[], Exchange]:
    """Return what opens exchanges for *endpoint*, each with connections of its own; see `exchange_for`.

    The first connection is *early*, if there is one.
    """
    redactor = Redactor([*known, *([endpoint.key] if endpoint.key else [])])
    if endpoint.base_url == GUIDE_URL:
        from chatcli.guide.transport import GuideTransport  # imports the help search

        return lambda: Exchange(endpoint, HttpClient(GuideTransport(topics)), None, redactor)
    proxy = proxy_for(endpoint.base_url, environ)
    # Creating a TLS context takes time, and http:// needs none.
    needs_tls = endpoint.base_url.startswith("https:") or (proxy and proxy.url.startswith("https:"))
    context = early.tls if early else _make_context(endpoint, environ) if needs_tls else None

    def open_exchange() -> Exchange:
        try:
            transport = NetworkTransport(tls=context, proxy_url=proxy.url if proxy else None, early=early)
        except BrokenExchangeError as broken:
            raise _explain(broken, endpoint, proxy) from broken
        return Exchange(endpoint, HttpClient(transport, abort=transport.abort), proxy, redactor)

    return open_exchange


def model_exchanges(endpoint: Endpoint, server: ModelServer, *, known: Sequence[Secret]) -> Callable[[], Exchange]:
    """Return what opens exchanges with the *server* of a model file; the first request starts it."""
    from chatcli.api.http.late_transport import LateTransport  # few runs have a model file

    redactor = Redactor([*known, server.key])

    def open_exchange() -> Exchange:
        transport = LateTransport(server.address)
        return Exchange(endpoint, HttpClient(transport, abort=transport.abort), None, redactor)

    return open_exchange


def _make_context(endpoint: Endpoint, environ: Mapping[str, str]) -> SSLContext:
    from chatcli.api.http import tls

    return tls.make_context(endpoint.ca_file, environ)


def _explain(broken: BrokenExchangeError, endpoint: Endpoint, proxy: Proxy | None) -> ChatError:
    from chatcli.api.failures.network import explain_break  # needed only for failures, which are rare

    return explain_break(broken, endpoint, proxy, has_answer=False)


def client_for(exchange: Exchange, limits: RateLimits, memory: ParameterMemory) -> CompletionsClient:
    """Return a client that sends requests through *exchange*."""
    return CompletionsClient(exchange, RateLimiter(limits), memory, counts_tokens=limits.tpm is not None)
