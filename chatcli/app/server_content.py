"""Gives the chat what users name of MCP servers: prompts as `server:prompt`, resources as `server:uri`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TypeVar

from chatcli.app.mcp_servers import McpServers
from chatcli.errors import UsageError
from chatcli.language import _
from chatcli.records import frozen
from chatcli.tools.mcp.server_content import ServerContent
from chatcli.tools.parallel import run_all
from chatcli.tools.tool import Cancellation, ToolError

T = TypeVar("T")


@frozen
class NamedContent:
    """Finds content of *servers* by names with a colon; raises UsageError if the server lacks it."""

    servers: McpServers

    def knows(self, name: str) -> bool:
        """Return whether *name* begins with a server and a colon."""
        server, colon, _uri = name.partition(":")
        return bool(colon) and server in self.servers.by_name

    def prompts(self, server: str) -> Sequence[tuple[str, str, str]]:
        """Return name, arguments and description of each prompt of *server*."""
        prompts = self._wait(server, lambda content, cancellation: content.prompts(cancellation))
        return [
            (
                f"{server}:{prompt.name}",
                " ".join(f"{name}=" if is_required else f"[{name}=]" for name, is_required in prompt.arguments.items()),
                prompt.description,
            )
            for prompt in prompts
        ]

    def prompt(self, words: str) -> str:
        """Return the text of the prompt that *words* name, `server:prompt NAME=VALUE …`."""
        name, _space, rest = words.partition(" ")
        server, _colon, prompt = name.partition(":")
        try:
            pairs = [word.partition("=") for word in shlex.split(rest)]
        except ValueError as error:
            raise UsageError(_("a quote in `{text}` is not closed", text=rest)) from error
        if wrong := next((argument for argument, equals, _value in pairs if not equals), None):
            raise UsageError(_("`{text}` is not NAME=VALUE", text=wrong))
        given = {argument: value for argument, _equals, value in pairs}
        return self._wait(server, lambda content, cancellation: content.prompt(prompt, given, cancellation))

    def read(self, name: str) -> list[bytes]:
        """Return the contents of the resource *name*, `server:uri`."""
        server, _colon, uri = name.partition(":")
        return self._wait(server, lambda content, cancellation: content.read(uri, cancellation))

    def _wait(self, server: str, work: Callable[[ServerContent, Cancellation], T]) -> T:
        """Return what *work* does, where Ctrl+C can interrupt it."""
        content, cancellation = self.servers.content(server), Cancellation()
        try:
            with self.servers.config.files.waiting.guard():
                ((_place, result),) = run_all([lambda: work(content, cancellation)])
        except ToolError as error:
            raise UsageError(error.reason) from error
        finally:
            cancellation.cancel()
        return result
