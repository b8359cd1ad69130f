"""Guards the OAuth of the SDK: what is sent where, and what is kept of what was granted.

Every address of a sign-in is encrypted or on this machine, and one that a public server names is public. What was
granted is kept with its expiry and its authorization server, so that it is refreshed there and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import httpx2
from mcp.client.auth import OAuthClientProvider, OAuthFlowError, OAuthRegistrationError, OAuthTokenError
from mcp.client.auth.utils import issuers_match
from mcp.shared.auth import (
    OAuthClientInformationFull,
    OAuthMetadata,
    OAuthToken,
    ProtectedResourceMetadata,
)

from chatcli.api.http.addresses import ForbiddenAddressError, public_addresses
from chatcli.language import N_, _
from chatcli.records import field, mutable
from chatcli.settings.names import WrongValueError
from chatcli.settings.urls import Origin, origin_of
from chatcli.text.json_values import as_object, as_text, parse_json
from chatcli.text.phrases import one_line, shorten
from chatcli.text.redactor import Secret
from chatcli.tools.mcp.servers import FILE, McpServer
from chatcli.tools.mcp.sign_ins import SignIn, SignIns

_ANSWER_S = 30.0
_RENEWAL = b"grant_type=refresh_token"
_MOST_REASON = 200
_METADATA = re.compile(r".*/\.well-known/(oauth-authorization-server|openid-configuration)(/|$)")
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_REFUSES = N_("{host} answered with HTTP {status}")
_UNACCEPTED = N_("{host} does not accept what was granted (HTTP {status})")
_UNREADABLE = N_("{host} granted nothing that can be used (HTTP {status})")
_UNREGISTERED = N_(
    "{host} accepts only registered clients (HTTP {status}); register one there, "
    'and name it as "clientId" in "oauth" of the server in {file}'
)
_OTHER_ISSUER = N_("{expected} calls itself {issuer}, which may be another authorization server")
_OTHER_RESOURCE = N_("what it says about its sign-in is meant for another server, {resource}")


class SignInFailure(OAuthFlowError):
    """A sign-in that cannot go on; its text says why."""


@mutable
class GrantStorage:
    """The SDK's storage: what the server *name* at *url* has granted is in *kept*; secrets are added to *secrets*."""

    name: str
    url: str
    kept: SignIns
    secrets: list[Secret]
    context: Any = None
    granted: SignIn = field(default_factory=SignIn)

    def load(self) -> SignIn:
        """Read what was granted."""
        self.granted = self.kept.find(self.name, self.url)
        self.secrets.extend(self.granted.secrets)
        return self.granted

    async def get_tokens(self) -> OAuthToken | None:
        """Return the tokens."""
        tokens: OAuthToken | None = _read(OAuthToken, self.load().tokens)
        return tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Return the client that the tokens belong to."""
        client: OAuthClientInformationFull | None = _read(OAuthClientInformationFull, self.granted.client)
        return client

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep new tokens, with what is needed to refresh them; raises SignInFailure for what cannot be sent."""
        if not re.fullmatch("[!-~]+", tokens.access_token):
            self.context.clear_tokens()
            raise SignInFailure(_("what was granted is not a token that can be sent"))
        is_known = tokens.expires_in is not None and tokens.expires_in > 0
        expires_at = time.time() + tokens.expires_in if is_known and tokens.expires_in else None
        self.context.token_expiry_time = expires_at
        self._keep(tokens, expires_at)

    async def set_client_info(self, _client_info: OAuthClientInformationFull) -> None:
        """Keep a new client; tokens of another one are worth nothing."""
        self._keep(None, None)

    def _keep(self, tokens: OAuthToken | None, expires_at: float | None) -> None:
        context = self.context
        self.granted = SignIn(
            _plain(tokens),
            _plain(context.client_info),
            _plain(context.oauth_metadata),
            _plain(context.protected_resource_metadata),
            expires_at,
        )
        self.secrets.extend(self.granted.secrets)
        self.kept.keep(self.name, self.url, self.granted)


