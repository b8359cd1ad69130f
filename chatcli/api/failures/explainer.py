"""Explains what went wrong between us and one endpoint: every way an exchange can fail, as one ChatError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.api.failures import bodies, classify
from chatcli.api.failures.network import explain_break
from chatcli.api.http.broken import BrokenExchangeError
from chatcli.api.http.proxy import Proxy
from chatcli.errors import AuthenticationError, ChatError, ServerError
from chatcli.providers.endpoint import Endpoint
from chatcli.records import frozen


@frozen
class Explainer:
    """Knows the endpoint that was asked, and the proxy on the way to it."""

    endpoint: Endpoint
    proxy: Proxy | None

    def explain_break(self, broken: BrokenExchangeError, *, has_answer: bool) -> ChatError:
        """Return the error for an exchange that broke on the way; *has_answer* tells that the response had begun."""
        return explain_break(broken, self.endpoint, self.proxy, has_answer=has_answer)

    def explain_status(
        self, status: int, headers: Mapping[str, str], body: bytes, *, model: str, sent_bytes: int
    ) -> ChatError:
        """Return the error for a response that is no success."""
        error = classify.classify(
            status,
            headers,
            body,
            host=self.endpoint.host,
            model=model,
            key_source=self.endpoint.key_source,
            sent_bytes=sent_bytes,
            local=self.endpoint.is_local,
        )
        if isinstance(error, AuthenticationError) and self.endpoint.key is None:
            error.hint = self.endpoint.key_hint or error.hint
        return error

    def explain_payload(self, payload: Any, *, model: str) -> ChatError:
        """Return the error for an error object in an answer that began with 200."""
        endpoint = self.endpoint
        return classify.in_stream(payload, host=endpoint.host, model=model, key_source=endpoint.key_source)

    def explain_page(self, body: bytes) -> ChatError:
        """Return the error for a body that holds no answer: a web page, or text of any kind."""
        if page := classify.web_page(body, host=self.endpoint.host):
            return page
        text = bodies.read_error_body(body).text
        said = f": {text}" if text else ""
        return ServerError(f"{self.endpoint.host} sent something that is neither JSON nor a stream{said}")
