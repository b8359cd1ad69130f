"""Describes a failure to classify: what was requested from which server, and what came back."""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.api.failures.bodies import ErrorBody
from chatcli.api.failures.wordings import WordingTable
from chatcli.errors import ServerReport
from chatcli.language import N_, _
from chatcli.records import field, frozen

# The names that servers go on saying, where Python 3.13 has newer ones (413, 422), and those with a translation.
_NAMES = {
    400: N_("Bad Request"),
    401: N_("Unauthorized"),
    402: N_("Payment Required"),
    403: N_("Forbidden"),
    404: N_("Not Found"),
    405: N_("Method Not Allowed"),
    408: N_("Request Timeout"),
    409: N_("Conflict"),
    410: N_("Gone"),
    413: N_("Request Entity Too Large"),
    415: N_("Unsupported Media Type"),
    422: N_("Unprocessable Entity"),
    425: N_("Too Early"),
    429: N_("Too Many Requests"),
    451: N_("Unavailable For Legal Reasons"),
    500: N_("Internal Server Error"),
    501: N_("Not Implemented"),
    502: N_("Bad Gateway"),
    503: N_("Service Unavailable"),
    504: N_("Gateway Timeout"),
}


@frozen
class FailedRequest:
    """What was asked of whom: the part of a sentence that the server does not know.

    *key_source* is in words, None where no key was sent; *local* marks a server on this machine, whose remedies are the
    user's own. *sent* is the body of the request.
    """

    host: str
    model: str
    key_source: str | None
    sent_bytes: int | None = None
    local: bool = False
    sent: Mapping[str, object] = field(default_factory=dict)


@frozen
class Diagnosis:
    """One failure. *status* may be guessed, and then *server* has none; *location* is where a redirect leads."""

    status: int
    said: ErrorBody
    server: ServerReport
    asked: FailedRequest
    location: str = ""

    def means(self, table: WordingTable) -> bool:
        """Return whether the body is of the sort that *table* knows."""
        return table.matches(self.said.words, self.said.text or "")

    @property
    def host(self) -> str:
        """The host as it is named in every sentence."""
        return self.asked.host

    def with_words(self, what: str) -> str:
        """Return *what* happened, with the server's own words behind it."""
        said = (self.said.message or "").removeprefix(f"{self.status} ").rstrip(" .")
        return _("{what}: {said}", what=what, said=said) if said else what

    def with_status(self, what: str) -> str:
        """Return *what* happened, with the status and with the server's own words."""
        return self.with_words(self.with_number(what))

    def with_number(self, what: str) -> str:
        """Return *what* happened, with the status unless it is a guess.

        The name of the status is left out where the server's own words repeat it.
        """
        if self.server.status is None:
            return what
        name = _status_name(self.status)
        is_named = name.lower() in (self.said.message or "").lower()
        status = str(self.status) if is_named else f"{self.status} {_(name)}"
        return _("{what} ({status})", what=what, status=status)


def _status_name(status: int) -> str:
    from http import HTTPStatus  # an enumeration of sixty members, needed when something fails

    if status in _NAMES:
        return _NAMES[status]
    return HTTPStatus(status).phrase if status in {known.value for known in HTTPStatus} else ""
