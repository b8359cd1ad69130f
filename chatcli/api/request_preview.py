"""Shows a request in a form that can be repeated: JSON, a curl line or a Python program, without the key.

The preview is what would be sent: the body after the provider's habits and all that its refusals taught.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Literal

from chatcli.api.encode import PROMPT, path_of
from chatcli.providers.endpoint import Endpoint
from chatcli.records import frozen

PreviewFormat = Literal["json", "curl", "python"]
# What the library of OpenAI takes by name; everything else goes by `extra_body`.
# fmt: off
_LIBRARY_TAKES = frozenset({
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens",
    "max_tokens", "messages", "metadata", "modalities", "model", "moderation", "n", "parallel_tool_calls",
    "prediction", "prompt", "presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
    "reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream",
    "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity",
    "web_search_options",
})
# fmt: on
_OURS = frozenset({"Accept-Encoding", "Accept", "User-Agent", "Content-Type"})


@frozen
class RequestPreview:
    """A request: where it goes, its headers with `$VARIABLE` in place of the key, and its body."""

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, object]
    base_url: str = ""
    variable: str = ""


def preview_request(endpoint: Endpoint, body: Mapping[str, object]) -> RequestPreview:
    """Return the request that sends *body* to *endpoint*."""
    variable = endpoint.key_variable
    headers = {"Content-Type": "application/json", **endpoint.headers}
    if variable:
        row = endpoint.row
        headers[row.key_header] = f"{row.key_scheme} ${variable}".strip()
    return RequestPreview(endpoint.url(path_of(body)), headers, body, endpoint.base_url, variable)


def format_preview(request: RequestPreview, form: PreviewFormat) -> str:
    """Return *request* in *form*, ending in a newline."""
    match form:
        case "json":
            return json.dumps(request.body, ensure_ascii=False, indent=2) + "\n"
        case "curl":
            return _curl(request)
        case "python":
            return _python(request)


def _curl(request: RequestPreview) -> str:
    """Return a line for a POSIX shell; everything in it but the variable is quoted so that it means itself."""
    headers = [f"-H {_quoted(f'{name}: {text}', request.variable)}" for name, text in request.headers.items()]
    body = json.dumps(request.body, ensure_ascii=False, separators=(",", ":"))
    stream = ["-N"] if request.body.get("stream") else []
    words = ["curl", *stream, *headers, f"--data-binary {shlex.quote(body)}", shlex.quote(request.url)]
    return " \\\n  ".join(words) + "\n"


def _quoted(text: str, variable: str) -> str:
    """Quote *text* for the shell, all but the variable in it."""
    if not variable or f"${variable}" not in text:
        return shlex.quote(text)
    before, _, after = text.partition(f"${variable}")
    kept = [re.sub(r'([\\"$`])', r"\\\1", part) for part in (before, after)]
    return f'"{kept[0]}${variable}{kept[1]}"'


def _python(request: RequestPreview) -> str:
    """Return a program for the library of OpenAI, which speaks the protocol to any endpoint."""
    known = {name: value for name, value in request.body.items() if name in _LIBRARY_TAKES}
    extra = {name: value for name, value in request.body.items() if name not in _LIBRARY_TAKES}
    arguments = [f"    {name}={value!r}," for name, value in known.items()]
    arguments += [f"    extra_body={extra!r},"] if extra else []
    key = f'os.environ["{request.variable}"]' if request.variable else '"none"'
    headers = {name: text for name, text in request.headers.items() if name not in _OURS and "$" not in text}
    client = [f"base_url={request.base_url!r}", f"api_key={key}"]
    client += [f"default_headers={headers!r}"] if headers else []
    lines = [*(["import os", ""] if request.variable else []), "from openai import OpenAI", ""]
    kind = "completions" if PROMPT in request.body else "chat.completions"
    lines += [f"client = OpenAI({', '.join(client)})", f"answer = client.{kind}.create(", *arguments, ")"]
    piece, whole = ("text", "text") if PROMPT in request.body else ("delta.content", "message.content")
    if request.body.get("stream"):
        lines += ["for chunk in answer:", "    for choice in chunk.choices:"]
        lines += [f'        print(choice.{piece} or "", end="", flush=True)', "print()"]
    else:
        lines += [f"print(answer.choices[0].{whole})"]
    return "\n".join(lines) + "\n"
