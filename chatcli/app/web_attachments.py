"""Attaches web pages: fetched as text, after the user has agreed to their host once."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.app.configuration import Configuration
from chatcli.app.toolbox import host_consents
from chatcli.errors import Remedy, UsageError
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.request.attachments import Attachment, of_bytes, of_text
from chatcli.tools.fetching import Fetcher, PrivateAddressError, Resolve, WebPage, check_literal, host_of
from chatcli.tools.parallel import run_all
from chatcli.tools.tool import Cancellation, ToolError

_KEPT = N_("nothing was attached")


@frozen
class PageLoader:
    """Fetches pages for *config*; *confirm* asks the user, and without a terminal the answer is no.

    *resolve* is that of the fetcher.
    """

    config: Configuration
    confirm: Callable[[str], bool]
    resolve: Resolve | None = None

    def load(self, url: str) -> Attachment:
        """Return the attachment for *url*; raises UsageError if its host is not allowed, or if it cannot be fetched."""
        cancellation = Cancellation()
        try:
            host = host_of(url)
            check_literal(url)
            if not self._allows(host):
                hint = Remedy("allow_host", values={"name": host})
                raise UsageError(
                    _("{url} was not fetched: {host} is not allowed", url=url, host=host), kept=_(_KEPT), hint=hint
                )
            fetcher = Fetcher(self.config.environment.environ, self._allows, self.resolve)
            with self.config.files.waiting.guard():
                ((_place, page),) = run_all([lambda: fetcher.fetch(url, cancellation)])
        except ToolError as error:
            copy = Remedy("attach_copy") if isinstance(error, PrivateAddressError) else None
            raise UsageError(error.reason, kept=_(_KEPT), hint=copy) from error
        finally:
            cancellation.cancel()
        return self._attachment(page)

    def _attachment(self, page: WebPage) -> Attachment:
        strips = self.config.flags.strip_invisible
        if page.is_text:
            return of_text(page.text, page.url, strips_invisible=strips)
        return of_bytes(page.data, page.url, detail=self.config.flags.detail, strips_invisible=strips)

    def _allows(self, host: str) -> bool:
        """Return whether the user has agreed to *host*, after asking once."""
        consents = host_consents(self.config.sources.dirs)
        if host in self.config.flags.yes or host in consents:
            return True
        if not self.confirm(_("Fetch pages from {host}?", host=host)):
            return False
        consents.add(host)
        return True
