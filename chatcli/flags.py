"""The flags of the command line: one table, from which the commands, the README and the settings are made.

Flags before and after a command are equal, and the later one wins. A flag that stands for a setting belongs to
the first layer of settings; the others only say how this one run goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chatcli.records import fields, frozen

FlagScope = Literal["chat", "ask", "models", "all"]


@frozen
class Flag:
    """One flag; *type* is its Python type, a tuple for one that may be repeated. *value* names what it takes.

    *setting* is the dotted name of the setting it stands for, and *given* what a switch sets it to. *parameter* is the
    request parameter that it gives.
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
        ("--model", "-m"), tuple, "Model to talk to; several of them answer at once (ask)", value="NAME",
        setting="defaults.model",
    ),
    "provider": Flag(
        ("--provider", "-p"),
        str,
        "Provider from the configuration, or a known one",
        ("chat", "ask", "models"),
        value="NAME",
        setting="defaults.provider",
    ),
    "base_url": Flag(
        ("--base-url",), str, "Endpoint for this run; no stored key goes to it", ("chat", "ask", "models"), value="URL"
    ),
    "key_env": Flag(
        ("--key-env",), str, "Variable that holds the key for --base-url", ("chat", "ask", "models"), value="NAME"
    ),
    "system": Flag(
        ("--system", "-s"), str, "System prompt; @FILE reads it", value="TEXT", setting="defaults.system"
    ),
    "option": Flag(
        ("--option", "-o"), tuple, "Request parameter, such as -o temperature 0.2; repeatable", value="KEY VALUE"
    ),
    "temperature": Flag(("--temperature",), str, "Chance in the choice of words", value="N", parameter="temperature"),
    "top_p": Flag(("--top-p",), str, "Only the likeliest tokens of this share", value="N", parameter="top_p"),
    "max_tokens": Flag(("--max-tokens",), str, "The most tokens of an answer", value="N", parameter="max_tokens"),
    "stop": Flag(("--stop",), tuple, "Where the answer ends; repeatable", value="TEXT", parameter="stop"),
    "seed": Flag(("--seed",), str, "The same seed, the same answer, where the endpoint can", value="N",
                 parameter="seed"),
    "effort": Flag(("--effort",), str, "How long a reasoning model thinks: none to max", value="LEVEL",
                   parameter="reasoning_effort"),
    "file": Flag(
        ("--file", "-f"), tuple, "Attach a file or a folder to the question; repeatable", value="PATH"
    ),
    "image": Flag(
        ("--image", "-i"), tuple, "Attach a picture by path or address, - for stdin; repeatable", value="PATH"
    ),
    "detail": Flag(
        ("--detail",), str, "How closely pictures are looked at: auto, low, high or original", value="LEVEL",
        choices=("auto", "low", "high", "original"),
    ),
    "truncate": Flag(
        ("--truncate",), str, "Cut attached and piped text that does not fit; keep head, tail or both (middle)",
        value="WHERE", choices=("head", "tail", "middle"),
    ),
    "strip_invisible": Flag(
        ("--strip-invisible",), bool, "Take characters that only machines see out of attached and piped text"
    ),
    "template": Flag(("--template", "-t"), str, "Ask by a template; `chat templates` lists them", value="NAME"),
    "var": Flag(("--var",), tuple, "What fills a place of the template; repeatable", value="NAME=VALUE"),
    "no_stream": Flag(
        ("--no-stream",), bool, "One response instead of a stream", setting="defaults.stream", given=False
    ),
    "no_md": Flag(("--no-md",), bool, "On a terminal: no Markdown rendering", setting="ui.markdown", given=False),
    "raw": Flag(("--raw",), bool, "On a terminal: the text as received, control characters too"),
    "logprobs": Flag(
        ("--logprobs",), bool, "On a terminal: list the doubtful tokens of answers, with their alternatives"
    ),
    "max_wait": Flag(
        ("--max-wait",), float, "Longest wait for a rate limit, in seconds", value="S", setting="defaults.max_wait"
    ),
    "timeout": Flag(
        ("--timeout",), float, "Longest silence within an answer, in seconds", value="S", setting="defaults.timeout"
    ),
    "no_stdin": Flag(("--no-stdin",), bool, "Do not read stdin, in loops and cron", ("ask",)),
    "encoding": Flag(("--encoding",), str, "Encoding of stdin", ("ask",), value="NAME"),
    "go_on": Flag(("--continue", "-c"), bool, "Go on with the chat that was used last"),
    "resume": Flag(("--resume", "-r"), str, "Go on with a chat: its id, its title, or words of it", value="CHAT"),
    "no_log": Flag(("--no-log",), bool, "Keep nothing of this chat", setting="defaults.log", given=False),
    "answers": Flag(
        ("--answers", "-n"), str, "How many answers are asked for; into a pipe only with --json", ("ask",), value="N",
        parameter="n",
    ),
    "prefill": Flag(("--prefill",), str, "How the answer begins: the model goes on from there", ("ask",), value="TEXT"),
    "completions": Flag(
        ("--completions",), bool, "Let a base model go on with the text, by the older /v1/completions", ("ask",)
    ),
    "dry_run": Flag(("--dry-run",), bool, "Print the request as JSON, and send nothing", ("ask",)),
    "curl": Flag(("--curl",), bool, "Print the request as a line for curl, and send nothing", ("ask",)),
    "json": Flag(("--json",), bool, "Events instead of text: one JSON object a line", ("ask",)),
    "extract": Flag(("--extract", "-x"), bool, "Only the first block of code, without its fence", ("ask",)),
    "extract_last": Flag(("--extract-last",), bool, "Only the last block of code, without its fence", ("ask",)),
    "schema": Flag(
        ("--schema",), str, 'JSON that fits a schema: a file, or fields such as "name str, age int"', ("ask",),
        value="SCHEMA",
    ),
    "usage": Flag(("--usage", "-u"), bool, "Tokens and time on stderr", ("ask",)),
    "quiet": Flag(("--quiet", "-q"), bool, "Errors only on stderr", ("all",)),
    "verbose": Flag(("--verbose", "-v"), bool, "Request id, status and timing on stderr", ("all",)),
    "color": Flag(
        ("--color",), str, "Colours: auto, always or never", ("all",), value="WHEN", choices=("auto", "always", "never")
    ),
    "plain": Flag(
        ("--plain",), bool, "Complete lines only, no redrawing (also for screen readers)", ("all",), setting="ui.plain",
        given=True,
    ),
}  # fmt: skip


