"""Sentences for exchanges that failed on the way: what could not be reached, why, and what to do about it."""

from __future__ import annotations

import ssl

from chatcli.api.http import tls
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.proxy import Proxy
from chatcli.errors import ChatError, ConfigError, IncompleteAnswerError, Remedy, ServerError, UnreachableError
from chatcli.process.installation import install_command
from chatcli.providers.endpoint import Endpoint


def explain_break(
    broken: BrokenExchangeError, endpoint: Endpoint, proxy: Proxy | None, *, has_answer: bool
) -> ChatError:
    """Return the error for *broken*; *has_answer* tells that the response had begun."""
    if proxy and _is_about_proxy(broken):
        return _proxy_error(broken, proxy)
    return _not_connected(broken, endpoint) or _broken_off(broken, endpoint, has_answer=has_answer)


def _not_connected(broken: BrokenExchangeError, endpoint: Endpoint) -> ChatError | None:
    match broken.kind:
        case FailureKind.DNS:
            return UnreachableError(f"cannot resolve {endpoint.hostname}", hint="check base_url or DNS")
        case FailureKind.REFUSED if "refused" in broken.detail.lower():
            hint = "is the server running?" if endpoint.is_local else "check base_url and the network"
            return UnreachableError(f"nothing is listening at {_address(endpoint)}", hint=hint)
        case FailureKind.REFUSED:
            return UnreachableError(
                f"cannot reach {_address(endpoint)}: {broken.detail}", hint="check base_url and the network"
            )
        case FailureKind.CONNECT_TIMEOUT:
            return UnreachableError(f"{_address(endpoint)} does not answer: {broken.detail}", hint="check the network")
        case FailureKind.TLS_CUT:
            what = f"{_address(endpoint)} cut the connection during the TLS handshake"
            return UnreachableError(what, hint="try again")
        case FailureKind.CERTIFICATE:
            return _certificate_error(broken, endpoint)
        case _:
            return None


def _broken_off(broken: BrokenExchangeError, endpoint: Endpoint, *, has_answer: bool) -> ChatError:
    match broken.kind:
        case FailureKind.PROTOCOL:
            what = f"{_address(endpoint)} does not speak HTTP: {broken.detail}"
            return ServerError(what, hint="check base_url: http or https, and the port")
        case FailureKind.BAD_HTTP:
            reason = broken.detail.partition(": bytearray")[0]
            what = f"{_address(endpoint)} sent malformed HTTP: {reason}"
            return ServerError(what, hint="the cause is the server, or a proxy in front of it")
        case FailureKind.FIRST_BYTE_TIMEOUT:
            what = f"{_address(endpoint)} sent nothing for {broken.detail}"
            kept = "not retried, because the server may still be processing the request"
            return IncompleteAnswerError(what, kept=kept, hint=Remedy("ask_again"))
        case FailureKind.STALLED:
            what = f"{_address(endpoint)} stopped sending for {broken.detail}"
            return IncompleteAnswerError(what, hint=Remedy("allow_silence"))
        case _ if has_answer:
            return IncompleteAnswerError(f"{_address(endpoint)} closed the connection in the middle of the answer")
        case _:
            what = f"{_address(endpoint)} closed the connection without an answer"
            return IncompleteAnswerError(what, hint="not retried, because the server may have processed the request")


def _address(endpoint: Endpoint) -> str:
    return endpoint.host or endpoint.base_url


def _is_about_proxy(broken: BrokenExchangeError) -> bool:
    return broken.kind in (FailureKind.PROXY, FailureKind.DNS, FailureKind.REFUSED, FailureKind.CONNECT_TIMEOUT)


def _proxy_error(broken: BrokenExchangeError, proxy: Proxy) -> ChatError:
    if isinstance(broken.cause, ImportError | RuntimeError):
        hint = f"`{install_command('socksio')}` installs it, or unset the variable"
        return ConfigError(f"{proxy.variable} is set to a SOCKS proxy, which needs the package `socksio`", hint=hint)
    what = f"cannot use the proxy {proxy.shown} (set in {proxy.variable}): {broken.detail}"
    return UnreachableError(what, hint="correct the variable, or add the host to NO_PROXY")


def _certificate_error(broken: BrokenExchangeError, endpoint: Endpoint) -> ChatError:
    cause = broken.cause if isinstance(broken.cause, ssl.SSLError) else ssl.SSLError(1, broken.detail)
    hint = "nothing was sent; to trust your own certificate authority, set `ca_file` in the provider's settings"
    return UnreachableError(
        f"cannot connect to {_address(endpoint)} securely: {tls.explain_tls_error(cause, endpoint.hostname)}", hint=hint
    )
