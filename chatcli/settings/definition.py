"""The whole of what may be set: one field is one setting, with its type, default, help, and who may set it.

Everything else that knows settings (reading, `chat config`, the example file, the manual) reads it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from chatcli.records import MISSING, field, fields, frozen
from chatcli.settings.kinds import (
    EXAMPLES,
    FLAG,
    HEADERS,
    NAME,
    PRICE,
    TABLE,
    TEXT,
    URL,
    VARIABLE,
    WORDS,
    ValueKind,
    choice_kind,
    choice_or_path_kind,
    number_kind,
    whole_kind,
)
from chatcli.settings.names import Name

LayerName: TypeAlias = Literal["flag", "environment", "project", "user"]
PRECEDENCE: tuple[LayerName, ...] = ("flag", "environment", "project", "user")  # the earlier wins

THEMES = (
    *("auto", "light", "dark", "none", "solarized-dark", "solarized-light", "gruvbox-dark", "gruvbox-light"),
    *("nord", "dracula", "contrast-dark", "contrast-light"),
)

Counts: TypeAlias = Literal["now", "next chat", "next start"]

_USER: frozenset[LayerName] = frozenset({"flag", "environment", "user"})
_ANYBODY: frozenset[LayerName] = _USER | {"project"}


@frozen
class About:
    """What a setting's field says beside its type: *sample* stands in the example file where there is no default.

    *counts* says from when on a change is in force while `chat` runs.
    """

    kind: ValueKind
    help: str
    by: frozenset[LayerName] = _USER
    sample: object = None
    counts: Counts = "now"


def _option(
    default: Any,
    kind: ValueKind,
    help: str,
    *,
    by: frozenset[LayerName] = _USER,
    sample: object = None,
    counts: Counts = "now",
) -> Any:
    about = {"about": About(kind, help, by, sample, counts)}
    return field(default_factory=dict, metadata=about) if default == {} else field(default=default, metadata=about)


@frozen
class Defaults:
    """What a chat begins with."""

    provider: str = _option(
        "", TEXT, "Who answers: a known provider or one of [providers]; empty: the one with a key", counts="next chat"
    )
    model: str = _option("", TEXT, "Model; empty: the one the provider suggests", by=_ANYBODY, counts="next chat")
    system: str = _option("", TEXT, "System prompt; empty: none is sent", by=_ANYBODY, counts="next chat")
    name: str = _option("", NAME, "Your name as models are told it, such as ann; empty: none is sent")
    temperature: float | None = _option(
        None,
        number_kind(0, 2),
        "Sampling temperature, 0 to 2; not sent unless set",
        by=_ANYBODY,
        sample=1.0,
        counts="next chat",
    )
    stream: bool = _option(True, FLAG, "Show the answer while it is written")
    overflow: Literal["oldest", "ask", "error"] = _option(
        "oldest",
        choice_kind("oldest", "ask", "error"),
        "When the chat outgrows the window: leave out the oldest turns, ask first, or stop",
    )
    compact_at: float = _option(
        0, number_kind(0, 1), "Share of the window from which on a chat is summed up by itself, such as 0.8; 0: never"
    )
    attach_ask: int = _option(
        20_000,
        whole_kind(0),
        "Tokens from mentions and folders above which you are asked before they are sent; 0: never",
    )
    max_wait: float = _option(60, number_kind(0), "Longest wait in seconds that a rate limit may ask for")
    timeout: float = _option(120, number_kind(0.1), "Longest silence in seconds within an answer")
    first_byte_timeout: float = _option(300, number_kind(0.1), "Longest silence in seconds before an answer begins")
    budget: float = _option(0, number_kind(0), "US dollars a day after which a warning is shown; 0: none")
    log: bool = _option(True, FLAG, "Keep conversations, on this machine alone")
    retry_ambiguous: bool = _option(False, FLAG, "Send a request again that the server may have processed (and billed)")


@frozen
class ProviderSettings:
    """What is set for one provider, known or the user's own."""

    base_url: str = _option("", URL, "Address, such as https://api.example.com/v1; empty: the provider's own")
    kind: str = _option("", TEXT, "Known provider whose wire habits this one shares; empty: judged by the host")
    model: str = _option("", TEXT, "Model where defaults.model is empty")
    api_key_env: str = _option("", VARIABLE, "Variable that holds the key")
    api_key_cmd: tuple[str, ...] = _option((), WORDS, 'Command that prints the key, such as ["pass", "openai"]')
    api_key_keyring: bool = _option(False, FLAG, "Take the key from the system's keyring")
    api_version: str = _option("", TEXT, "Version in the query, which Azure's deployments want, such as 2024-10-21")
    headers: Mapping[str, str] = _option({}, HEADERS, 'More headers, such as { X-Title = "chat" }; never keys')
    ca_file: str = _option("", TEXT, "Certificates to trust for this provider, a PEM file")
    allow_insecure_http: bool = _option(False, FLAG, "Send the key over http:// to another machine")
    rpm: int = _option(0, whole_kind(0), "Most requests a minute; 0: no limit")
    tpm: int = _option(0, whole_kind(0), "Most tokens a minute; 0: no limit")
    concurrency: int = _option(0, whole_kind(0), "Most requests at a time; 0: no limit")


