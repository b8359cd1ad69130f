"""Reads the member `oauth` of a server: what a sign-in needs to know that the server does not say itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from chatcli.errors import ConfigError
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

    def refuse(must: str, hint: str | None = None) -> NoReturn:
        raise fault(must, hint)

    if not isinstance(entry, dict):
        refuse("must be an object")
    for member in entry:
        if member not in _KNOWN:
            hint = did_you_mean(member, _KNOWN) or f"it may have {join_words(sorted(_KNOWN), 'and')}"
            refuse(f"`{member}` is unknown", hint)
    for member in (*_TEXTS, "clientSecret", "grant"):
        if not isinstance(entry.get(member, ""), str):
            refuse(f"`{member}` must be text")
    texts = {name: expand(entry[member]) for member, name in _TEXTS.items() if member in entry}
    secret = expand(as_text(entry.get("clientSecret")))
    port = entry.get("callbackPort", 0)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= _MOST_PORT:
        refuse(f"`callbackPort` must be a number up to {_MOST_PORT}")
    if entry.get("grant", _PROGRAM) != _PROGRAM:
        refuse(f"`grant` must be {_PROGRAM}", "leave it out to sign in in the browser")
    settings = OAuthSettings(
        **texts,
        client_secret=Secret(secret) if secret else None,
        scopes=_scopes(entry, refuse),
        callback_port=port,
        is_program="grant" in entry or "privateKey" in entry,
    )
    _check(settings, refuse)
    return settings


def _scopes(entry: Mapping[str, Any], refuse: Callable[[str], NoReturn]) -> tuple[str, ...]:
    found = entry.get("scopes", [])
    words = found.split() if isinstance(found, str) else found
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        refuse("`scopes` must be a list of texts")
    return tuple(words)


def _check(settings: OAuthSettings, refuse: Callable[[str], NoReturn]) -> None:
    """Reject settings that no sign-in can use."""
    parts = urlsplit(settings.client_metadata_url)
    if settings.client_metadata_url and (parts.scheme != "https" or parts.path in ("", "/")):
        refuse("`clientMetadataUrl` must be an https:// address with a path")
    if settings.client_secret and not settings.client_id:
        refuse("`clientSecret` needs `clientId`")
    if settings.is_program and not (settings.client_id and settings.issuer):
        refuse("a program signs in with `clientId` and `issuer`, the authorization server that they are for")
    if settings.is_program and bool(settings.client_secret) == bool(settings.private_key):
        refuse("a program signs in with either `clientSecret` or `privateKey`")
