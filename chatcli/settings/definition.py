"""Defines all settings: one field per setting, with its type, default, help, and the layers that may set it.

Everything else that uses settings (loading, `chat config`, the example file, the manual) derives from these fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chatcli.language import N_
from chatcli.records import MISSING, field, fields, frozen
from chatcli.settings.bindings import Bindings
from chatcli.settings.kinds import (
    AUTO,
    EXAMPLES,
    FLAG,
    HEADERS,
    LANGUAGE,
    NAME,
    NAMES,
    PRICE,
    TABLE,
    TEXT,
    URL,
    VARIABLE,
    WORDS,
    choice_kind,
    choice_or_path_kind,
    number_kind,
    whole_kind,
)
from chatcli.settings.names import Name
from chatcli.settings.option import ANYBODY as _ANYBODY
from chatcli.settings.option import About
from chatcli.settings.option import option as _option

_THEME_FILE = N_("a rich theme file")
THEMES = (
    *("auto", "light", "dark", "none", "solarized-dark", "solarized-light", "gruvbox-dark", "gruvbox-light"),
    *("nord", "dracula", "contrast-dark", "contrast-light"),
)


@frozen
class Defaults:
    """Defaults of a new chat."""

    provider: str = _option(
        "", TEXT, "Provider: a built-in one or one of [providers]; empty: one whose key is set", counts="next chat"
    )
    model: str = _option("", TEXT, "Model; empty: the provider's default", by=_ANYBODY, counts="next chat")
    system: str = _option("", TEXT, "System prompt; empty: none", by=_ANYBODY, counts="next chat")
    name: str = _option("", NAME, "Your name as sent to the model, e.g. ann; empty: not sent")
    temperature: float | None = _option(
        None,
        number_kind(0, 2),
        "Sampling temperature, 0 to 2; not sent unless set",
        by=_ANYBODY,
        sample=1.0,
        counts="next chat",
    )
    stream: bool = _option(True, FLAG, "Stream answers as they are generated")
    overflow: Literal["oldest", "ask", "error"] = _option(
        "oldest",
        choice_kind("oldest", "ask", "error"),
        "When the chat exceeds the context window: leave out the oldest turns, ask first, or stop",
    )
    compact_at: float = _option(
        0, number_kind(0, 1), "Compact the chat once this share of the window is used, e.g. 0.8; 0 turns it off"
    )
    attach_ask: int = _option(
        20_000,
        whole_kind(0),
        "Ask before sending more than this many tokens of mentioned files and folders; 0: never",
    )
    max_wait: float = _option(60, number_kind(0), "Longest rate-limit wait, in seconds")
    timeout: float = _option(120, number_kind(0.1), "Longest silence during an answer, in seconds")
    first_byte_timeout: float = _option(300, number_kind(0.1), "Longest silence before an answer starts, in seconds")
    fallback: str = _option("", TEXT, "Model to ask if the chosen one cannot be had, as model or provider/model")
    budget: float = _option(0, number_kind(0), "Warn above this many US dollars a day; 0 turns it off")
    budget_stop: float = _option(
        0, number_kind(0), "Send nothing beyond this many US dollars a day, and limit answers to it; 0 turns it off"
    )
    log: bool = _option(True, FLAG, "Save chats, on this machine only")
    retry_ambiguous: bool = _option(False, FLAG, "Retry requests the server may already have processed (and billed)")


@frozen
class ProviderSettings:
    """Settings of one provider, built-in or the user's own."""

    base_url: str = _option("", URL, "Base URL, e.g. https://api.example.com/v1; empty: the provider's own")
    kind: str = _option("", TEXT, "Built-in provider whose dialect this one speaks; empty: inferred from the host")
    model: str = _option("", TEXT, "Default model of this provider")
    api_key_env: str = _option("", VARIABLE, "Environment variable with the key")
    api_key_cmd: tuple[str, ...] = _option((), WORDS, 'Command that prints the key, e.g. ["pass", "openai"]')
    api_key_keyring: bool = _option(False, FLAG, "Read the key from the system keyring")
    api_version: str = _option("", TEXT, "API version in the query, for Azure deployments, e.g. 2024-10-21")
    headers: Mapping[str, str] = _option({}, HEADERS, 'Extra headers, e.g. { X-Title = "chat" }; never keys')
    ca_file: str = _option("", TEXT, "CA certificates for this provider (PEM file)")
    allow_insecure_http: bool = _option(False, FLAG, "Allow sending the key over plain http:// to another machine")
    rpm: int = _option(0, whole_kind(0), "Max requests per minute; 0 = unlimited")
    tpm: int = _option(0, whole_kind(0), "Max tokens per minute; 0 = unlimited")
    concurrency: int = _option(0, whole_kind(0), "Max concurrent requests; 0 = unlimited")


@frozen
class ModelSettings:
    """Settings of one model, under the name that requests use."""

    context: int = _option(0, whole_kind(0), "Context window in tokens; 0: ask the server", counts="next chat")
    params: Mapping[str, Any] = _option(
        {}, TABLE, "Request parameters, e.g. { temperature = 0.2 }; empty: none", counts="next chat"
    )
    price: Mapping[str, Any] = _option(
        {},
        PRICE,
        "US dollars per million tokens, e.g. { input = 2.5, output = 10.0 }; empty: public price",
        counts="next chat",
    )
    extra_body: Mapping[str, Any] = _option(
        {}, TABLE, "Extra fields of the request body, specific to the provider", counts="next chat"
    )


