"""Describes an endpoint in use: address, dialect, key and limits, assembled from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from chatcli.errors import Hint
from chatcli.language import _
from chatcli.providers.provider import Provider
from chatcli.records import field, frozen
from chatcli.text.hosts import is_loopback
from chatcli.text.redactor import Secret

GUIDE_URL = "http://guide.invalid/v1"  # a reserved host name that can never be reached
GUIDE_MODEL = "guide"
MODEL_FILE_URL = "http://gguf.invalid/v1"  # stands for the server of our own, whose port is another in each run


@frozen
class RetryPolicy:
    """Retry limits set by the user: the longest wait, and whether to resend ambiguous requests.

    *retries_refusals* False leaves requests that the server turned away to the caller.
    """

    max_wait_s: float = 60.0
    retry_ambiguous: bool = False
    retries_refusals: bool = True


@frozen(kw_only=True)
class Endpoint:
    """The destination of requests, and how to send them.

    *key_source* says where the key comes from, *key_hint* how to provide one, for messages; *key_variable* represents
    the key in shown requests, empty if none is sent. *wants_key* says that the server answers no request without one.
    *model_file* is the path of the model that a server of our own runs, empty for any other endpoint.
    *query* is appended to every address. *first_byte_s* limits the wait from sending to the first byte of the answer,
    *stall_s* the silence after it; *notice_s* is when a silence is reported.
    """

    name: str
    base_url: str
    row: Provider
    key: Secret | None = None
    key_source: str | None = None
    key_hint: Hint = None
    key_variable: str = ""
    wants_key: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    model_file: str = ""
    query: str = ""
    ca_file: str | None = None
    first_byte_s: float = 300.0
    stall_s: float = 120.0
    notice_s: float = 15.0
    policy: RetryPolicy = field(default_factory=RetryPolicy)

    @property
    def host(self) -> str:
        """The host name of the server, with its port if it is explicit."""
        if self.model_file:
            return _("this machine")
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def hostname(self) -> str:
        """The host name of the server without port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine, judged by its host name."""
        return bool(self.model_file) or is_loopback(self.hostname)

    def url(self, path: str) -> str:
        """Return the URL of *path* below the base URL."""
        return f"{self.base_url.rstrip('/')}/{path}" + (f"?{self.query}" if self.query else "")

    def request_headers(self, *, for_list: bool = False) -> dict[str, str]:
        """Return the headers of a request, including the key: never print them."""
        headers = {
            # httpx's own decoders accept truncated gzip and decompression bombs.
            "Accept-Encoding": "identity",
            "Accept": "application/json" if for_list else "text/event-stream, application/json",
            "User-Agent": "chatcli",
            **(self.row.list_headers if for_list else {}),
            **self.headers,
        }
        if self.key:
            name = (for_list and self.row.list_key_header) or self.row.key_header
            scheme = self.row.key_scheme if name == self.row.key_header else ""
            headers[name] = f"{scheme} {self.key.reveal()}".strip()
        return headers
