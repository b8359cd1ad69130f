"""Makes tools of the functions in a Python file, which is read and run in a process of its own, never in this one."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from chatcli.conversation.messages import ImagePart
from chatcli.errors import ConfigError
from chatcli.language import N_, _, current_language
from chatcli.records import frozen
from chatcli.request.images import decode_base64
from chatcli.text.json_values import as_object, as_objects, as_text, parse_json
from chatcli.text.units import format_size
from chatcli.tools.children import Child, child_environment
from chatcli.tools.images import read_result_image
from chatcli.tools.tool import (
    Cancellation,
    IllustratedResult,
    Run,
    Tool,
    ToolError,
    ToolOrigin,
    ToolResult,
    wire_name,
)

_ROOT = str(Path(__file__).parent.parent.parent)
# `-P` keeps the current directory off the path, where a file could hide a module of Python.
_START = f"import sys; sys.path.append({_ROOT!r}); from chatcli.tools.worker import main; main()"
_MOST_DESCRIBED = 4_000_000
_MOST_ERROR = 2_000  # characters of what a process said before it ended
_MOST_ANSWER = 40_000_000  # an image of the size that providers accept, in base64
_DONE, _ILLUSTRATED = "done", "illustrated"


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
            _state, described = self._run({}, Cancellation(), most_bytes=_MOST_DESCRIBED)
            found = as_object(parse_json(described))
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
        def call(arguments: Mapping[str, object], cancellation: Cancellation) -> ToolResult:
            order = {"name": name, "arguments": dict(arguments)}
            state, result = self._run(order, cancellation, most_bytes=_MOST_ANSWER)
            return _illustrated(result) if state == _ILLUSTRATED else result

        return call

    def _request(self, order: Mapping[str, object]) -> bytes:
        whole = {"file": str(self.path), "sha256": self.digest, "language": current_language(), **order}
        return json.dumps(whole).encode() + b"\n"

    def _run(self, order: Mapping[str, object], cancellation: Cancellation, *, most_bytes: int) -> tuple[str, str]:
        """Let the worker carry out *order* on the file, and return how it went and its result; raises ToolError."""
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
        if state not in (_DONE, _ILLUSTRATED):
            raise ToolError(text)
        return state, text


def _illustrated(result: str) -> ToolResult:
    """Return the texts and images of *result*, each image named in its place."""
    parts = as_objects(parse_json(result))
    if not parts:
        raise ToolError(_("The result has more than {size}.", size=format_size(_MOST_ANSWER)))
    texts: list[str] = []
    images: list[ImagePart] = []
    for part in parts:
        text, image = as_text(part.get("text")), None
        if "image" in part:
            text, image = read_result_image(decode_base64(as_text(part["image"])), len(images) + 1)
        texts.append(text)
        images += [image] if image else []
    text = "\n".join(filter(None, texts))
    return IllustratedResult(text, tuple(images)) if images else text
