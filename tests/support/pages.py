"""Servers that answer GET with JSON, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chatcli.api.http.broken import BrokenExchangeError, FailureKind
from chatcli.api.http.transport import Response


class Pages:
    """A transport to servers that answer GET with the JSON in *pages*, by path or by port and path."""

    def __init__(self, pages: Mapping[str, Any], *, status: int = 200) -> None:
        self.pages = dict(pages)
        self._status = status
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def open(self, method: str, url: str, *, headers: Mapping[str, str], **_options: Any) -> Response:
        """Answer at once; nothing listens where there is no page."""
        self.asked.append((f"{method} {url}", headers))
        parts = urlsplit(url)
        for place in (parts.path, f"{parts.port}{parts.path}"):
            if place in self.pages:
                page = self.pages[place]
                body = page if isinstance(page, bytes) else json.dumps(page).encode()
                return Response(self._status, {}, [body], lambda: None)
        raise BrokenExchangeError(FailureKind.REFUSED, "Connection refused")