class GuardedProvider(OAuthClientProvider):
    """Checks each request of a sign-in before it is sent, and restores what was granted in an earlier run.

    *report* gets why a sign-in failed.
    """

    server: McpServer
    report: Callable[[str], None]
    named_issuer: str = ""  # as it calls itself, if it was advertised otherwise

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Send *request*, signing in first where the server demands it."""
        self._initialized = self._initialized and (self.context.is_token_valid() or not self._is_outdated())
        flow = super().async_auth_flow(request)
        answer: httpx2.Response | None = None
        has_signed_in = False
        try:
            outgoing = await anext(flow)
            while True:
                if outgoing is not request:
                    await self.check(str(outgoing.url))
                    if answer is not None and answer.request is request:  # which was refused
                        self.begin()
                        has_signed_in = True
                    _prepare(outgoing)
                answer = yield outgoing
                if outgoing is not request:
                    self._check_token_answer(outgoing, answer)
                elif has_signed_in:
                    await self._expect_accepted(answer)
                elif answer.status_code == HTTPStatus.UNAUTHORIZED and self._is_outdated():
                    await self._catch_up(request)
                    answer = yield request
                outgoing = await flow.asend(await self._as_advertised(outgoing, answer))
        except StopAsyncIteration:
            return
        except (OAuthFlowError, ValueError) as error:
            raise await self._reported(error, answer) from error
        finally:
            self.end()
            await flow.aclose()

    async def _reported(self, error: Exception, answer: httpx2.Response | None) -> SignInFailure:
        failure = error if isinstance(error, SignInFailure) else SignInFailure(await _reason(error, answer))
        self.report(str(failure))
        return failure

    async def _as_advertised(self, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        """Return *answer*; metadata name the issuer as it was advertised, if only a final slash differs.

        An address without a path is the same with one, and servers write it in both ways: RFC 3986, section 6.2.3.
        """
        if answer.status_code != HTTPStatus.OK or not _METADATA.match(request.url.path):
            return answer
        known = as_object(parse_json((await answer.aread()).decode(errors="replace")))
        issuer, expected = as_text(known.get("issuer")), self._expected_issuer()
        if issuer == expected or not _read(OAuthMetadata, known):
            return answer
        if not issuers_match(issuer, expected):
            raise SignInFailure(_(_OTHER_ISSUER, expected=expected, issuer=issuer))
        self.named_issuer = issuer
        return httpx2.Response(HTTPStatus.OK, json={**known, "issuer": expected}, request=request)

    async def _validate_resource_match(self, prm: ProtectedResourceMetadata) -> None:
        try:
            await super()._validate_resource_match(prm)
        except OAuthFlowError as error:
            raise SignInFailure(_(_OTHER_RESOURCE, resource=prm.resource)) from error

    def _is_outdated(self) -> bool:
        """Return whether another run of the program was granted other tokens: those of this one may be spent."""
        storage: Any = self.context.storage
        kept = storage.kept.find(storage.name, storage.url).tokens
        return bool(self._initialized and kept and kept != storage.granted.tokens)

    async def _catch_up(self, request: httpx2.Request) -> None:
        """Let *request* have the tokens that another run was granted."""
        await self._initialize()
        self._add_auth_header(request)

    def _check_token_answer(self, request: httpx2.Request, answer: httpx2.Response) -> None:
        """Have the client registered again if the server has forgotten it; one from the settings stays.

        Raises SignInFailure if tokens are not renewed for a while: they are still good.
        """
        if request.method != "POST" or str(request.url) != self._get_token_endpoint():
            return
        if answer.status_code == HTTPStatus.UNAUTHORIZED and not self.server.oauth.client_id:
            self.context.client_info = None
        is_passing = answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        if is_passing and _RENEWAL in request.content:
            raise SignInFailure(_(_REFUSES, host=answer.url.host, status=answer.status_code))

    async def _expect_accepted(self, answer: httpx2.Response) -> None:
        """Raise SignInFailure if *answer* refuses what has just been granted: another sign-in would change nothing."""
        if answer.status_code not in _REFUSED:
            return
        if answer.status_code == HTTPStatus.UNAUTHORIZED and self.context.client_info:
            self.context.clear_tokens()
            await self.context.storage.set_client_info(self.context.client_info)
        raise SignInFailure(_(_UNACCEPTED, host=answer.url.host, status=answer.status_code))

    def begin(self) -> None:
        """Prepare a sign-in, before the authorization server is asked anything."""

    def end(self) -> None:
        """Give back what a sign-in has needed."""

    async def check(self, url: str) -> None:
        """Raise SignInFailure for an address that a sign-in must not use."""
        own = origin_of(self.server.url.partition("?")[0])
        try:
            origin = origin_of(url.partition("?")[0])
        except WrongValueError as error:
            shown = shorten(url, _MOST_REASON)
            raise SignInFailure(_("{url} is not an address that can be used", url=shown)) from error
        if origin.scheme != "https" and not origin.is_loopback:
            raise SignInFailure(_("{origin} is not encrypted", origin=origin))
        if not own.is_loopback and await asyncio.to_thread(_is_nearer, origin, own):
            raise SignInFailure(_("{origin} is not a public address, and {own} is", origin=origin, own=own))

    async def _initialize(self) -> None:
        await super()._initialize()
        granted = self.context.storage.granted  # type: ignore[attr-defined]  # it is a GrantStorage
        if self.context.current_tokens:
            self.context.token_expiry_time = granted.expires_at
            self.context.oauth_metadata = _read(OAuthMetadata, granted.issuer)
            self.context.protected_resource_metadata = _read(ProtectedResourceMetadata, granted.resource)


def _is_nearer(origin: Origin, own: Origin) -> bool:
    """Return whether *origin* is on a private network, or on this machine, and *own* is not."""
    return not _leads_out(origin) and _leads_out(own)


def _leads_out(origin: Origin) -> bool:
    try:
        public_addresses(origin.host, origin.port)
    except ForbiddenAddressError:
        return False
    except OSError:  # what cannot be resolved here is resolved by a proxy, or not reached
        return True
    return True


async def _reason(error: Exception, answer: httpx2.Response | None) -> str:
    """Return why a sign-in failed: what the authorization server answered, or what is wrong with it."""
    if answer is None or not isinstance(error, OAuthTokenError | OAuthRegistrationError):
        return shorten(one_line(str(error)), _MOST_REASON)
    with suppress(httpx2.HTTPError, httpx2.StreamError):
        await answer.aread()  # the SDK leaves out those that mean nothing to it
    said = as_object(parse_json(answer.text)) if answer.is_stream_consumed else {}
    words = [as_text(said.get("error")), as_text(said.get("error_description"))]
    pattern = _UNREADABLE
    if answer.is_client_error and isinstance(error, OAuthRegistrationError):
        pattern = _UNREGISTERED
    elif not answer.is_success or any(words):  # some servers refuse with HTTP 200
        pattern = _REFUSES
    what = _(pattern, host=answer.url.host, status=answer.status_code, file=FILE)
    return one_line(": ".join(filter(None, [what, *(shorten(word, _MOST_REASON) for word in words)])))


def _prepare(request: httpx2.Request) -> None:
    """Limit the time of a request of a sign-in, and ask for JSON: some servers answer with a form otherwise."""
    request.headers.setdefault("accept", "application/json")  # a call that was led elsewhere accepts streams too
    request.extensions = {**request.extensions, "timeout": httpx2.Timeout(_ANSWER_S).as_dict()}


def _plain(model: Any) -> dict[str, Any]:
    return as_object(json.loads(model.model_dump_json(exclude_none=True))) if model else {}


def _read(kind: type[Any], known: Any) -> Any:
    """Return *known* as a model of the SDK, None if it is none."""
    try:
        return kind.model_validate(dict(known)) if known else None
    except ValueError:
        return None
