"""Words network failures: what could not be reached, why, and what to do about it."""

from __future__ import annotations

import ssl

from chatcli.api.http import tls
from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.proxy import Proxy
from chatcli.errors import ChatError, ConfigError, IncompleteAnswerError, Remedy, ServerError, UnreachableError
from chatcli.language import N_, _
from chatcli.process.installation import install_command
from chatcli.providers.endpoint import Endpoint

# What the HTTP engine says of a response that it cannot read.
_ENGINE_WORDS = frozenset(
    {
        N_("illegal status line"),
        N_("illegal header line"),
        N_("illegal chunk header"),
        N_("bad Content-Length"),
        N_("conflicting Content-Length headers"),
        N_("multiple Transfer-Encoding headers"),
    }
)


def explain_break(
    broken: BrokenExchangeError, endpoint: Endpoint, proxy: Proxy | None, *, has_answer: bool
) -> ChatError:
    """Return the error for *broken*; *has_answer* means that the response had begun."""
    if proxy and _is_about_proxy(broken):
        return _proxy_error(broken, proxy)
    return _not_connected(broken, endpoint) or _broken_off(broken, endpoint, has_answer=has_answer)


def _not_connected(broken: BrokenExchangeError, endpoint: Endpoint) -> ChatError | None:
    match broken.kind:
        case FailureKind.DNS:
            what = _("cannot resolve {host}", host=endpoint.hostname)
            return UnreachableError(what, hint=_("check base_url or DNS"))
        case FailureKind.REFUSED if isinstance(broken.cause, ConnectionRefusedError):
            what = _("nothing is listening at {address}", address=_address(endpoint))
            hint = _("is the server running?") if endpoint.is_local else _("check base_url and the network")
            return UnreachableError(what, hint=hint)
        case FailureKind.REFUSED:
            what = _("cannot reach {address}: {reason}", address=_address(endpoint), reason=broken.detail)
            return UnreachableError(what, hint=_("check base_url and the network"))
        case FailureKind.CONNECT_TIMEOUT:
            what = _("{address} does not answer: {reason}", address=_address(endpoint), reason=broken.detail)
            return UnreachableError(what, hint=_("check the network"))
        case FailureKind.TLS_CUT:
            what = _("{address} cut the connection during the TLS handshake", address=_address(endpoint))
            return UnreachableError(what, hint=_("try again"))
        case FailureKind.CERTIFICATE:
            return _certificate_error(broken, endpoint)
        case _:
            return None


def _broken_off(broken: BrokenExchangeError, endpoint: Endpoint, *, has_answer: bool) -> ChatError:
    address = _address(endpoint)
    match broken.kind:
        case FailureKind.PROTOCOL:
            what = _("{address} does not speak HTTP: {reason}", address=address, reason=broken.detail)
            return ServerError(what, hint=_("check base_url: http or https, and the port"))
        case FailureKind.BAD_HTTP:
            reason = broken.detail.partition(": bytearray")[0]
            reason = _(reason) if reason in _ENGINE_WORDS else reason
            what = _("{address} sent malformed HTTP: {reason}", address=address, reason=reason)
            return ServerError(what, hint=_("the cause is the server, or a proxy in front of it"))
        case FailureKind.FIRST_BYTE_TIMEOUT:
            what = _("{address} sent nothing for {duration}", address=address, duration=broken.detail)
            kept = _("not retried, because the server may still be processing the request")
            return IncompleteAnswerError(what, kept=kept, hint=Remedy("ask_again"))
        case FailureKind.STALLED:
            what = _("{address} stopped sending for {duration}", address=address, duration=broken.detail)
            return IncompleteAnswerError(what, hint=Remedy("allow_silence"))
        case _ if has_answer:
            what = _("{address} closed the connection in the middle of the answer", address=address)
            return IncompleteAnswerError(what)
        case _:
            what = _("{address} closed the connection without an answer", address=address)
            hint = _("not retried, because the server may have processed the request")
            return IncompleteAnswerError(what, hint=hint)


def _address(endpoint: Endpoint) -> str:
    return endpoint.host or endpoint.base_url


def _is_about_proxy(broken: BrokenExchangeError) -> bool:
    return broken.kind in (FailureKind.PROXY, FailureKind.DNS, FailureKind.REFUSED, FailureKind.CONNECT_TIMEOUT)


def _proxy_error(broken: BrokenExchangeError, proxy: Proxy) -> ChatError:
    if isinstance(broken.cause, ImportError | RuntimeError):
        what = _("{variable} is set to a SOCKS proxy, which needs the package `socksio`", variable=proxy.variable)
        hint = _("`{command}` installs it, or unset the variable", command=install_command("socksio"))
        return ConfigError(what, hint=hint)
    places = {"proxy": proxy.shown, "variable": proxy.variable, "reason": broken.detail}
    what = _("cannot use the proxy {proxy} (set in {variable}): {reason}", **places)
    return UnreachableError(what, hint=_("correct the variable, or add the host to NO_PROXY"))


def _certificate_error(broken: BrokenExchangeError, endpoint: Endpoint) -> ChatError:
    cause = broken.cause if isinstance(broken.cause, ssl.SSLError) else ssl.SSLError(1, broken.detail)
    reason = tls.explain_tls_error(cause, endpoint.hostname)
    what = _("cannot connect to {address} securely: {reason}", address=_address(endpoint), reason=reason)
    hint = _("nothing was sent; to trust your own certificate authority, set `ca_file` in the provider's settings")
    return UnreachableError(what, hint=hint)
