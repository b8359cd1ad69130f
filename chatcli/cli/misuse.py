"""Words the parser's errors as ours: in one form, with the probable intention."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from chatcli.errors import UsageError
from chatcli.language import N_, _
from chatcli.text.similar import ask_whether, similar

# Names that other programs have for what ours has under another name, or does not need.
_KEYS = N_("`chat keys set PROVIDER` saves a key, and --key-env NAME names the variable that holds one")
_QUESTION = N_('the question needs no option: `chat ask "..."`')
FLAG_MEANINGS: dict[str, str] = {
    **dict.fromkeys(("api-key", "apikey", "key", "token", "secret"), _KEYS),
    **dict.fromkeys(
        ("url", "api-base", "api-url", "endpoint", "host", "server"), N_("--base-url URL sets the endpoint")
    ),
    **dict.fromkeys(("tokens", "length", "max-length", "num-predict"), N_("--max-tokens N limits the answer")),
    **dict.fromkeys(("no-color", "nocolor", "no-colour", "colour"), N_("--color never turns colors off")),
    **dict.fromkeys(("output", "out", "output-file"), N_("`> FILE` writes the answer to a file")),
    **dict.fromkeys(
        ("format", "output-format"), N_("--json prints events, -x only the code, --schema structured data")
    ),
    **dict.fromkeys(("interactive", "repl"), N_("`chat` without a question starts a conversation")),
    **dict.fromkeys(("history", "list", "sessions", "chats"), N_("`chat sessions` lists the stored chats")),
    **dict.fromkeys(("prompt", "question", "message", "query"), _QUESTION),
    **dict.fromkeys(("attach", "attachment", "document", "input"), N_("--file PATH attaches a file")),
    **dict.fromkeys(("img", "picture", "photo"), N_("--image PATH attaches an image")),
    **dict.fromkeys(
        ("think", "thinking", "reasoning", "reasoning-effort"), N_("--effort LEVEL sets the reasoning effort")
    ),
    **dict.fromkeys(("session", "chat", "conversation", "id", "cid"), N_("--resume CHAT continues a stored chat")),
    **dict.fromkeys(("param", "parameter", "set"), N_("-o NAME VALUE sets a request parameter")),
    **dict.fromkeys(("role", "persona", "instructions", "sys"), N_("--system TEXT sets the system prompt")),
    **dict.fromkeys(("save", "log"), N_("chats are saved unless --no-log is given")),
    **dict.fromkeys(("plaintext", "no-markdown", "markdown"), N_("--no-md shows an answer without Markdown rendering")),
    "temp": N_("--temperature N sets the sampling temperature"),
    "stream": N_("answers are streamed unless --no-stream is given"),
    "stdin": N_("stdin is read unless --no-stdin is given"),
    "new": N_("every `chat ask` starts a new chat unless -c or -r is given"),
    "debug": N_("--verbose shows request details"),
    "silent": N_("--quiet shows errors only"),
    "last": N_("--continue continues the most recent chat"),
    "n": N_("--answers N asks for several answers"),
}
COMMAND_MEANINGS: dict[str, str] = {
    **dict.fromkeys(("login", "setup", "init", "auth", "configure"), N_("`chat connect` sets a model up")),
    **dict.fromkeys(("history", "list", "ls", "chats", "conversations"), N_("`chat sessions` lists the stored chats")),
    **dict.fromkeys(("resume", "open", "load"), N_("`chat -r CHAT` continues a stored chat")),
    **dict.fromkeys(("new", "start", "repl"), N_("`chat` starts a conversation")),
    **dict.fromkeys(("settings", "set"), N_("`chat config` shows the settings")),
    **dict.fromkeys(("search", "export", "import", "delete", "rename"), N_("`chat sessions {name}` does that")),
    "continue": N_("`chat -c` continues the most recent chat"),
    "key": N_("`chat keys` manages saved keys"),
    "version": N_("`chat --version` shows the version"),
}
_SUBCOMMAND_MEANINGS = {"rm": ("delete", "remove"), "del": ("delete", "remove"), "ls": ("list",), "add": ("set",)}
_SUBCOMMAND_MEANINGS |= {"delete": ("remove",), "remove": ("delete",), "get": ("show",), "mv": ("rename",)}

_PLACES = {
    "int": N_("a whole number"),
    "int range": N_("a whole number"),
    "float": N_("a number"),
    "float range": N_("a number"),
}
# What the parser says, and what we say instead.
_FORMS: tuple[tuple[str, str], ...] = (
    (r"Option '(?P<name>[^']*)' requires an argument", N_("{name} needs a value")),
    (r"Option '(?P<name>[^']*)' does not take a value", N_("{name} takes no value")),
    (r"Missing argument '(?P<name>[^']*)'", N_("{name} is missing")),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<value>.*)\)", N_("unexpected argument {value}")),
    (
        r"Invalid value for '(?P<name>[^']*)': '(?P<value>.*)' is not a valid (?P<kind>.*)",
        N_("invalid value {value} for {name}: use {kind}"),
    ),
    (
        r"Invalid value for '(?P<name>[^']*)': (?P<value>.*) is not in the range .*?>=(?P<least>\d+)",
        N_("invalid value {value} for {name}: use {least} or more"),
    ),
)
_LONG_FLAG = re.compile(r"--[a-z-]+")
_LIKE = 0.7
_NO_COMMAND = re.compile(r"No such command '(.*?)'.*", re.DOTALL)


def usage_error(misuse: Any) -> UsageError:
    """Return the parser's error *misuse* in our own form."""
    context = misuse.ctx
    path = context.command_path if context else "chat"
    helps = _("{command} lists the options", command=f"`{path} --help`")
    if (name := getattr(misuse, "option_name", "")) and hasattr(misuse, "possibilities"):
        meant = meant_flag(name, _flags_of(context) or misuse.possibilities or ())
        return UsageError(_("unknown option {name}", name=name), hint=_sentences(meant, helps))
    message = misuse.format_message().rstrip(".")
    if found := _NO_COMMAND.fullmatch(message):
        meant = meant_subcommand(found[1], getattr(context.command, "commands", ()) if context else (), path)
        what = _("unknown command {command}", command=f"`{path} {found[1]}`")
        lists = _("{command} lists them", command=f"`{path} --help`")
        return UsageError(what, hint=_sentences(meant, lists))
    for form, words in _FORMS:
        if told := re.fullmatch(form, message, re.DOTALL):
            return UsageError(_(words, **_places(told)), hint=helps)
    return UsageError(f"{message[:1].lower()}{message[1:]}", hint=helps)


def meant_flag(name: str, known: Iterable[str]) -> str:
    """Return what the unknown flag *name* probably means, "" if nothing is known."""
    bare, flags = name.lstrip("-").replace("_", "-").lower(), set(known)
    meaning = FLAG_MEANINGS.get(bare, "")
    if meaning and flags.issuperset(_LONG_FLAG.findall(meaning)):
        return _(meaning)
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


def _places(told: re.Match[str]) -> dict[str, str]:
    """Return the places of what the parser *told*, as we write them."""
    places = told.groupdict()
    if "name" in places:
        places["name"] = places["name"].replace("' / '", " / ")
    if "value" in places:
        places["value"] = f"`{places['value']}`"
    if "kind" in places:
        places["kind"] = _(_PLACES.get(places["kind"], places["kind"]))
    return places


def _sentences(*hints: str) -> str:
    """Join *hints*: a question ends itself, and any other is followed by a semicolon."""
    first, *rest = filter(None, hints)
    if not rest:
        return first
    if first.endswith(("?", "？")):
        return _("{meant} {hint}", meant=first, hint=rest[0])
    return _("; ").join((first, *rest))