@frozen
class Flags:
    """The flags of one run; None, False and () stand for a flag that was not given."""

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
    template: str | None = None
    var: tuple[str, ...] = ()
    no_stream: bool = False
    no_md: bool = False
    raw: bool = False
    logprobs: bool = False
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
    usage: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str | None = None
    plain: bool = False

    @property
    def chosen_model(self) -> str:
        """The model that was named, the first where there are several; empty for none."""
        return self.model[0] if self.model else ""

    def over(self, earlier: Flags) -> Flags:
        """Return both together: what is given here wins, options add up."""
        joined: dict[str, Any] = {}
        for item in fields(self):
            mine, theirs = getattr(self, item.name), getattr(earlier, item.name)
            adds_up = isinstance(mine, tuple) and item.name != "model"
            joined[item.name] = (*theirs, *mine) if adds_up else theirs if _is_absent(mine) else mine
        return Flags(**joined)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the request parameters that have flags of their own, as `-o` would give them."""
        return tuple(
            (flag.parameter, _as_text(given))
            for name, flag in FLAGS.items()
            if flag.parameter and (given := getattr(self, name)) not in (None, ())
        )

    def settings(self) -> tuple[tuple[str, Any, str], ...]:
        """Return what the flags set: the dotted name of the setting, its value, and the flag that set it."""
        return tuple(
            (flag.setting, _single(value) if flag.given is None else flag.given, flag.names[0])
            for name, flag in FLAGS.items()
            if flag.setting and not _is_absent(value := getattr(self, name))
        )


def _as_text(given: Any) -> str:
    """Return a value as `-o` would have it: several as a JSON list."""
    import json

    if isinstance(given, tuple):
        return given[0] if len(given) == 1 else json.dumps(given, ensure_ascii=False)
    return str(given)


def flags_of(*scopes: FlagScope) -> dict[str, Flag]:
    """Return the flags that a command takes."""
    return {name: flag for name, flag in FLAGS.items() if set(flag.where) & {*scopes, "all"}}


def _single(given: Any) -> Any:
    return given[0] if isinstance(given, tuple) else given


def _is_absent(given: Any) -> bool:
    return given is None or given is False or given == ()  # 0 seconds equal False, and are a value
