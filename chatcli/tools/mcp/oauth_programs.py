"""Signs in as a program, with a secret or a private key of its own; signing brings a library for cryptography."""

from __future__ import annotations

from pathlib import Path

from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)

from chatcli.language import _
from chatcli.text.system_errors import system_reason
from chatcli.tools.mcp.oauth_guard import GrantStorage, GuardedProvider, SignInFailure
from chatcli.tools.mcp.oauth_settings import OAuthSettings


class _SecretProvider(GuardedProvider, ClientCredentialsOAuthProvider):
    """Signs in with a secret."""


class _KeyProvider(GuardedProvider, PrivateKeyJWTOAuthProvider):
    """Signs in with a private key."""


def program_provider(url: str, storage: GrantStorage, settings: OAuthSettings) -> GuardedProvider:
    """Return what signs in at *url*; raises SignInFailure without the private key."""
    scope = " ".join(settings.scopes) or None
    if settings.client_secret:
        secret = settings.client_secret.reveal()
        return _SecretProvider(url, storage, settings.client_id, secret, scope=scope, issuer=settings.issuer)
    signer = SignedJWTParameters(
        issuer=settings.client_id,
        subject=settings.client_id,
        signing_key=_read_key(settings.private_key),
        signing_algorithm=settings.algorithm,
    )
    sign = signer.create_assertion_provider()
    return _KeyProvider(url, storage, settings.client_id, sign, scope=scope, issuer=settings.issuer)


def _read_key(name: str) -> str:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = _("the private key {name} cannot be read ({reason})", name=name, reason=system_reason(error))
        raise SignInFailure(what) from error
