"""The commands of the command line, as a table.

The signature of a command stands on its handler; a handler takes the run, then its own arguments, and returns an exit
code or nothing. The parser imports the handlers that the words name, and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from chatcli.flags import FlagScope
from chatcli.records import frozen

Handler: TypeAlias = Callable[..., "int | None"]


@frozen
class Subcommand:
    """One command: its name, its line of help, and where its handler is, as `module:function` below this room.

    *group* is the command it belongs to, empty for none; a command that others belong to *is_group*, and its handler
    does what it means alone. *flags* says which flags it takes.
    """

    name: str
    help: str
    handler: str
    group: str = ""
    flags: tuple[FlagScope, ...] = ()
    is_group: bool = False

    def load(self) -> Handler:
        """Import the handler."""
        module, _, function = self.handler.partition(":")
        found: Handler = getattr(import_module(f"chatcli.cli.{module}"), function)
        return found


EXAMPLES = (
    ("chat", "Start a chat"),
    ('chat ask "What is a monad?"', "Ask one question"),
    ('git diff | chat ask "Review this"', "Pipe text in"),
)

# In the order in which help lists them.
COMMANDS = (
    Subcommand("ask", "Ask one question and print the answer.", "ask:ask", flags=("ask",)),
    Subcommand("models", "List the models: windows, prices, abilities.", "models:models", flags=("models",)),
    Subcommand("connect", "Set up a model in a few questions.", "connect:connect"),
    Subcommand("trust", "Accept the project file .chat.toml of this directory.", "trust:trust_directory"),
    Subcommand("doctor", "Look for what may be wrong, with the remedy.", "doctor:doctor", flags=("models",)),
    Subcommand("help", "Read a help topic, offline.", "help:help_topic"),
    Subcommand("config", "Show and change the settings.", "config:show_config", is_group=True),
    Subcommand(
        "show", "Show the settings in force and where each came from.", "config:show_config", "config", flags=("chat",)
    ),
    Subcommand("path", "Print where the settings file is.", "config:config_path", "config"),
    Subcommand("init", "Write a settings file with every setting and its default.", "config:init_config", "config"),
    Subcommand("edit", "Open the settings file in an editor.", "config:edit_config", "config"),
    Subcommand("check", "Say what is wrong with the settings.", "config:check_settings", "config"),
    Subcommand("sessions", "Find, show, export, import and delete stored chats.", "pick_chat:sessions", is_group=True),
    Subcommand("list", "List stored chats, the one used last first.", "sessions:list_chats", "sessions"),
    Subcommand("search", "Look for words in all that was said.", "sessions:search_chats", "sessions"),
    Subcommand("show", "Show a chat.", "documents:show_chat", "sessions"),
    Subcommand("export", "Write chats as a document.", "documents:export_chats", "sessions"),
    Subcommand("import", "Store chats from documents, as new ones.", "documents:import_chats", "sessions"),
    Subcommand("rename", "Give a chat another title.", "sessions:rename_chat", "sessions"),
    Subcommand("delete", "Delete chats for good.", "sessions:delete_chats", "sessions"),
    Subcommand(
        "templates",
        "List the templates, shipped and your own.",
        "templates:list_templates",
        flags=("chat",),
        is_group=True,
    ),
    Subcommand(
        "list", "List the templates, shipped and your own.", "templates:list_templates", "templates", flags=("chat",)
    ),
    Subcommand(
        "show",
        "Show a template as it stands in the settings, ready to be changed.",
        "templates:show_template",
        "templates",
        flags=("chat",),
    ),
    Subcommand("keys", "Keep keys for providers.", "", is_group=True),
    Subcommand("set", "Save a key, from stdin or typed unseen.", "keys:set_key", "keys"),
    Subcommand("list", "List whose keys are saved, and for which host.", "keys:list_saved_keys", "keys"),
    Subcommand("remove", "Forget a key.", "keys:remove_key", "keys"),
)
