"""A server that demands a sign-in and its authorization server, on one loopback port, with every bad habit on request.

`AuthorizationWorld.answer` is the script of a `Server`. What it does wrong is set by its fields.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.answers import http
from tests.support.line import Request

CLOSED = {"connection": "close"}
TOOLS = [{"name": "echo", "inputSchema": {"type": "object", "properties": {}}}]
_OF_2026 = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}


@dataclass
class AuthorizationWorld:
    """The state of both servers, and what they do wrong; *port* is set when it is known."""

    port: int = 0
    expires_in: int = 3600
    metadata: dict[str, Any] = field(default_factory=dict)  # in place of what is right
    resource: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, tuple[int, Any]] = field(default_factory=dict)  # by path
    has_forgotten_clients: bool = False
    names_itself: bool = False  # in what the browser comes back with
    needs_scope: str = ""  # for calls
    refuses_tokens: int = 0  # with this status, each one that was granted
    granted: dict[str, str] = field(default_factory=dict)  # scopes by access token
    refresh_tokens: set[str] = field(default_factory=set)
    challenges: dict[str, tuple[str, str]] = field(default_factory=dict)  # challenge and scope by code
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path and form of each request
    basic: list[str] = field(default_factory=list)  # credentials in headers
    registered: list[dict[str, Any]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    def asked_for(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form in self.asked if asked == path]

    def answer(self, request: Request) -> bytes:
        path = urlsplit(request.path).path
        form = {name: values[0] for name, values in parse_qs(_query(request)).items()}
        self.asked.append((path, form))
        kind, _, credentials = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            self.basic.append(base64.b64decode(credentials).decode())
        if path in self.failures:
            return http(self.failures[path][0], CLOSED, self.failures[path][1])
        match path:
            case "/mcp":
                return self._serve(request)
            case "/.well-known/oauth-protected-resource/mcp":
                known = {"resource": self.url, "authorization_servers": [self.origin], "scopes_supported": ["read"]}
                return http(200, CLOSED, known | self.resource)
            case "/.well-known/oauth-authorization-server":
                return http(200, CLOSED, self._metadata() | self.metadata)
            case "/register":
                self.registered.append(request.json)
                return http(201, CLOSED, {**request.json, "client_id": "made-up", "issuer": "https://liar.example"})
            case "/authorize":
                return self._authorize(form)
            case "/token" if request.headers.get("accept") != "application/json":
                return http(200, {**CLOSED, "content-type": "application/x-www-form-urlencoded"}, "access_token=x")
            case "/token":
                return self._grant(form)
        return http(404, CLOSED)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "registration_endpoint": f"{self.origin}/register",
            "code_challenge_methods_supported": ["S256"],
        }

    def _serve(self, request: Request) -> bytes:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        where = f'Bearer resource_metadata="{self.origin}/.well-known/oauth-protected-resource/mcp"'
        if token not in self.granted:
            return http(401, {**CLOSED, "www-authenticate": where})
        if self.refuses_tokens:
            why = f'{where}, error="insufficient_scope", scope="more"'
            return http(self.refuses_tokens, {**CLOSED, "www-authenticate": why})
        method = request.json["method"]
        if method == "tools/call" and self.needs_scope not in self.granted[token].split():
            why = f'Bearer error="insufficient_scope", scope="{self.needs_scope}"'
            return http(403, {**CLOSED, "www-authenticate": why}) if self.needs_scope else self._reply(request, _SAID)
        results: dict[str, dict[str, Any]] = {"server/discover": _DISCOVERED, "tools/list": {"tools": TOOLS}}
        return self._reply(request, results.get(method, _SAID))

    def _reply(self, request: Request, result: dict[str, Any]) -> bytes:
        return http(200, CLOSED, {"jsonrpc": "2.0", "id": request.json.get("id"), "result": {**_OF_2026, **result}})

    def _authorize(self, form: dict[str, str]) -> bytes:
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = form["code_challenge"], form.get("scope", "")
        issuer = {"iss": self.metadata.get("issuer", self.origin)} if self.names_itself else {}
        back = urlencode({"code": code, "state": form["state"], **issuer})
        return http(302, {**CLOSED, "location": f"{form['redirect_uri']}?{back}"})

    def _grant(self, form: dict[str, str]) -> bytes:
        if form["grant_type"] == "refresh_token":
            if self.has_forgotten_clients:
                return http(401, CLOSED, {"error": "invalid_client"})
            if form["refresh_token"] not in self.refresh_tokens:
                return http(400, CLOSED, {"error": "invalid_grant"})
            scope = "read"
        elif form["grant_type"] == "client_credentials":
            scope = form.get("scope", "")
        else:
            challenge, scope = self.challenges.pop(form["code"])
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
        number = len(self.granted)
        self.granted[f"access-token-{number}"] = scope
        self.refresh_tokens = {f"refresh-token-{number}"}
        found = {"access_token": f"access-token-{number}", "token_type": "Bearer", "expires_in": self.expires_in}
        return http(200, CLOSED, {**found, "refresh_token": f"refresh-token-{number}", "scope": scope})


def _query(request: Request) -> str:
    is_form = "form-urlencoded" in request.headers.get("content-type", "")
    return request.body.decode() if is_form else urlsplit(request.path).query


_DISCOVERED = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
_SAID = {"content": [{"type": "text", "text": json.dumps("said")}]}
