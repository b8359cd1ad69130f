"""Turns a failed response into the error that explains it.

The status decides first, because codes and types are filled in carelessly by some servers; the body decides where a
status means several things. Nothing here raises, whatever came over the wire; the errors are handed back.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.api.failures import wordings
from chatcli.api.failures.bodies import ErrorBody, page_title, read_error_body
from chatcli.api.failures.diagnosis import Diagnosis, FailedRequest
from chatcli.api.failures.error_keys import squeeze
from chatcli.api.failures.foreign_protocols import foreign_protocol
from chatcli.api.failures.limits import is_about_rate, is_key_rejected
from chatcli.api.failures.overflow import is_overflow
from chatcli.api.failures.retry_after import by_lower_name, reset_moment_s, server_wait_s
from chatcli.api.failures.verdicts import diagnose
from chatcli.errors import ChatError, ServerError, ServerReport
from chatcli.language import N_, _
from chatcli.text.patterns import pattern

_FOREIGN = N_("{host} answered in the format of {protocol}, not in that of Chat Completions")
_PAGE = N_("got a web page instead of an answer from {host}")
_NAMED_PAGE = N_('got a web page ("{title}") instead of an answer from {host}')
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "apim-request-id", "x-generation-id", "cf-ray")
# An error inside a stream that names no status is taken for the one its words would have had. The words have neither
# separators nor the end that most have: `NotFoundError` and `not_found_error` are one.
_STATUS_OF_WORD = (
    (401, {"authentication", "invalidapikey", "auth", "unauthorized", "unauthenticated"}),
    (402, {"paymentrequired", "insufficientquota", "billing"}),
    (403, {"permissiondenied", "permission", "forbidden"}),
    (404, {"notfound", "modelnotfound"}),
    (408, {"timeout", "requesttimeout"}),
    (413, {"payloadtoolarge", "requesttoolarge"}),
    (422, {"unprocessable", "unprocessableentity"}),
    (429, {"ratelimitexceeded", "ratelimit", "throttling", "toomanyrequests", "resourceexhausted"}),
    (529, {"overloaded", "provideroverloaded", "engineoverloaded", "slowdown"}),
    (502, {"providerunavailable", "badgateway"}),
    (400, {"invalidrequest", "invalidprompt", "badrequest", "invalidargument", "toolusefailed"}),
)
_END_OF_WORD = pattern(r"(?:error|exception)\Z")


def classify(status: int, headers: Mapping[str, str], body: bytes, asked: FailedRequest) -> ChatError:
    """Return the error for a failed response to *asked*."""
    said = read_error_body(body)
    lowered = by_lower_name({**(said.headers or {}), **headers})
    return diagnose(Diagnosis(status, said, _server_word(status, said, lowered), asked, lowered.get("location", "")))


def in_stream(payload: object, asked: FailedRequest) -> ChatError:
    """Return the error for an error object inside an answer to *asked* that began with status 200.

    Its `server.status` is the one that the object names, by number or by word, and None where it names none.
    """
    if protocol := foreign_protocol(payload):
        what = _(_FOREIGN, host=asked.host, protocol=_(protocol.title))
        return ServerError(what, hint=_(protocol.remedy))
    said = read_error_body(payload)
    status = _status_named(said)
    return diagnose(
        Diagnosis(
            status or _likely_status(said), said, _server_word(status, said, by_lower_name(said.headers or {})), asked
        )
    )


def web_page(body: bytes, *, host: str) -> ServerError | None:
    """Return the error for a web page instead of an answer, or None if *body* is not a web page."""
    title = page_title(body)
    if title is None:
        return None
    hint = _("check base_url (most end in /v1), and whether this network has a login page")
    return ServerError(_(_NAMED_PAGE if title else _PAGE, host=host, title=title), hint=hint)


def _server_word(status: int | None, said: ErrorBody, headers: Mapping[str, str]) -> ServerReport:
    return ServerReport(
        status=status,
        message=said.message,
        code=said.code,
        param=said.param,
        request_id=next(filter(None, map(headers.get, _REQUEST_ID_HEADERS)), said.request_id),
        retry_after_s=server_wait_s(headers, status=status, hinted_s=said.retry_after_s, moment_s=said.resets_at_s),
        resets_at_s=reset_moment_s(headers, said.resets_at_s),
    )


def _status_named(said: ErrorBody) -> int | None:
    said_words = {_END_OF_WORD.sub("", squeeze(word)) for word in said.words}
    named = (status for status, words in _STATUS_OF_WORD if words & said_words)
    is_request = is_overflow(said.words, "") or wordings.FILTERED.matches(said.words, "")
    return said.status or next(named, 400 if is_request else None)


def _likely_status(said: ErrorBody) -> int:
    """Guess whether an error without any code is about the request, about a rate, or about the server."""
    text = said.text or ""
    if is_overflow(said.words, text) or is_key_rejected(said.words, text):
        return 400
    if any(table.matches(said.words, text) for table in (wordings.FILTERED, wordings.UNKNOWN_MODEL)):
        return 400
    return 429 if is_about_rate(said.words, text) else 500
