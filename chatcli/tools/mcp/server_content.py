"""Fetches what people name of a server: prompts with their arguments, and resources by their URI."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.json_values import as_bool, as_object, as_objects, as_text
from chatcli.text.phrases import join_words
from chatcli.text.similar import did_you_mean
from chatcli.tools.mcp.connections import Connections
from chatcli.tools.mcp.content import block_text
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.tool import Cancellation, ToolError

if TYPE_CHECKING:
    from chatcli.tools.mcp.session import ServerSession


@frozen
class ServerPrompt:
    """A prompt of a server; *arguments* says of each whether it is required."""

    name: str
    description: str
    arguments: Mapping[str, bool]


@frozen
class ServerContent:
    """The prompts and resources of *server*; every method raises ToolError if the server does not answer well."""

    server: McpServer
    connections: Connections
    timeout_s: float

    def prompts(self, cancellation: Cancellation) -> list[ServerPrompt]:
        """Return the prompts."""
        listed = self._fetch("list_prompts", cancellation)
        return [_prompt(entry) for entry in as_objects(listed.get("prompts"))]

    def prompt(self, name: str, arguments: Mapping[str, str], cancellation: Cancellation) -> str:
        """Return the text of a prompt; raises ToolError that names what is missing or unknown."""
        known = {prompt.name: prompt for prompt in self.prompts(cancellation)}
        if name not in known:
            there = _("it has {names}", names=join_words(list(known), "and")) if known else _("it has none")
            hint = did_you_mean(name, known) or there
            raise ToolError(_("{server} has no prompt `{name}`: {hint}", server=self.server.name, name=name, hint=hint))
        wanted = known[name].arguments
        missing = [argument for argument, is_required in wanted.items() if is_required and argument not in arguments]
        unknown = [argument for argument in arguments if argument not in wanted]
        if missing or unknown:
            pattern = (
                N_("the prompt `{name}` is missing {names}")
                if missing
                else N_("the prompt `{name}` has no argument {names}")
            )
            raise ToolError(_(pattern, name=name, names=join_words(missing or unknown, "and")))
        found = self._fetch("get_prompt", cancellation, name, dict(arguments))
        return _prompt_text(as_objects(found.get("messages")))

    def read(self, uri: str, cancellation: Cancellation) -> list[bytes]:
        """Return the contents of a resource."""
        found = self._fetch("read_resource", cancellation, uri)
        contents = [_content(entry) for entry in as_objects(found.get("contents"))]
        if not contents:
            raise ToolError(_("{server} has nothing at {uri}", server=self.server.name, uri=uri))
        return contents

    def _fetch(self, method: str, cancellation: Cancellation, *arguments: Any) -> dict[str, Any]:
        def fetch(session: ServerSession) -> Any:
            return session.fetch(lambda client: getattr(client, method)(*arguments), cancellation, self.timeout_s)

        found = self.connections.retried(self.server, fetch)
        return as_object(found.model_dump(by_alias=True, mode="json", exclude_none=True))


def _prompt(entry: Mapping[str, Any]) -> ServerPrompt:
    arguments = as_objects(entry.get("arguments"))
    required = {as_text(one.get("name")): as_bool(one.get("required")) for one in arguments}
    return ServerPrompt(as_text(entry.get("name")), as_text(entry.get("description")), required)


def _prompt_text(messages: list[dict[str, Any]]) -> str:
    """Return messages as one text; roles are named if there are several."""
    texts = [(as_text(one.get("role")), block_text(as_object(one.get("content")))) for one in messages]
    if {role for role, _text in texts} <= {"user"}:
        return "\n\n".join(text for _role, text in texts)
    return "\n\n".join(f"{role.capitalize()}: {text}" for role, text in texts)


def _content(entry: Mapping[str, Any]) -> bytes:
    if "blob" not in entry:
        return as_text(entry.get("text")).encode()
    try:
        return b64decode(as_text(entry["blob"]))
    except Base64Error as error:
        raise ToolError(_("the content of {uri} is damaged", uri=as_text(entry.get("uri")))) from error
