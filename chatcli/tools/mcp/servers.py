"""Reads the servers in `mcp.json`, in the layout that other programs share.

Members of other programs that decide nothing here are ignored; any other unknown member is an error, because it may be
a misspelt one. `${NAME}` in a value stands for a variable, `${NAME:-text}` for one with a default.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.records import field, frozen
from chatcli.settings.names import WrongValueError
from chatcli.settings.toml import read_file
from chatcli.settings.urls import clean_url, origin_of
from chatcli.text.json_errors import describe_json_error
from chatcli.text.json_values import as_bool, as_object, as_objects, as_text
from chatcli.text.phrases import join_words
from chatcli.text.redactor import Secret
from chatcli.text.similar import did_you_mean
from chatcli.tools.built_in import BUILT_IN_NAMES
from chatcli.tools.mcp.oauth_settings import OAuthSettings, read_oauth

FILE = "mcp.json"
_ROOTS = ("mcpServers", "servers")  # the second is that of VS Code
_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_OF_A_PROGRAM = re.compile(r"\$\{[a-z]+:[A-Za-z][^}]*\}")  # `${input:key}`: only the program that it is for has a value
_INPUT = re.compile(r"\$\{input:([^}]+)\}")
_URLS_OF_OTHERS = frozenset({"serverUrl", "httpUrl"})
_SECRET = re.compile(r"key|token|secret|passw|auth|cookie|credential", re.IGNORECASE)
_OF_OTHERS = frozenset(
    {
        "type",
        "transport",
        "name",
        "description",
        "disabled",
        "enabled",
        "timeout",
        "autoApprove",
        "alwaysAllow",
        "trust",
    }
    | {"disabledTools", "version", "gallery", "icon", "tools", "startup_timeout_sec", "tool_timeout_sec", "initTimeout"}
)
_GIVEN_UP = "sse"  # HTTP with SSE, the transport of 2024-11-05

Environ = Mapping[str, str]


@frozen
class McpServer:
    """A server: a program (*argv*, *env*, *directory*), or an address (*url*, *headers*, *token_command*, *oauth*).

    *address* identifies it for approvals, *shown* says to people what it is; neither contains a secret.
    """

    name: str
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    directory: str | None = None
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    token_command: tuple[str, ...] = ()
    oauth: OAuthSettings = OAuthSettings()
    is_disabled: bool = False
    address: str = ""

    @property
    def shown(self) -> str:
        """The command or the URL."""
        return self.url or " ".join(json.dumps(word) if re.search(r"[\s\"']|^$", word) else word for word in self.argv)

    @property
    def secrets(self) -> list[Secret]:
        """The values that look like keys by their names."""
        values = {**self.env, **self.headers}
        return [Secret(text.removeprefix("Bearer ")) for name, text in values.items() if _SECRET.search(name)]


@frozen
class ServerFile:
    """The servers by name, and why others cannot be used, with an error that names file, server and member."""

    servers: Mapping[str, McpServer] = field(default_factory=dict)
    faults: Mapping[str, ConfigError] = field(default_factory=dict)


def read_servers(path: Path, environ: Environ) -> ServerFile:
    """Return the servers in the file at *path*, none without a file; raises ConfigError if it cannot be read."""
    data = read_file(path, guarded=True)  # it names commands to run
    if data is None:
        return ServerFile()
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=partial(_unique, path))
    except UnicodeDecodeError as error:
        raise ConfigError(_("{path} is not UTF-8 text", path=path)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(_("{path}, {fault}", path=path, fault=describe_json_error(error))) from error
    servers, inputs = _entries(path, document), _inputs(document)
    found: dict[str, McpServer] = {}
    faults: dict[str, ConfigError] = {}
    for name, entry in servers.items():
        try:
            found[name] = _ServerReader(path, name, environ, inputs).read(entry)
        except ConfigError as error:
            faults[name] = error
    return ServerFile(found, faults)


def _entries(path: Path, document: Any) -> dict[str, Any]:
    """Return the servers in either layout; raises ConfigError if there is none, or if a server stands in both."""
    roots = [document.get(name) for name in _ROOTS] if isinstance(document, dict) else []
    found = [servers for servers in roots if servers is not None]
    if not found or not all(isinstance(servers, dict) for servers in found):
        raise ConfigError(
            _('{path} has no object "{name}"', path=path, name=_ROOTS[0]),
            hint=_("the servers belong there, each by its name"),
        )
    return _unique(path, [pair for servers in found for pair in servers.items()])


def _inputs(document: Any) -> dict[str, str]:
    """Return the inputs of VS Code that have a default; all others it asks for."""
    entries = as_objects(as_object(document).get("inputs"))
    return {as_text(entry.get("id")): entry["default"] for entry in entries if isinstance(entry.get("default"), str)}


def _unique(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of two members with one name, another program may use the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ConfigError(_('{path}: "{name}" occurs twice in an object', path=path, name=double), hint=_("remove one"))
    return found


@frozen
class _ServerReader:
    """Reads one server; errors name file, server and member."""

    path: Path
    name: str
    environ: Environ
    inputs: Mapping[str, str] = field(default_factory=dict)

    def read(self, entry: Any) -> McpServer:
        if not isinstance(entry, dict):
            raise self._error("", _("must be an object"))
        self._check_members(entry)
        is_disabled = as_bool(entry.get("disabled")) or entry.get("enabled") is False
        read = self._remote if "url" in entry else self._program
        server = read(entry)
        return McpServer(self.name, is_disabled=is_disabled, **server)

    def _check_members(self, entry: Mapping[str, Any]) -> None:
        if not self.name.strip() or not self.name.isprintable():
            raise self._error("", _("must have a printable name"))
        if self.name in BUILT_IN_NAMES:  # a rule for that tool would mean the server as well
            raise self._error("", _("has the name of a built-in tool"), hint=_("give it another name"))
        if str(entry.get("type", entry.get("transport", ""))).lower() == _GIVEN_UP:
            raise self._error(
                "type", _("HTTP with SSE is not supported"), hint=_("use the server's streamable HTTP address")
            )
        is_clear = ("url" in entry) != ("command" in entry)
        known = (_REMOTE if "url" in entry else _PROGRAM) if is_clear else _REMOTE | _PROGRAM
        for member in entry:
            if member not in known and member not in _OF_OTHERS:
                meant = _("did you mean `url`?") if member in _URLS_OF_OTHERS else did_you_mean(member, known)
                hint = meant or _("it may have {names}", names=join_words(sorted(known), "and"))
                raise self._error(member, _("is unknown"), hint=hint)
        if not is_clear:
            raise self._error("", _("needs either command or url"))

    def _program(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        argv = tuple(self._expand(text, "args") for text in (self._text(entry, "command"), *self._list(entry, "args")))
        env, directory = self._texts(entry, "env"), self._text(entry, "cwd", "")
        if not argv[0].strip() or any("\0" in word for word in argv):
            raise self._error("command", _("must be a program"))
        address = [list(argv), directory, {name: _digest(text) for name, text in sorted(env.items())}]
        expanded = {name: self._expand(text, "env") for name, text in env.items()}
        folder = str(self.path.parent / Path(self._expand(directory, "cwd")).expanduser()) if directory else None
        return {"argv": argv, "env": expanded, "directory": folder, "address": json.dumps(address)}

    def _remote(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        url = self._url(self._expand(self._text(entry, "url"), "url"))
        headers, command = self._texts(entry, "headers"), self._list(entry, "token_cmd")
        address = [url, {name: _digest(text) for name, text in sorted(headers.items())}, list(command)]
        if "oauth" in entry:
            address.append(_digest(json.dumps(entry["oauth"], sort_keys=True)))
        expanded = {name: self._header(name, self._expand(text, "headers")) for name, text in headers.items()}
        if (expanded or command) and not origin_of(url).is_loopback and origin_of(url).scheme == "http":
            raise self._error("url", _("must begin with https:// where headers or token_cmd are sent"))
        found = {"url": url, "headers": expanded, "token_command": command, "address": json.dumps(address)}
        return {**found, "oauth": self._oauth(entry["oauth"])} if "oauth" in entry else found

    def _oauth(self, entry: Any) -> OAuthSettings:
        expand = partial(self._expand, member="oauth")
        return read_oauth(entry, expand, lambda must, hint: self._error("oauth", must, hint=hint))

    def _url(self, text: str) -> str:
        base, mark, query = text.partition("?")
        try:
            clean_url(base)
        except WrongValueError as error:
            raise self._error("url", str(error.must)) from error
        if not re.fullmatch(r"[!-~]*", query):
            raise self._error("url", _("must be ASCII without spaces"))
        return base.strip() + mark + query

    def _header(self, name: str, text: str) -> str:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not re.fullmatch(r"[ -~\t]*", text):
            raise self._error("headers", _("`{name}` is not a header that can be sent", name=name))
        return text

    def _expand(self, text: str, member: str) -> str:
        def value(match: re.Match[str]) -> str:
            name, usual = match.groups()
            found = self.environ.get(name, usual)
            if found is None:
                raise self._error(member, _("the variable {name} is not set", name=name))
            return found

        text = _INPUT.sub(lambda match: self.inputs.get(match[1], match[0]), text)
        expanded = _VARIABLE.sub(value, text)
        if foreign := _OF_A_PROGRAM.search(_VARIABLE.sub("", text)):
            asked = _INPUT.fullmatch(foreign[0])
            name = re.sub(r"\W", "_", asked[1]).upper() if asked else "NAME"
            hint = _("write ${variable} for a variable of the environment", variable=f"{{{name}}}")
            raise self._error(member, _("`{text}` has no value here", text=foreign[0]), hint=hint)
        return expanded

    def _text(self, entry: Mapping[str, Any], member: str, usual: str | None = None) -> str:
        found = entry.get(member, usual)
        if not isinstance(found, str):
            raise self._error(member, _("must be text"))
        return found

    def _list(self, entry: Mapping[str, Any], member: str) -> tuple[str, ...]:
        found = entry.get(member, [])
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise self._error(member, _("must be a list of texts"))
        return tuple(found)

    def _texts(self, entry: Mapping[str, Any], member: str) -> dict[str, str]:
        found = entry.get(member, {})
        if not isinstance(found, dict) or not all(
            isinstance(text, str) and "\0" not in text for text in found.values()
        ):
            raise self._error(member, _("must be an object of texts"))
        return dict(found)

    def _error(self, member: str, must: str, *, hint: str | None = None) -> ConfigError:
        pattern = N_('{path}, server "{name}", {member}: {must}') if member else N_('{path}, server "{name}": {must}')
        return ConfigError(_(pattern, path=self.path, name=self.name, member=member, must=must), hint=hint)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


_PROGRAM = frozenset({"command", "args", "env", "cwd"})
_REMOTE = frozenset({"url", "headers", "token_cmd", "oauth"})
