"""Reads the member `oauth` of a server: what a sign-in needs to know that the server does not say itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chatcli.errors import ConfigError
from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.json_values import as_text
from chatcli.text.phrases import join_words
from chatcli.text.redactor import Secret
from chatcli.text.similar import did_you_mean

_MOST_PORT = 65535
_TEXTS = {
    "clientId": "client_id",
    "clientMetadataUrl": "client_metadata_url",
    "privateKey": "private_key",
    "algorithm": "algorithm",
    "issuer": "issuer",
}
_PROGRAM = "client_credentials"
_KNOWN = frozenset({*_TEXTS, "clientSecret", "callbackPort", "scopes", "grant"})


@frozen
class OAuthSettings:
    """The client that is registered for us, if there is one; *private_key* is the path of a PEM file.

    *is_program*: no person signs in. *callback_port* 0 lets the system choose. *issuer* is the authorization server
    that a secret or a key is for.
    """

    client_id: str = ""
    client_secret: Secret | None = None
    client_metadata_url: str = ""
    private_key: str = ""
    algorithm: str = "RS256"
    issuer: str = ""
    scopes: tuple[str, ...] = ()
    callback_port: int = 0
    is_program: bool = False


def read_oauth(
    entry: Any, expand: Callable[[str], str], fault: Callable[[str, str | None], ConfigError]
) -> OAuthSettings:
    """Return the settings in *entry*; *fault* makes the error for what is wrong with it, with a hint."""
    _check_members(entry, fault)
    texts = {name: expand(entry[member]) for member, name in _TEXTS.items() if member in entry}
    secret = expand(as_text(entry.get("clientSecret")))
    found = entry.get("scopes", [])
    settings = OAuthSettings(
        **texts,
        client_secret=Secret(secret) if secret else None,
        scopes=tuple(found.split() if isinstance(found, str) else found),
        callback_port=entry.get("callbackPort", 0),
        is_program="grant" in entry or "privateKey" in entry,
    )
    if must := _missing(settings):
        raise fault(must, None)
    return settings


def _check_members(entry: Any, fault: Callable[[str, str | None], ConfigError]) -> None:
    """Raise what *fault* makes of a member that is unknown or has a wrong type."""
    if not isinstance(entry, dict):
        raise fault(_("must be an object"), None)
    for member in entry:
        if member not in _KNOWN:
            names = join_words(sorted(_KNOWN), "and")
            hint = did_you_mean(member, _KNOWN) or _("it may have {names}", names=names)
            raise fault(_("`{name}` is unknown", name=member), hint)
    for member in (*_TEXTS, "clientSecret", "grant"):
        if not isinstance(entry.get(member, ""), str):
            raise fault(_("`{name}` must be text", name=member), None)
    port, scopes = entry.get("callbackPort", 0), entry.get("scopes", [])
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= _MOST_PORT:
        raise fault(_("`callbackPort` must be a number up to {most}", most=_MOST_PORT), None)
    if not isinstance(scopes, str) and not (isinstance(scopes, list) and all(isinstance(word, str) for word in scopes)):
        raise fault(_("`scopes` must be a list of texts"), None)
    if entry.get("grant", _PROGRAM) != _PROGRAM:
        raise fault(_("`grant` must be {value}", value=_PROGRAM), _("leave it out to sign in in the browser"))


def _missing(settings: OAuthSettings) -> str:
    """Return what no sign-in can do without, empty if nothing is missing."""
    parts = urlsplit(settings.client_metadata_url)
    if settings.client_metadata_url and (parts.scheme != "https" or parts.path in ("", "/")):
        return _("`clientMetadataUrl` must be an https:// address with a path")
    if settings.client_secret and not settings.client_id:
        return _("`clientSecret` needs `clientId`")
    if settings.is_program and not (settings.client_id and settings.issuer):
        return _("a program signs in with `clientId` and `issuer`, the authorization server that they are for")
    if settings.is_program and bool(settings.client_secret) == bool(settings.private_key):
        return _("a program signs in with either `clientSecret` or `privateKey`")
    return ""
