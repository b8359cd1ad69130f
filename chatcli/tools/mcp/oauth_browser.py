"""Signs the user in in a browser, after asking before the page is opened.

Beyond the SDK: only the state that was sent ends a sign-in, the user may paste the address where the browser ended, and
a server without PKCE is refused.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthMetadata

from chatcli.language import N_, _
from chatcli.text.json_values import as_text
from chatcli.text.phrases import one_line, shorten
from chatcli.text.units import format_duration
from chatcli.tools.inquiries import SignInPage
from chatcli.tools.mcp.callback import CallbackListener, Redirect, matches, read_redirect, sent_state
from chatcli.tools.mcp.elicitation import is_openable
from chatcli.tools.mcp.oauth_guard import GrantStorage, GuardedProvider, SignInFailure
from chatcli.tools.mcp.remote import Ask
from chatcli.tools.mcp.servers import McpServer

SIGN_IN_S = 600.0  # codes and pages of authorization servers live no longer
_MOST_REASON = 200
_PKCE = "S256"
_PORT_IN_USE = N_("port {port} of this machine is in use, to which the browser would come back")


class BrowserProvider(GuardedProvider):
    """Lets the user sign in in a browser."""

    def __init__(self, server: McpServer, storage: GrantStorage, ask: Ask) -> None:
        settings = server.oauth
        self._ask = ask
        self._listener = CallbackListener(settings.callback_port)
        client = OAuthClientMetadata.model_validate(
            {
                "redirect_uris": [self._listener.url],
                "client_name": "chat",
                "scope": " ".join(settings.scopes) or None,
                "token_endpoint_auth_method": None if settings.client_secret else "none",
            }
        )
        super().__init__(
            server.url,
            client,
            storage,
            self._open_page,
            self._wait_for_user,
            client_metadata_url=settings.client_metadata_url or None,
        )
        self._page = ""

    def begin(self) -> None:
        """Take the port of the registered client, or another, for which the client must be registered again."""
        settings, known = self.server.oauth, self.context.client_info
        registered = [urlsplit(str(url)).port or 0 for url in (known and known.redirect_uris) or ()]
        self._listener = CallbackListener(settings.callback_port or next(iter(registered), 0))
        try:
            self._listener.open()
        except OSError as error:
            if settings.callback_port:
                raise SignInFailure(_(_PORT_IN_USE, port=settings.callback_port)) from error
            self._listener = CallbackListener()
            self._listener.open()
            self.context.client_info = known if settings.client_id else None
        known_metadata = self.context.client_metadata
        self.context.client_metadata = known_metadata.model_validate(
            {**known_metadata.model_dump(), "redirect_uris": [self._listener.url]}
        )

    def end(self) -> None:
        """Give the port back."""
        self._listener.close()

    async def _initialize(self) -> None:
        await super()._initialize()
        settings = self.server.oauth
        if settings.client_id:
            secret = settings.client_secret.reveal() if settings.client_secret else None
            method = _secret_method(self.context.oauth_metadata) if secret else "none"
            self.context.client_info = OAuthClientInformationFull(
                client_id=settings.client_id, client_secret=secret, token_endpoint_auth_method=method
            )

    async def _perform_authorization_code_grant(self) -> tuple[str, str]:
        context, metadata = self.context, self.context.oauth_metadata
        is_of_2025_03 = context.protected_resource_metadata is None  # such servers need not say what they support
        methods = metadata and metadata.code_challenge_methods_supported
        if metadata and _PKCE not in (methods or ()) and not (methods is None and is_of_2025_03):
            what = _("{issuer} does not support PKCE, without which a sign-in can be stolen", issuer=metadata.issuer)
            raise SignInFailure(what)
        if not self._listener.is_open:  # nothing was asked before: more is to be granted
            known = context.client_info
            self.begin()
            context.client_info = known
        if context.client_info and self.server.oauth.client_secret:
            context.client_info.token_endpoint_auth_method = _secret_method(metadata)
        return await super()._perform_authorization_code_grant()

    async def _open_page(self, url: str) -> None:
        base, mark, query = url.partition("?")
        self._page = base + mark + query.replace("?", "&")  # the address of the page may have a query of its own
        await self.check(self._page)
        if not is_openable(self._page):
            raise SignInFailure(_("{url} is not an address that can be used", url=shorten(base, _MOST_REASON)))

    async def _wait_for_user(self) -> AuthorizationCodeResult:
        state = sent_state(self._page)
        await self._listener.listen(state)
        limit = asyncio.get_running_loop().call_later(SIGN_IN_S, self._listener.wake)
        try:
            found = await self._redirect(state)
        finally:
            limit.cancel()
        if not found.code:
            why = ": ".join(filter(None, [found.error, found.description]))
            said = shorten(one_line(why), _MOST_REASON)
            raise SignInFailure(_("{host} said {words}", host=urlsplit(self._page).hostname, words=said))
        metadata = self.context.oauth_metadata
        is_same = metadata and found.issuer and found.issuer == self.named_issuer
        issuer = str(metadata.issuer) if metadata and is_same else found.issuer
        return AuthorizationCodeResult(code=found.code, state=found.state, iss=issuer)

    async def _redirect(self, state: str) -> Redirect:
        """Wait until the browser has come back, or until the user gives the address that it ended at."""
        problem = ""
        while True:
            answer = await self._ask(SignInPage(self.server.name, self._page, self._listener.arrived, problem))
            if self._listener.redirect:
                return self._listener.redirect
            if answer.action == "nobody":
                raise SignInFailure(_("there is no terminal to ask at"))
            if answer.action != "accept":
                raise SignInFailure(_("you declined it"))
            address = as_text(answer.values.get("address"))
            if matches(found := read_redirect(address), state):
                return found
            if not address:
                raise SignInFailure(_("nobody signed in within {time}", time=format_duration(SIGN_IN_S)))
            problem = _("That address is not where this sign-in ends.")


def _secret_method(metadata: OAuthMetadata | None) -> str:
    """Return how a secret is sent: as RFC 8414 has it where nothing is said, else in the first way that is taken."""
    taken = (metadata and metadata.token_endpoint_auth_methods_supported) or ["client_secret_basic"]
    return next((way for way in ("client_secret_basic", "client_secret_post") if way in taken), "client_secret_basic")