@frozen
class ModelSettings:
    """What is set for one model, under the name it is asked for by."""

    context: int = _option(0, whole_kind(0), "Size of the window in tokens; 0: ask the server", counts="next chat")
    params: Mapping[str, Any] = _option(
        {}, TABLE, "Request parameters, such as { temperature = 0.2 }; empty: none", counts="next chat"
    )
    price: Mapping[str, Any] = _option(
        {},
        PRICE,
        "US dollars for a million tokens, such as { input = 2.5, output = 10.0 }; empty: as publicly known",
        counts="next chat",
    )
    extra_body: Mapping[str, Any] = _option(
        {}, TABLE, "More fields of the request, as the provider knows them", counts="next chat"
    )


@frozen
class TemplateSettings:
    """What is asked again and again, with places for what changes."""

    help: str = _option("", TEXT, "What it is for, in a line")
    system: str = _option("", TEXT, "System prompt; {{date}}, {{os}} and your own {{NAME=default}} are filled in")
    prompt: str = _option("", TEXT, "Question; {{input}} is what is asked or piped in, {{file:PATH}} a file")
    params: Mapping[str, Any] = _option({}, TABLE, "Request parameters, such as { temperature = 0.2 }")
    model: str = _option("", TEXT, "Model; empty: the one in use")
    provider: str = _option("", TEXT, "Provider; empty: the one in use")
    examples: tuple[Mapping[str, str], ...] = _option(
        (), EXAMPLES, 'Questions and answers to go by, such as [{ user = "2 + 2", assistant = "4" }]'
    )
    extract: bool = _option(False, FLAG, "Only the first block of code goes out")
    each: Literal["", "line"] = _option("", choice_kind("", "line"), "line: a request for each line of stdin")


@frozen
class Ui:
    """How the terminal looks and behaves."""

    theme: str = _option(
        "auto",
        choice_or_path_kind(*THEMES, what="a rich theme file"),
        "Colours: auto, light, dark, none, the name of a scheme, or a path to a rich theme file",
    )
    markdown: bool = _option(True, FLAG, "Render Markdown on a terminal")
    reasoning: Literal["folded", "shown", "hidden"] = _option(
        "folded", choice_kind("folded", "shown", "hidden"), "What the model thinks: folded, shown or hidden"
    )
    edit_mode: Literal["emacs", "vi"] = _option(
        "emacs", choice_kind("emacs", "vi"), "Keys of the prompt: emacs or vi", counts="next start"
    )
    enter: Literal["send", "newline"] = _option(
        "send", choice_kind("send", "newline"), "What Enter does: send or newline", counts="next start"
    )
    ctrl_c_exit: bool = _option(True, FLAG, "A second Ctrl+C at an empty prompt leaves", counts="next start")
    plain: bool = _option(
        False, FLAG, "Complete lines only: no redrawing, no toolbar (also for screen readers)", counts="next start"
    )
    ascii: bool = _option(False, FLAG, "Draw with ASCII only")
    escape_wait_ms: int = _option(
        50, whole_kind(0, 5000), "Milliseconds after which Esc is a key of its own", counts="next start"
    )


@frozen
class Settings:
    """All settings as they are in force; tables are read-only, and so must be whatever stands in them."""

    defaults: Defaults = field(default_factory=Defaults)
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    models: Mapping[str, ModelSettings] = field(default_factory=dict)
    templates: Mapping[str, TemplateSettings] = field(default_factory=dict)
    ui: Ui = field(default_factory=Ui)


@frozen
class Setting:
    """One setting; in its name `*` stands for the name of a provider or model."""

    name: Name
    about: About
    default: Any


SECTIONS: Mapping[str, type] = {
    "defaults": Defaults,
    "providers": ProviderSettings,
    "models": ModelSettings,
    "templates": TemplateSettings,
    "ui": Ui,
}
NAMED = frozenset({"providers", "models", "templates"})  # sections that hold a table for each name


def _settings_of(section: str) -> list[Setting]:
    stem = (section, "*") if section in NAMED else (section,)
    return [
        Setting(
            (*stem, item.name),
            item.metadata["about"],
            item.default if item.default is not MISSING else {},
        )
        for item in fields(SECTIONS[section])
    ]


SETTINGS: tuple[Setting, ...] = tuple(setting for section in SECTIONS for setting in _settings_of(section))
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def find_setting(name: Name) -> Setting | None:
    """Return the setting that *name* names, None where there is none."""
    if len(name) == 3 and name[0] in NAMED:
        return _BY_NAME.get((name[0], "*", name[2]))
    return _BY_NAME.get(name) if len(name) == 2 else None


def is_table(name: Name) -> bool:
    """Tell whether *name* is a table that holds settings, and not a setting."""
    return not name or (name[0] in SECTIONS and len(name) < (3 if name[0] in NAMED else 2))
