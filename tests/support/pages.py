"""Servers that answer GET with JSON, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx


class Pages(httpx.BaseTransport):
    """A transport to servers that answer GET with the JSON in *pages*, by path or by port and path."""

    def __init__(self, pages: Mapping[str, Any], *, status: int = 200) -> None:
        self.pages = dict(pages)
        self._status = status
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer at once; nothing listens where there is no page."""
        self.asked.append((f"{request.method} {request.url}", request.headers))
        url = request.url
        for place in (url.path, f"{url.port}{url.path}"):
            if place in self.pages:
                page = self.pages[place]
                body = page if isinstance(page, bytes) else json.dumps(page).encode()
                return httpx.Response(self._status, content=body)
        raise httpx.ConnectError("Connection refused")
