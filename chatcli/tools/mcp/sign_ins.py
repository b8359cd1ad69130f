"""Keeps what servers have granted after a sign-in: tokens, and the client that they belong to.

A sign-in is bound to the address of its server: under another address it is not found. The file is private, and
nothing of it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chatcli.files.own import AppDirs
from chatcli.files.private_json import DurableRecords
from chatcli.language import _
from chatcli.records import field, frozen
from chatcli.text.json_values import as_number, as_object, as_text, parse_json
from chatcli.text.redactor import Secret
from chatcli.tools.tool import ToolError

_FIELDS = frozenset({"url", "grant"})
_PARTS = ("tokens", "client", "issuer", "resource")


class SignInError(ToolError):
    """A server was not called, because the user has to sign in to it, or because that failed."""

    def __init__(self, server: str, why: str) -> None:
        what = _("The server {server} needs a sign-in by the user, which has failed: {why}.", server=server, why=why)
        super().__init__(what)
        self.server = server


@frozen
class SignIn:
    """What was granted, in the words of OAuth: *tokens*, *client* and the metadata of server and authorization server.

    *expires_at* is in seconds since the epoch, None if unknown.
    """

    tokens: Mapping[str, Any] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    issuer: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)
    expires_at: float | None = None

    @property
    def secrets(self) -> list[Secret]:
        """Everything that must never be shown."""
        values = (self.tokens.get("access_token"), self.tokens.get("refresh_token"), self.client.get("client_secret"))
        return [Secret(text) for value in values if (text := as_text(value))]


@frozen
class SignIns:
    """The sign-ins of all servers, by their names."""

    records: DurableRecords

    def find(self, name: str, url: str) -> SignIn:
        """Return what was granted by the server *name* at *url*, an empty sign-in if nothing was."""
        record = self.records.read().get(name)
        if record is None or record["url"] != url:
            return SignIn()
        known = as_object(parse_json(record["grant"]))
        parts = {part: as_object(known.get(part)) for part in _PARTS}
        return SignIn(**parts, expires_at=as_number(known.get("expires_at")))

    def keep(self, name: str, url: str, granted: SignIn) -> None:
        """Keep what the server *name* at *url* has granted."""
        known = {part: dict(getattr(granted, part)) for part in _PARTS}
        self.records.add(name, url=url, grant=json.dumps({**known, "expires_at": granted.expires_at}))

    def remove(self, name: str) -> bool:
        """Forget a sign-in, and tell whether there was one."""
        return self.records.remove(name)


def sign_ins(where: AppDirs) -> SignIns:
    """Return the user's sign-ins."""
    return SignIns(DurableRecords(where.sign_ins, "the file of sign-ins", _FIELDS))
