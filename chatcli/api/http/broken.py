"""Defines the kinds of broken exchanges, before anything is worded for the user."""

from __future__ import annotations

from enum import Enum


class FailureKind(Enum):
    """How a request failed, as far as sending it again is concerned."""

    DNS = "dns"  # the host has no address
    REFUSED = "refused"  # nothing listens there
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_CUT = "tls_cut"  # the connection died during the handshake
    CERTIFICATE = "certificate"  # the handshake was completed and its result not accepted
    PROXY = "proxy"  # unreachable, or it refuses to pass the request on
    CLOSED = "closed"  # the connection ended before the response did
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    STALLED = "stalled"
    PROTOCOL = "protocol"  # the response is not HTTP, or not the one that was requested
    BAD_HTTP = "bad_http"  # it is HTTP, but written so that it cannot be read
    STATUS = "status"  # an error status, or an error object in a stream that names one


class BrokenExchangeError(Exception):
    """The exchange failed on the way; *kind* says how, *detail* what the system said."""

    def __init__(self, kind: FailureKind, detail: str = "", *, cause: BaseException | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.cause = cause
