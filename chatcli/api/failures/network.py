"""Sentences for exchanges that failed on the way: what could not be reached, why, and what to do about it."""

from __future__ import annotations

import ssl

from chatcli.api.http import tls
from chatcli.api.http.broken import Broken, Kind
from chatcli.api.http.proxy import Proxy
from chatcli.errors import AnswerIncomplete, ChatError, ConfigError, NotReached, ServerFault
from chatcli.providers.endpoint import Endpoint


def explain(broken: Broken, endpoint: Endpoint, proxy: Proxy | None, *, has_answer: bool) -> ChatError:
    """Return the error for *broken*; *has_answer* tells that the response had begun."""
    if proxy and _is_about_proxy(broken):
        return _proxy_error(broken, proxy)
    return _not_connected(broken, endpoint) or _broken_off(broken, endpoint, has_answer=has_answer)


def _not_connected(broken: Broken, endpoint: Endpoint) -> ChatError | None:
    match broken.kind:
        case Kind.DNS:
            return NotReached(f"cannot resolve {endpoint.hostname}", hint="check base_url or DNS")
        case Kind.REFUSED if "refused" in broken.detail.lower():
            hint = "is the server running?" if endpoint.is_local else "check base_url and the network"
            return NotReached(f"nothing is listening at {_place(endpoint)}", hint=hint)
        case Kind.REFUSED:
            return NotReached(
                f"cannot reach {_place(endpoint)}: {broken.detail}", hint="check base_url and the network"
            )
        case Kind.CONNECT_TIMEOUT:
            return NotReached(f"{_place(endpoint)} does not answer: {broken.detail}", hint="check the network")
        case Kind.TLS_CUT:
            return NotReached(f"{_place(endpoint)} cut the connection during the TLS handshake", hint="try again")
        case Kind.CERTIFICATE:
            return _certificate_error(broken, endpoint)
        case _:
            return None


def _broken_off(broken: Broken, endpoint: Endpoint, *, has_answer: bool) -> ChatError:
    match broken.kind:
        case Kind.PROTOCOL:
            reason = broken.detail.partition(":")[0]  # what follows is the line as a value of Python
            what = f"{_place(endpoint)} does not speak HTTP: {reason}"
            return ServerFault(what, hint="check base_url: http or https, and the port")
        case Kind.FIRST_BYTE_TIMEOUT:
            what = f"{_place(endpoint)} sent nothing for {broken.detail}"
            return AnswerIncomplete(what, hint="it was not asked again, for it may be working on it; /retry asks again")
        case Kind.STALLED:
            what = f"{_place(endpoint)} fell silent for {broken.detail}"
            return AnswerIncomplete(what, hint="`--timeout` allows more")
        case _ if has_answer:
            return AnswerIncomplete(f"{_place(endpoint)} closed the connection in the middle of the answer")
        case _:
            what = f"{_place(endpoint)} closed the connection without an answer"
            return AnswerIncomplete(what, hint="it was not asked again, for it may have worked on it")


def _place(endpoint: Endpoint) -> str:
    return endpoint.host or endpoint.base_url


def _is_about_proxy(broken: Broken) -> bool:
    return broken.kind in (Kind.PROXY, Kind.DNS, Kind.REFUSED, Kind.CONNECT_TIMEOUT)


def _proxy_error(broken: Broken, proxy: Proxy) -> ChatError:
    if isinstance(broken.cause, ImportError | RuntimeError):
        hint = "`pip install 'chatcli[socks]'` brings it, or unset the variable"
        return ConfigError(f"{proxy.variable} names a SOCKS proxy, which needs the package `socksio`", hint=hint)
    what = f"the proxy {proxy.shown} named by {proxy.variable} cannot be used: {broken.detail}"
    return NotReached(what, hint="correct the variable, or name the host in NO_PROXY")


def _certificate_error(broken: Broken, endpoint: Endpoint) -> ChatError:
    cause = broken.cause if isinstance(broken.cause, ssl.SSLError) else ssl.SSLError(1, broken.detail)
    hint = "nothing was sent; `ca_file` in the provider's settings names an authority of your own"
    return NotReached(f"cannot talk to {_place(endpoint)}: {tls.explain(cause, endpoint.hostname)}", hint=hint)
