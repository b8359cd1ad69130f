"""Words the parser's errors as ours: one form for all, with what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from chatcli.errors import UsageError
from chatcli.text.similar import ask_whether, similar

# Names that other programs have for what ours has under another name, or does not need.
_KEYS = "`chat keys set PROVIDER` saves a key, and --key-env NAME names the variable that holds one"
_QUESTION = 'the question needs no option: chat ask "..."'
FLAG_MEANINGS: dict[str, str] = {
    **dict.fromkeys(("api-key", "apikey", "key", "token", "secret"), _KEYS),
    **dict.fromkeys(("url", "api-base", "api-url", "endpoint", "host", "server"), "--base-url URL sets the endpoint"),
    **dict.fromkeys(("tokens", "length", "max-length", "num-predict"), "--max-tokens N limits the answer"),
    **dict.fromkeys(("no-color", "nocolor", "no-colour", "colour"), "--color never turns colors off"),
    **dict.fromkeys(("output", "out", "output-file"), "`> FILE` writes the answer to a file"),
    **dict.fromkeys(("format", "output-format"), "--json prints events, -x only the code, --schema structured data"),
    **dict.fromkeys(("interactive", "repl"), "`chat` without a question starts a conversation"),
    **dict.fromkeys(("history", "list", "sessions", "chats"), "`chat sessions` lists the stored chats"),
    **dict.fromkeys(("prompt", "question", "message", "query"), _QUESTION),
    **dict.fromkeys(("attach", "attachment", "document", "input"), "--file PATH attaches a file"),
    **dict.fromkeys(("img", "picture", "photo"), "--image PATH attaches an image"),
    **dict.fromkeys(("think", "thinking", "reasoning", "reasoning-effort"), "--effort LEVEL sets the reasoning effort"),
    **dict.fromkeys(("session", "chat", "conversation", "id", "cid"), "--resume CHAT continues a stored chat"),
    **dict.fromkeys(("param", "parameter", "set"), "-o NAME VALUE sets a request parameter"),
    **dict.fromkeys(("role", "persona", "instructions", "sys"), "--system TEXT sets the system prompt"),
    **dict.fromkeys(("save", "log"), "chats are saved unless --no-log is given"),
    **dict.fromkeys(("plaintext", "no-markdown", "markdown"), "--no-md shows an answer without Markdown rendering"),
    "temp": "--temperature N sets the sampling temperature",
    "stream": "answers are streamed unless --no-stream is given",
    "stdin": "stdin is read unless --no-stdin is given",
    "new": "every `chat ask` starts a new chat unless -c or -r is given",
    "debug": "--verbose shows request details",
    "silent": "--quiet shows errors only",
    "last": "--continue continues the most recent chat",
    "n": "--answers N asks for several answers",
}
COMMAND_MEANINGS: dict[str, str] = {
    **dict.fromkeys(("login", "setup", "init", "auth", "configure"), "`chat connect` sets a model up"),
    **dict.fromkeys(("history", "list", "ls", "chats", "conversations"), "`chat sessions` lists the stored chats"),
    **dict.fromkeys(("resume", "open", "load"), "`chat -r CHAT` continues a stored chat"),
    **dict.fromkeys(("new", "start", "repl"), "`chat` starts a conversation"),
    **dict.fromkeys(("settings", "set"), "`chat config` shows the settings"),
    **dict.fromkeys(("search", "export", "import", "delete", "rename"), "`chat sessions {}` does that"),
    "continue": "`chat -c` continues the most recent chat",
    "key": "`chat keys` manages saved keys",
    "version": "`chat --version` shows the version",
}
_SUBCOMMAND_MEANINGS = {"rm": ("delete", "remove"), "del": ("delete", "remove"), "ls": ("list",), "add": ("set",)}
_SUBCOMMAND_MEANINGS |= {"delete": ("remove",), "remove": ("delete",), "get": ("show",), "mv": ("rename",)}

_PLACES = {"int": "a whole number", "int range": "a whole number", "float": "a number", "float range": "a number"}
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"Option '(?P<name>[^']*)' requires an argument", lambda found: f"{found['name']} needs a value"),
    (r"Option '(?P<name>[^']*)' does not take a value", lambda found: f"{found['name']} takes no value"),
    (r"Missing argument '(?P<name>[^']*)'", lambda found: f"{found['name']} is missing"),
    (
        r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.*)\)",
        lambda found: f"unexpected argument `{found['name']}`",
    ),
    (
        r"Invalid value for '(?P<name>[^']*)': '(?P<value>.*)' is not a valid (?P<kind>.*)",
        lambda found: (
            f"invalid value `{found['value']}` for {_flag(found['name'])}: "
            f"use {_PLACES.get(found['kind'], found['kind'])}"
        ),
    ),
)
_LONG_FLAG = re.compile(r"--[a-z-]+")
_LIKE = 0.7
_NO_COMMAND = re.compile(r"No such command '(.*?)'.*", re.DOTALL)


def usage_error(misuse: Any) -> UsageError:
    """Return the parser's error *misuse* in our own form."""
    context = misuse.ctx
    path = context.command_path if context else "chat"
    helps = f"`{path} --help` lists the options"
    if (name := getattr(misuse, "option_name", "")) and hasattr(misuse, "possibilities"):
        meant = meant_flag(name, _flags_of(context) or misuse.possibilities or ())
        return UsageError(f"unknown option {name}", hint=_sentences(meant, helps))
    message = misuse.format_message().rstrip(".")
    if found := _NO_COMMAND.fullmatch(message):
        meant = meant_subcommand(found[1], getattr(context.command, "commands", ()) if context else (), path)
        return UsageError(f"unknown command `{path} {found[1]}`", hint=_sentences(meant, f"`{path} --help` lists them"))
    for form, words in _FORMS:
        if told := re.fullmatch(form, message, re.DOTALL):
            return UsageError(words(told), hint=helps)
    return UsageError(f"{message[:1].lower()}{message[1:]}", hint=helps)


def meant_flag(name: str, known: Iterable[str]) -> str:
    """Return what the unknown flag *name* probably means, "" if nothing is known."""
    bare, flags = name.lstrip("-").replace("_", "-").lower(), set(known)
    meaning = FLAG_MEANINGS.get(bare, "")
    if meaning and flags.issuperset(_LONG_FLAG.findall(meaning)):
        return meaning
    by_name = {flag.removeprefix("--"): flag for flag in flags if flag.startswith("--")}
    first = bare.partition("-")[0]
    near = similar(bare, by_name, like=_LIKE) or [first] * (first in by_name)
    return ask_whether([f"`{by_name[one]}`" for one in near], form="{}")


def meant_subcommand(name: str, known: Collection[str], path: str) -> str:
    """Return which of the subcommands *known* of *path* the word *name* probably means."""
    others = [word for word in _SUBCOMMAND_MEANINGS.get(name, ()) if word in known]
    return ask_whether(others or similar(name, known), form=f"`{path} {{}}`")


def _flags_of(context: Any) -> list[str]:
    """Return the flags that *context* takes, rare ones too, which its help does not list."""
    return [name for parameter in context.command.params for name in parameter.opts] if context else []


def _flag(names: str) -> str:
    return names.replace("' / '", " / ")


def _sentences(*hints: str) -> str:
    """Join *hints*: a question ends itself, and any other is followed by a semicolon."""
    first, *rest = filter(None, hints)
    return f"{first}{' ' if first.endswith('?') else '; '}{rest[0]}" if rest else first
