"""Defines the command-line flags in one table, which the parser, the manual and the settings read.

A flag means the same before and after a command, and the last one wins. A flag that sets a setting forms the topmost
layer of settings; all others affect only the current run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chatcli.language import N_
from chatcli.records import fields, frozen

FlagScope = Literal["chat", "ask", "models", "batch", "fetch", "all"]


_ASKING: tuple[FlagScope, ...] = ("chat", "ask", "batch")  # whatever asks a model
_MODELS: tuple[FlagScope, ...] = ("chat", "ask", "models", "batch")
_SCRIPTS: tuple[FlagScope, ...] = ("ask", "batch")
_BATCH: tuple[FlagScope, ...] = ("batch",)
_ROWS: tuple[FlagScope, ...] = ("batch", "fetch")  # whatever writes the rows of a batch


@frozen
class Flag:
    """One flag; *type* is its Python type, or `tuple` if it is repeatable. *value* is the placeholder for its value.

    *setting* is the dotted name of the setting that the flag overrides, and *given* the value that a switch assigns.
    *parameter* is the request parameter that the flag sets.
    """

    names: tuple[str, ...]
    type: type
    help: str
    where: tuple[FlagScope, ...] = ("chat", "ask")
    value: str = ""
    setting: str = ""
    given: Any = None
    choices: tuple[str, ...] = ()
    parameter: str = ""


FLAGS: Mapping[str, Flag] = {
    "model": Flag(
        ("--model", "-m"), tuple, "Model to use; `chat ask` takes several at once", _ASKING, value="NAME",
        setting="defaults.model",
    ),
    "provider": Flag(
        ("--provider", "-p"),
        str,
        "Provider: a built-in one, or one from the settings",
        _MODELS,
        value="NAME",
        setting="defaults.provider",
    ),
    "base_url": Flag(
        ("--base-url",), str, "Endpoint for this run; no stored key is sent to it", _MODELS,
        value="URL",
    ),
    "key_env": Flag(
        ("--key-env",), str, "Environment variable with the key for --base-url", _MODELS,
        value="NAME",
    ),
    "system": Flag(
        ("--system", "-s"), str, "System prompt; @FILE reads it from a file", _ASKING,
        value="TEXT", setting="defaults.system",
    ),
    "option": Flag(
        ("--option", "-o"), tuple, "Request parameter, e.g. temperature 0.2; repeatable", _ASKING, value="KEY VALUE"
    ),
    "temperature": Flag(
        ("--temperature",), str, "Sampling temperature: 0 is focused, 2 is random", _ASKING,
        value="N", parameter="temperature",
    ),
    "top_p": Flag(
        ("--top-p",), str, "Nucleus sampling: keep the likeliest tokens up to this probability", _ASKING, value="N",
        parameter="top_p",
    ),
    "max_tokens": Flag(
        ("--max-tokens",), str, "Maximum tokens in the answer", _ASKING,
        value="N", parameter="max_tokens",
    ),
    "stop": Flag(("--stop",), tuple, "Stop sequence; repeatable", _ASKING, value="TEXT", parameter="stop"),
    "seed": Flag(
        ("--seed",), str, "Seed for reproducible answers, if the endpoint supports it", _ASKING,
        value="N", parameter="seed",
    ),
    "effort": Flag(
        ("--effort",), str, "Reasoning effort, from none to max", _ASKING, value="LEVEL", parameter="reasoning_effort"
    ),
    "file": Flag(("--file", "-f"), tuple, "Attach a file or folder; repeatable", value="PATH"),
    "image": Flag(
        ("--image", "-i"), tuple, "Attach an image: path, URL or - (stdin); repeatable", value="PATH"
    ),
    "detail": Flag(
        ("--detail",), str, "Image detail: auto, low, high or original", value="LEVEL",
        choices=("auto", "low", "high", "original"),
    ),
    "truncate": Flag(
        ("--truncate",), str, "Truncate input that does not fit: keep its head, tail, or both ends (middle)",
        value="WHERE", choices=("head", "tail", "middle"),
    ),
    "strip_invisible": Flag(("--strip-invisible",), bool, "Strip invisible Unicode from attachments and stdin"),
    "tools": Flag(
        ("--tools",), tuple, "Let the model call a tool: its name, an MCP server, or a Python file; repeatable",
        value="NAME",
    ),
    "yes": Flag(("--yes",), tuple, "Run this tool, or fetch from this host, without asking; repeatable", value="NAME"),
    "fetch": Flag(("--fetch",), bool, "Fetch web addresses given by -f as text, after asking once per host"),
    "template": Flag(("--template", "-t"), str, "Use a template; `chat templates` lists them", _ASKING, value="NAME"),
    "var": Flag(("--var",), tuple, "Set a template variable; repeatable", _ASKING, value="NAME=VALUE"),
    "no_stream": Flag(
        ("--no-stream",), bool, "Request the whole answer at once", setting="defaults.stream", given=False
    ),
    "no_md": Flag(
        ("--no-md",), bool, "Do not render Markdown on a terminal", setting="ui.markdown", given=False
    ),
    "raw": Flag(("--raw",), bool, "Print the answer as received, including control characters"),
    "logprobs": Flag(("--logprobs",), bool, "List doubtful tokens with alternatives (terminal only)"),
    "fallback": Flag(
        ("--fallback",), tuple, "Model to ask if the first cannot be had: NAME or PROVIDER/NAME; repeatable", _ASKING,
        value="MODEL",
    ),
    "max_wait": Flag(
        ("--max-wait",), float, "Longest rate-limit wait, in seconds", (*_ASKING, "fetch"),
        value="S", setting="defaults.max_wait",
    ),
    "timeout": Flag(
        ("--timeout",), float, "Longest silence during an answer, in seconds", _ASKING,
        value="S", setting="defaults.timeout",
    ),
    "no_stdin": Flag(("--no-stdin",), bool, "Do not read stdin (for loops and cron)", ("ask",)),
    "encoding": Flag(("--encoding",), str, "Encoding of stdin and of files that are not UTF-8", ("ask",), value="NAME"),
    "go_on": Flag(("--continue", "-c"), bool, "Continue the most recent chat"),
    "resume": Flag(("--resume", "-r"), str, "Resume a chat by id, title, or words from its title", value="CHAT"),
    "no_log": Flag(("--no-log",), bool, "Do not save this chat", setting="defaults.log", given=False),
    "answers": Flag(
        ("--answers", "-n"), str, "Number of answers; in a pipe this needs --json", _SCRIPTS, value="N", parameter="n"
    ),
    "prefill": Flag(("--prefill",), str, "Start of the answer; the model continues from it", ("ask",), value="TEXT"),
    "completions": Flag(
        ("--completions",), bool, "Let a base model continue the text, through /v1/completions", ("ask",)
    ),
    "dry_run": Flag(
        ("--dry-run",), bool, "Print the request as JSON without sending it; for a batch, an estimate", _SCRIPTS
    ),
    "curl": Flag(("--curl",), bool, "Print the request as a curl command without sending it", _SCRIPTS),
    "json": Flag(("--json",), bool, "Output JSON Lines events instead of text", ("ask",)),
    "extract": Flag(("--extract", "-x"), bool, "Print only the first code block, without its fence", ("ask",)),
    "extract_last": Flag(("--extract-last",), bool, "Print only the last code block, without its fence", ("ask",)),
    "schema": Flag(
        ("--schema",), str, 'Require JSON that matches a schema: a file, or fields such as "name str, age int"',
        _SCRIPTS, value="SCHEMA",
    ),
    "out": Flag(
        ("--out",), str, "Write the rows to a file, and continue it if it belongs to this input", _BATCH, value="PATH"
    ),
    "restart": Flag(("--restart",), bool, "Start over: discard the output of earlier runs", _BATCH),
    "jobs": Flag(("--jobs",), int, "Number of requests at once (4)", _BATCH, value="N"),
    "limit": Flag(("--limit",), int, "Ask only the first rows", _BATCH, value="N"),
    "skip_bad": Flag(("--skip-bad",), bool, "Leave out lines that are not valid rows", _BATCH),
    "vary": Flag(
        ("--vary",), tuple, "Compare values of a parameter, e.g. temperature=0,1; repeatable", _BATCH,
        value="KEY=VALUES",
    ),
    "retry_failed": Flag(("--retry-failed",), bool, "Ask the rows again whose last answer failed", _BATCH),
    "max_cost": Flag(("--max-cost",), float, "Stop before the run costs more, in US dollars", _ASKING, value="USD"),
    "fail_under": Flag(
        ("--fail-under",), str, "Exit 14 if the share of expected answers is lower", _ROWS, value="SHARE"
    ),
    "usage": Flag(("--usage", "-u"), bool, "Show token usage and timing on stderr", ("ask",)),
    "quiet": Flag(("--quiet", "-q"), bool, "Show only errors on stderr", ("all",)),
    "verbose": Flag(("--verbose", "-v"), bool, "Show request id, status and timing on stderr", ("all",)),
    "color": Flag(
        ("--color",), str, "Use colour: auto, always or never", ("all",), value="WHEN",
        choices=("auto", "always", "never"),
    ),
    "plain": Flag(
        ("--plain",), bool, "Whole lines, no redrawing (for screen readers)", ("all",),
        setting="ui.plain", given=True,
    ),
}  # fmt: skip

# The sections of `--help` and of the manual, in their order.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    N_("Model"): (
        *("model", "provider", "base_url", "key_env", "system", "option", "temperature", "top_p", "max_tokens"),
        *("stop", "seed", "effort", "answers", "prefill", "completions", "fallback", "max_cost"),
        *("max_wait", "timeout"),
    ),
    N_("Input"): ("file", "image", "detail", "truncate", "strip_invisible", "template", "var", "no_stdin", "encoding"),
    N_("Tools"): ("tools", "yes", "fetch"),
    N_("Output"): ("no_stream", "no_md", "raw", "logprobs", "usage", "quiet", "verbose", "color", "plain"),
    N_("Chats"): ("go_on", "resume", "no_log"),
    N_("Batch"): ("out", "restart", "jobs", "limit", "skip_bad", "vary", "retry_failed", "fail_under"),
    N_("Scripts"): ("json", "extract", "extract_last", "schema", "dry_run", "curl"),
}

# Only `chat ask --help` and the manual list these.
RARE = frozenset(
    {
        *("top_p", "stop", "seed", "answers", "prefill", "completions", "fallback", "max_wait", "timeout"),
        *("detail", "truncate", "strip_invisible", "var", "no_stdin", "encoding"),
        *("no_stream", "raw", "logprobs", "extract_last", "curl"),
        *("out", "restart", "jobs", "limit", "skip_bad", "vary", "retry_failed", "fail_under"),
    }
)


@frozen
class Flags:
    """The flags of one run; None, False and () mean that a flag was not given."""

    model: tuple[str, ...] = ()
    provider: str | None = None
    base_url: str | None = None
    key_env: str | None = None
    system: str | None = None
    option: tuple[str, ...] = ()
    temperature: str | None = None
    top_p: str | None = None
    max_tokens: str | None = None
    stop: tuple[str, ...] = ()
    seed: str | None = None
    effort: str | None = None
    file: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    detail: str | None = None
    truncate: str | None = None
    strip_invisible: bool = False
    tools: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    fetch: bool = False
    template: str | None = None
    var: tuple[str, ...] = ()
    no_stream: bool = False
    no_md: bool = False
    raw: bool = False
    logprobs: bool = False
    fallback: tuple[str, ...] = ()
    max_wait: float | None = None
    timeout: float | None = None
    no_stdin: bool = False
    encoding: str | None = None
    go_on: bool = False
    resume: str | None = None
    no_log: bool = False
    answers: str | None = None
    prefill: str | None = None
    completions: bool = False
    dry_run: bool = False
    curl: bool = False
    json: bool = False
    extract: bool = False
    extract_last: bool = False
    schema: str | None = None
    out: str | None = None
    restart: bool = False
    jobs: int | None = None
    limit: int | None = None
    skip_bad: bool = False
    vary: tuple[str, ...] = ()
    retry_failed: bool = False
    max_cost: float | None = None
    fail_under: str | None = None
    usage: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str | None = None
    plain: bool = False

    @property
    def chosen_model(self) -> str:
        """The first model given, or an empty string if none was."""
        return self.model[0] if self.model else ""

    def over(self, earlier: Flags) -> Flags:
        """Merge with *earlier* flags: values given here win, repeatable options accumulate."""
        joined: dict[str, Any] = {}
        for item in fields(self):
            mine, theirs = getattr(self, item.name), getattr(earlier, item.name)
            adds_up = isinstance(mine, tuple) and item.name != "model"
            joined[item.name] = (*theirs, *mine) if adds_up else theirs if _is_absent(mine) else mine
        return Flags(**joined)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the request parameters that have their own flags, in the form that `-o` takes."""
        return tuple(
            (flag.parameter, _as_text(given))
            for name, flag in FLAGS.items()
            if flag.parameter and (given := getattr(self, name)) not in (None, ())
        )

    def settings(self) -> tuple[tuple[str, Any, str], ...]:
        """Return the settings that the flags override, each as (dotted name, value, flag)."""
        return tuple(
            (flag.setting, _single(value) if flag.given is None else flag.given, flag.names[0])
            for name, flag in FLAGS.items()
            if flag.setting and not _is_absent(value := getattr(self, name))
        )


def _as_text(given: Any) -> str:
    """Format a value as `-o` takes it; several values become a JSON list."""
    import json

    if isinstance(given, tuple):
        return given[0] if len(given) == 1 else json.dumps(given, ensure_ascii=False)
    return str(given)


def flags_of(*scopes: FlagScope) -> dict[str, Flag]:
    """Return the flags that a command with *scopes* accepts."""
    return {name: flag for name, flag in FLAGS.items() if set(flag.where) & {*scopes, "all"}}


def _single(given: Any) -> Any:
    return given[0] if isinstance(given, tuple) else given


def _is_absent(given: Any) -> bool:
    return given is None or given is False or given == ()  # 0 == False, but 0 seconds is a value
