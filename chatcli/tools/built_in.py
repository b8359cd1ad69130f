"""Defines the built-in tools; all are off until the user enables them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chatcli.files.foreign import ForeignReader
from chatcli.language import N_, _
from chatcli.tools.calculator import calculate
from chatcli.tools.children import Child, child_environment
from chatcli.tools.fetching import Fetcher, host_of
from chatcli.tools.images import image_result
from chatcli.tools.reading import RootedFolder
from chatcli.tools.tool import Cancellation, Run, Tool, ToolError, ToolResult

BUILT_IN_NAMES = frozenset({"now", "calculate", "read_file", "fetch_url", "run"})


def built_in_tools(root: Path, reader: ForeignReader, environ: Mapping[str, str], timeout_s: float) -> dict[str, Tool]:
    """Return the built-in tools by name: read_file reads below *root*, run ends after *timeout_s*."""
    reads = (_read_file(RootedFolder(root, reader)), _fetch_url(Fetcher(environ)))
    return {tool.name: tool for tool in (NOW, CALCULATE, *reads, _run_program(environ, timeout_s))}


def _object_schema(**properties: Mapping[str, object]) -> dict[str, object]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(properties)} if properties else schema


def _text(description: str) -> dict[str, object]:
    return {"type": "string", "description": description}


def _now(_arguments: Mapping[str, object], _cancellation: Cancellation) -> str:
    here = datetime.now().astimezone()
    return f"{here:%A}, {here.isoformat(timespec='seconds')} ({time.tzname[time.localtime().tm_isdst > 0]})"


def _calculate(arguments: Mapping[str, Any], _cancellation: Cancellation) -> str:
    return calculate(arguments["expression"])


def _read_file(folder: RootedFolder) -> Tool:
    def run(arguments: Mapping[str, Any], _cancellation: Cancellation) -> ToolResult:
        return folder.read(arguments["path"])

    described = N_("Return the text of a file, an image, or the names in a folder, below the user's chosen folder.")
    return Tool("read_file", described, _object_schema(path=_text("Path, relative to that folder")), run)


def _fetch_url(fetcher: Fetcher) -> Tool:
    def run(arguments: Mapping[str, Any], cancellation: Cancellation) -> ToolResult:
        page = fetcher.fetch(arguments["url"], cancellation)
        if page.is_text:
            return page.text
        if image := image_result(page.data, page.url):
            return image
        raise ToolError(_("{url} is neither text nor an image ({kind}).", url=page.url, kind=page.media_type))

    def host(arguments: Mapping[str, Any]) -> str:
        try:
            return host_of(arguments.get("url", ""))
        except ToolError:
            return _("no host")

    url = _text("Address, with https:// or http://")
    described = N_("Return a public web page as Markdown, or another text file or an image by its address.")
    return Tool("fetch_url", described, _object_schema(url=url), run, scope=host)


def _run_program(environ: Mapping[str, str], timeout_s: float) -> Tool:
    def run(arguments: Mapping[str, Any], cancellation: Cancellation) -> str:
        ended = Child(arguments["argv"], child_environment(environ), timeout_s, merges=True).run(cancellation)
        return f"exit code {ended.code}\n{ended.stdout}"

    argv = {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "description": "The program and its arguments. No shell reads them: pipes, globs and variables mean nothing",
    }
    described = N_(
        "Run a program on the user's machine, and return its exit code and output. The user is asked each time."
    )
    return Tool("run", described, _object_schema(argv=argv), run, caution="always")


def _harmless(name: str, description: str, parameters: Mapping[str, object], run: Run) -> Tool:
    return Tool(name, description, parameters, run, caution="none")


NOW = _harmless("now", N_("Return the current date, weekday, local time and time zone."), _object_schema(), _now)
CALCULATE = _harmless(
    "calculate",
    N_("Evaluate an arithmetic expression, such as `sqrt(2) * (3 + 4)`."),
    _object_schema(
        expression=_text("Numbers, + - * / // % **, parentheses, and functions such as sqrt, log, round, factorial")
    ),
    _calculate,
)
