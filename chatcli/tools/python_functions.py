"""Makes tools of the functions in a Python file, which is read and run in a process of its own, never in this one."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.language import N_, _, current_language
from chatcli.records import frozen
from chatcli.text.json_values import as_object, as_objects, as_text, parse_json
from chatcli.tools.children import Child, child_environment
from chatcli.tools.results import MOST_BYTES
from chatcli.tools.tool import Cancellation, Run, Tool, ToolError, ToolOrigin, wire_name

_ROOT = str(Path(__file__).parent.parent.parent)
# `-P` keeps the current directory off the path, where a file could hide a module of Python.
_START = f"import sys; sys.path.append({_ROOT!r}); from chatcli.tools.worker import main; main()"
_MOST_DESCRIBED = 4_000_000
_MOST_ERROR = 2_000  # characters of what a process said before it ended
_DONE = "done"


@frozen
class PythonFile:
    """A file of functions at *path*; *content* is what was read there."""

    path: Path
    content: bytes
    environ: Mapping[str, str]
    timeout_s: float

    @property
    def digest(self) -> str:
        """The hash of the content; the functions of any other are not run."""
        return hashlib.sha256(self.content).hexdigest()

    def describe(self) -> tuple[list[Tool], list[str]]:
        """Return the tools of the file, and a sentence for each public function that cannot be one.

        Raises ConfigError if the file cannot be run.
        """
        try:
            found = as_object(parse_json(self._run({}, Cancellation(), most_bytes=_MOST_DESCRIBED)))
        except ToolError as error:
            raise ConfigError(
                _("{path} cannot be used for tools: {reason}", path=self.path, reason=error.reason)
            ) from error
        tools = [self._tool(entry) for entry in as_objects(found.get("tools"))]
        skipped = as_objects(found.get("skipped"))
        return tools, [
            _(
                "`{name}` is not a tool: {reason}",
                name=as_text(one.get("name")),
                reason=as_text(one.get("why")),
            )
            for one in skipped
        ]

    def _tool(self, entry: Mapping[str, object]) -> Tool:
        name = as_text(entry.get("name"))
        return Tool(
            wire_name(name),
            as_text(entry.get("description")),
            as_object(entry.get("parameters")),
            self._caller(name),
            ToolOrigin(self.path.name, f"{self.path} {self.digest}"),
        )

    def _caller(self, name: str) -> Run:
        def call(arguments: Mapping[str, object], cancellation: Cancellation) -> str:
            return self._run({"name": name, "arguments": dict(arguments)}, cancellation)

        return call

    def _request(self, order: Mapping[str, object]) -> bytes:
        whole = {"file": str(self.path), "sha256": self.digest, "language": current_language(), **order}
        return json.dumps(whole).encode() + b"\n"

    def _run(self, order: Mapping[str, object], cancellation: Cancellation, *, most_bytes: int = MOST_BYTES) -> str:
        """Let the worker carry out *order* on the file, and return its result; raises ToolError."""
        child = Child(
            [sys.executable, "-P", "-c", _START],
            child_environment(self.environ),
            self.timeout_s,
            self._request(order),
            holds_stdin=True,
            most_bytes=most_bytes,
        )
        ended = child.run(cancellation)
        state, newline, text = ended.stdout.partition("\n")
        if not newline:
            said = ended.stderr.strip()[-_MOST_ERROR:]
            pattern = (
                N_("The process ended with code {code}: {said}") if said else N_("The process ended with code {code}.")
            )
            raise ToolError(_(pattern, code=ended.code, said=said))
        if state != _DONE:
            raise ToolError(text)
        return text
