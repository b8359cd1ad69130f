"""Clients of one endpoint for many threads: each has its own connection, and all share limits and learnt parameters."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from chatcli.api.learned_parameters import LearnedParameters
from chatcli.api.rate_limiter import RateLimiter
from chatcli.app.endpoint_memory import ParameterFile
from chatcli.app.endpoints import Endpoints
from chatcli.providers.endpoint import Endpoint
from chatcli.records import replace

if TYPE_CHECKING:
    from chatcli.api.client import CompletionsClient
    from chatcli.api.exchange import Exchange


class ClientPool:
    """Makes clients of *endpoint*; *sleep* is how they wait, and may raise to end a wait.

    The server's refusals are not retried by a single client, because they concern all of them.
    """

    def __init__(self, endpoints: Endpoints, endpoint: Endpoint, sleep: Callable[[float], None]) -> None:
        policy = replace(endpoint.policy, retries_refusals=False)
        self.endpoint = replace(endpoint, policy=policy)
        limits = endpoints.limits(endpoint.name)
        self._open = endpoints.exchanges(self.endpoint)
        self._pacer = RateLimiter(limits)
        self._counts_tokens = limits.tpm is not None
        self._memory = SharedMemory(endpoints.parameter_file)
        self._sleep = sleep
        self._opened: list[Exchange] = []
        self._lock = Lock()

    def client(self) -> CompletionsClient:
        """Return a client for one thread; raises ChatError."""
        from chatcli.api.client import CompletionsClient  # with httpx

        with self._lock:
            exchange = self._open()
            self._opened.append(exchange)
        return CompletionsClient(
            exchange, self._pacer, self._memory, counts_tokens=self._counts_tokens, sleep=self._sleep
        )

    def abort(self) -> None:
        """Break off every request, from any thread."""
        with self._lock:
            for exchange in self._opened:
                exchange.http.abort()


class SharedMemory:
    """What endpoints have taught, read from *file* once for each model; safe for threads."""

    def __init__(self, file: ParameterFile) -> None:
        self._file = file
        self._known: dict[tuple[str, str], LearnedParameters] = {}
        self._lock = Lock()

    def recall(self, base_url: str, model: str) -> LearnedParameters:
        """Return the stored value."""
        with self._lock:
            if (base_url, model) not in self._known:
                self._known[base_url, model] = self._file.recall(base_url, model)
            return self._known[base_url, model]

    def remember(self, base_url: str, model: str, learnt: LearnedParameters) -> None:
        """Keep *learnt*, in this run and in the file."""
        with self._lock:
            self._known[base_url, model] = learnt
            self._file.remember(base_url, model, learnt)