@frozen
class TemplateSettings:
    """A reusable prompt with placeholders."""

    help: str = _option("", TEXT, "One-line description")
    system: str = _option("", TEXT, "System prompt; {{date}}, {{os}} and your own {{NAME=default}} are filled in")
    prompt: str = _option("", TEXT, "Question; {{input}} is the text asked or piped in, {{file:PATH}} a file")
    params: Mapping[str, Any] = _option({}, TABLE, "Request parameters, e.g. { temperature = 0.2 }")
    model: str = _option("", TEXT, "Model; empty: the current one")
    provider: str = _option("", TEXT, "Provider; empty: the current one")
    examples: tuple[Mapping[str, str], ...] = _option(
        (), EXAMPLES, 'Example questions and answers, e.g. [{ user = "2 + 2", assistant = "4" }]'
    )
    extract: bool = _option(False, FLAG, "Print only the first code block")
    each: Literal["", "line"] = _option("", choice_kind("", "line"), "line: send one request per line of stdin")


@frozen
class Ui:
    """Look and behaviour of the terminal interface."""

    theme: str = _option(
        "auto",
        choice_or_path_kind(*THEMES, what=_THEME_FILE),
        "Colours: auto, light, dark, none, the name of a scheme, or a path to a rich theme file",
    )
    language: str = _option(
        AUTO, LANGUAGE, "Language of messages and help: en, zh, or auto, that of the locale", counts="next start"
    )
    markdown: bool = _option(True, FLAG, "Render Markdown on a terminal")
    reasoning: Literal["folded", "shown", "hidden"] = _option(
        "folded", choice_kind("folded", "shown", "hidden"), "Show reasoning: folded, shown or hidden"
    )
    edit_mode: Literal["emacs", "vi"] = _option(
        "emacs", choice_kind("emacs", "vi"), "Key bindings of the prompt: emacs or vi", counts="next start"
    )
    enter: Literal["send", "newline"] = _option(
        "send", choice_kind("send", "newline"), "What Enter does: send or newline", counts="next start"
    )
    ctrl_c_exit: bool = _option(True, FLAG, "Quit on a second Ctrl+C at an empty prompt", counts="next start")
    plain: bool = _option(
        False, FLAG, "Whole lines, no redrawing, no toolbar (for screen readers)", counts="next start"
    )
    ascii: bool = _option(False, FLAG, "Draw with ASCII only")
    hints: bool = _option(True, FLAG, "Show a tip at the start, and hints when they help, each once")
    title: bool = _option(True, FLAG, "Show the chat's title in the title of the terminal window", counts="next start")
    alert: Literal["bell", "desktop", "off"] = _option(
        "bell",
        choice_kind("bell", "desktop", "off"),
        "After an answer of over 10 s, in a window without focus: bell, desktop notification, or off",
    )
    escape_wait_ms: int = _option(
        50, whole_kind(0, 5000), "How long to wait before a lone Esc counts, in ms", counts="next start"
    )


@frozen
class ToolSettings:
    """Functions that models may call; the built-in ones are now, calculate, read_file, fetch_url and run."""

    enabled: tuple[str, ...] = _option(
        (),
        NAMES,
        'Built-in tools, MCP servers, and files or functions of the folder tools/, e.g. ["now"]',
        counts="next start",
    )
    allow: tuple[str, ...] = _option(
        (), NAMES, "Tools, files of tools, or MCP servers, that run without asking", counts="next start"
    )
    ask: tuple[str, ...] = _option((), NAMES, "Tools that always ask; overrides allow", counts="next start")
    deny: tuple[str, ...] = _option((), NAMES, "Tools that never run; overrides ask and allow", counts="next start")
    root: str = _option("", TEXT, "Folder that read_file may read; empty: the working directory", counts="next start")
    rounds: int = _option(10, whole_kind(1, 1000), "Max rounds of tool calls for one question", counts="next start")
    timeout: float = _option(60, number_kind(0.1), "Time limit of a tool call, in seconds", counts="next start")


@frozen
class Settings:
    """All settings in effect; tables and their values are read-only."""

    defaults: Defaults = field(default_factory=Defaults)
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    models: Mapping[str, ModelSettings] = field(default_factory=dict)
    templates: Mapping[str, TemplateSettings] = field(default_factory=dict)
    ui: Ui = field(default_factory=Ui)
    tools: ToolSettings = field(default_factory=ToolSettings)
    bindings: Bindings = field(default_factory=Bindings)


@frozen
class Setting:
    """One setting; `*` in its name stands for the name of a provider or model."""

    name: Name
    about: About
    default: Any


SECTIONS: Mapping[str, type] = {
    "defaults": Defaults,
    "providers": ProviderSettings,
    "models": ModelSettings,
    "templates": TemplateSettings,
    "ui": Ui,
    "tools": ToolSettings,
    "bindings": Bindings,
}
NAMED = frozenset({"providers", "models", "templates"})  # sections with one table per name


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
    """Return the setting called *name*, None if there is none."""
    if len(name) == 3 and name[0] in NAMED:
        return _BY_NAME.get((name[0], "*", name[2]))
    return _BY_NAME.get(name) if len(name) == 2 else None


def is_table(name: Name) -> bool:
    """Return whether *name* is a table of settings rather than a setting."""
    return not name or (name[0] in SECTIONS and len(name) < (3 if name[0] in NAMED else 2))
