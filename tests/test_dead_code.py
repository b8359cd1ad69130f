"""Every name of the program is used by the program: what only tests use, or nothing, goes."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

from vulture import Vulture

import chatcli
from chatcli.cli.table import COMMANDS
from chatcli.flags import Flags
from chatcli.settings.definition import Settings

# Functions that are found by what decorates them: slash commands, keys.
FOUND_BY_DECORATOR = ["@command", "@saves", "@keys.add", "@bindings.add"]

# Names that libraries and the interpreter call.
CALLED_BY_OTHERS = {
    "click and typer": [
        *("__signature__", "allow_extra_args", "allow_interspersed_args", "context_class", "format_options"),
        *("make_formatter", "write_text", "write_usage"),
    ],
    "context managers": ["trace"],
    "httpx": ["cookies", "extract_cookies"],
    "io": ["_descriptor"],  # kept so that its number stays taken
    "packaging": ["DISTRIBUTION"],
    "markdown-it": ["normalizeLinkText", "validateLink"],
    "prompt_toolkit": [
        "_last_screen",
        "_on_resize",
        "apply_transformation",
        "cooked_mode",
        "erase_down",
        "flush_keys",
        "get_completions",
        "get_strings",
        "on_cursor_position_changed",
        "on_text_changed",
        "read_keys",
        "store_string",
        "timeoutlen",
        "ttimeoutlen",
    ],
    "anyio": ["deadline"],
    "mcp": [
        "get_client_info",
        "get_tokens",
        "set_client_info",
        "set_tokens",
        "token_endpoint_auth_method",
        "token_expiry_time",
    ],
    "sqlite3": ["row_factory", "text_factory"],
}


def named_in_tables() -> set[str]:
    """Return what is found by its name in a table: handlers of commands, flags, settings."""
    handlers = {command.handler.partition(":")[2] for command in COMMANDS}
    sections = [section for section in get_type_hints(Settings).values() if isinstance(section, type)]
    return handlers.union(*(get_type_hints(record) for record in (Flags, *sections)))


def test_no_name_is_unused() -> None:
    known = [*named_in_tables(), *(name for names in CALLED_BY_OTHERS.values() for name in names)]
    searched = Vulture(ignore_names=known, ignore_decorators=FOUND_BY_DECORATOR)

    searched.scavenge([str(Path(chatcli.__file__).parent)])

    assert [item.get_report() for item in searched.get_unused_code(min_confidence=60)] == []
