"""Fetches web pages for a model: public addresses only, without keys, cookies or proxies, within limits.

Every host on the way is resolved once, all its addresses are checked, and the connection goes to a checked address: so
neither a redirect nor a name that changes its address leads into the user's own network. A redirect to another host is
followed only if that host is allowed too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from chatcli.language import _
from chatcli.records import frozen
from chatcli.text.units import format_duration, format_size
from chatcli.tools.tool import Cancellation, ToolError
from chatcli.tools.web_page import charset_of, page_to_markdown

if TYPE_CHECKING:
    from chatcli.api.http.client import HttpClient, Response

MOST_BYTES = 5_000_000
TIMEOUT_S = 10.0
MOST_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXTS = ("json", "xml", "javascript", "yaml", "toml", "csv", "x-sh", "sql")
_HEADERS = {
    "User-Agent": "chatcli",
    "Accept": "text/html, text/markdown, text/plain, application/json, */*;q=0.1",
    "Accept-Encoding": "identity",
}

Resolve = Callable[[str, int], Sequence[str]]


class PrivateAddressError(ToolError):
    """A page was not fetched, because its address leads to this machine or its network."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(_("{url} was not fetched: {reason}.", url=url, reason=reason))


@frozen
class WebPage:
    """What was fetched from *url*: its bytes, media type and declared character set."""

    url: str
    data: bytes
    media_type: str
    charset: str = ""

    @property
    def is_html(self) -> bool:
        """Whether it is a web page."""
        return self.media_type in _HTML

    @property
    def is_text(self) -> bool:
        """Whether it is text of any kind."""
        return self.is_html or self.media_type.startswith("text/") or self.media_type.endswith(_TEXTS)

    @property
    def text(self) -> str:
        """Its text, a web page as Markdown, below a line that says where it comes from."""
        try:
            content = self.data.decode(charset_of(self.data, self.charset), "replace")
        except ValueError:  # some character sets of Python decode hardly anything, or never
            content = self.data.decode(errors="replace")
        title, body = page_to_markdown(content, self.url) if self.is_html else ("", content)
        return f"[fetched from {self.url}{': ' + title if title else ''}]\n\n{body}"


@frozen
class Fetcher:
    """Fetches pages; *allows* returns whether a host may be reached, *resolve* finds and checks its addresses."""

    environ: Mapping[str, str]
    allows: Callable[[str], bool] = lambda _host: False
    resolve: Resolve | None = None

    def fetch(self, url: str, cancellation: Cancellation) -> WebPage:
        """Fetch *url*, whose host is allowed; raises ToolError with the reason if that fails."""
        allowed = host_of(url)
        client = self._client()
        with cancellation.stopping(client.abort):
            try:
                for _hop in range(MOST_HOPS):
                    found = self._get(client, url, cancellation)
                    if cancellation.is_cancelled:
                        raise ToolError(_("It was stopped by the user."))
                    if isinstance(found, WebPage):
                        return found
                    if (host := host_of(found)) != allowed and not self.allows(host):
                        raise ToolError(
                            _(
                                "{url} redirects to another host: {target}. Fetch that address instead.",
                                url=url,
                                target=found,
                            )
                        )
                    if url.startswith("https:") and not found.startswith("https:"):
                        raise ToolError(
                            _("{url} redirects to {target}, which is not encrypted.", url=url, target=found)
                        )
                    url = found
                raise ToolError(_("There are more than {most} redirects.", most=MOST_HOPS))
            finally:
                client.close()

    def _client(self) -> HttpClient:
        from chatcli.api.http import tls
        from chatcli.api.http.addresses import public_addresses
        from chatcli.api.http.client import HttpClient
        from chatcli.api.http.transport import NetworkTransport

        context = tls.make_context(None, self.environ)
        transport = NetworkTransport(tls=context, resolve=self.resolve or public_addresses)
        return HttpClient(transport, abort=transport.abort)

    def _get(self, client: HttpClient, url: str, cancellation: Cancellation) -> WebPage | str:
        """Return the page at *url*, or the address that it redirects to."""
        from chatcli.api.http.addresses import ForbiddenAddressError
        from chatcli.api.http.broken import BrokenExchangeError, FailureKind
        from chatcli.api.http.patience import Patience
        from chatcli.errors import ChatError

        def abort_if_cancelled() -> None:
            """Catch up on a cancellation that came before there was a connection to abort."""
            if cancellation.is_cancelled:
                client.abort()

        patience = Patience(first_byte_s=TIMEOUT_S, stall_s=TIMEOUT_S, on_sent=abort_if_cancelled)
        patience.end_within(TIMEOUT_S)
        try:
            with client.stream(
                "GET", url, headers=_HEADERS, content=b"", patience=patience, connect_s=TIMEOUT_S
            ) as response:
                return _read(url, response)
        except ForbiddenAddressError as error:
            raise PrivateAddressError(url, error.args[0]) from error
        except BrokenExchangeError as error:
            if error.kind in (FailureKind.STALLED, FailureKind.FIRST_BYTE_TIMEOUT):
                limit = format_duration(TIMEOUT_S)
                raise ToolError(_("{url} could not be fetched within {duration}.", url=url, duration=limit)) from error
            raise ToolError(
                _("{url} could not be fetched: {reason}.", url=url, reason=error.detail or error.kind.value)
            ) from error
        except ChatError as error:
            raise ToolError(_("{url} could not be fetched: {reason}.", url=url, reason=error.what)) from error


def check_literal(url: str) -> None:
    """Raise PrivateAddressError if *url* names this machine or a private address; nothing is resolved."""
    from chatcli.api.http.addresses import ForbiddenAddressError, check_address

    try:
        check_address(host_of(url))
    except ForbiddenAddressError as error:
        raise PrivateAddressError(url, error.args[0]) from error


def host_of(url: str) -> str:
    """Return the host of *url*, in ASCII so that it cannot look like another; raises ToolError for other addresses."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port  # which may be none
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise ToolError(_("`{url}` is not a web address.", url=url)) from error
    if parts.scheme not in ("http", "https") or not host:
        raise ToolError(_("`{url}` is not a web address: use http:// or https://.", url=url))
    if parts.username is not None or not url.isprintable() or " " in url:
        raise ToolError(_("`{url}` is not a plain web address.", url=url))
    return host


def _read(url: str, response: Response) -> WebPage | str:
    if response.status in _REDIRECTS and (target := response.headers.get("location")):
        found = urljoin(url, target)
        host_of(found)
        return found
    if response.status != HTTPStatus.OK:
        known = response.status in set(HTTPStatus)
        status = f"{response.status} {HTTPStatus(response.status).phrase}" if known else response.status
        raise ToolError(_("{url} answered with {status}.", url=url, status=status))
    media_type, _semicolon, options = response.headers.get("content-type", "text/plain").partition(";")
    charset = options.lower().partition("charset=")[2].partition(";")[0].strip("\"' ")
    return WebPage(url, _body(url, response), media_type.strip().lower(), charset)


def _body(url: str, response: Response) -> bytes:
    from chatcli.api.http.decompression import Inflater

    inflater = Inflater(response.headers.get("content-encoding", ""))
    data = bytearray()
    for piece in response.body:
        for plain in inflater.feed(piece):
            data += plain
            if len(data) > MOST_BYTES:
                raise ToolError(_("{url} is larger than {size}.", url=url, size=format_size(MOST_BYTES)))
    for plain in inflater.close():
        data += plain
    return bytes(data[:MOST_BYTES])
