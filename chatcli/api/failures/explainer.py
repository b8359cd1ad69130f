"""Explains every way in which an exchange with one endpoint can fail, as one ChatError."""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.api.failures import bodies, classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.api.failures.network import explain_break
from chatcli.api.http.broken import BrokenExchangeError
from chatcli.api.http.proxy import Proxy
from chatcli.errors import AuthenticationError, ChatError, ServerError
from chatcli.language import _
from chatcli.providers.endpoint import Endpoint
from chatcli.records import frozen, replace
from chatcli.text.redactor import Redactor

_SAID = ("message", "code", "param", "request_id")


@frozen
class Explainer:
    """Knows the endpoint that was asked, and the proxy on the way to it; *redactor* keeps keys out of messages."""

    endpoint: Endpoint
    proxy: Proxy | None
    redactor: Redactor

    def explain_break(self, broken: BrokenExchangeError, *, has_answer: bool) -> ChatError:
        """Return the error for an exchange that broke on the way; *has_answer* means that the response had begun."""
        return self._without_keys(explain_break(broken, self.endpoint, self.proxy, has_answer=has_answer))

    def explain_status(
        self, status: int, headers: Mapping[str, str], body: bytes, *, sent: Mapping[str, object], sent_bytes: int
    ) -> ChatError:
        """Return the error for a failed response to *sent*, the body of a request."""
        error = classify.classify(status, headers, body, self._asked(sent, sent_bytes))
        if isinstance(error, AuthenticationError) and self.endpoint.key is None:
            error.hint = self.endpoint.key_hint or error.hint
        return self._without_keys(error)

    def explain_payload(self, payload: object, *, sent: Mapping[str, object]) -> ChatError:
        """Return the error for an error object in an answer to *sent* that began with 200."""
        return self._without_keys(classify.in_stream(payload, self._asked(sent)))

    def explain_page(self, body: bytes, *, sent: Mapping[str, object]) -> ChatError:
        """Return the error for a body that holds no answer: a web page, or text of any kind."""
        if page := classify.web_page(body, host=self.endpoint.host):
            return self._without_keys(page)
        text = bodies.read_error_body(body).message
        error = self.explain_payload({"message": text}, sent=sent)
        if text and not isinstance(error, ServerError):
            return error  # it is worded as a refusal
        what = _("{host} sent neither JSON nor an event stream", host=self.endpoint.host)
        what = _("{what}: {said}", what=what, said=text) if text else what
        return self._without_keys(ServerError(what, hint=_("check base_url: most end in /v1")))

    def _asked(self, sent: Mapping[str, object], sent_bytes: int | None = None) -> FailedRequest:
        endpoint = self.endpoint
        model = str(sent.get("model", ""))
        return FailedRequest(endpoint.host, model, endpoint.key_source, sent_bytes, endpoint.is_local, sent)

    def _without_keys(self, error: ChatError) -> ChatError:
        """Mask known keys in what the server said: some repeat the key that they refuse, and errors are kept."""
        error.what, server = self.redactor.redact(error.what), error.server
        masked = {name: self.redactor.redact(said) for name in _SAID if (said := getattr(server, name))}
        error.server = replace(server, **masked)
        error.kept, error.hint = self.redactor.redact_values((error.kept, error.hint))
        error.args = (error.what,)
        return error
