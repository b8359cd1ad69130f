"""Defines the commands of the command line in one table.

The signature of a command is that of its handler, which takes the run, then its own arguments, and returns an exit
code or None. The parser imports only the handlers of the commands that are named.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from chatcli.flags import FlagScope
from chatcli.language import N_
from chatcli.records import frozen

Handler: TypeAlias = Callable[..., "int | None"]


@frozen
class Subcommand:
    """One command: its name, its help line, and its handler as `module:function` in this package.

    *group* is its parent command, if any. A command with subcommands *is_group*, and its handler runs without one.
    *flags* are the scopes of flags that it takes.
    """

    name: str
    help: str
    handler: str
    group: str = ""
    flags: tuple[FlagScope, ...] = ()
    is_group: bool = False

    def load(self) -> Handler:
        """Import the handler."""
        module, function = self.handler.split(":")
        found: Handler = getattr(import_module(f"chatcli.cli.{module}"), function)
        return found


EXAMPLES = (
    ("chat", N_("Start a chat")),
    ('chat ask "What is a monad?"', N_("Ask one question")),
    ('git diff | chat ask "Review this"', N_("Pipe text in")),
)

# In the order shown by --help.
COMMANDS = (
    Subcommand("ask", "Ask one question and print the answer.", "ask:ask", flags=("ask",)),
    Subcommand("batch", "Answer every row of a file, in order.", "batch:batch", flags=("batch",), is_group=True),
    Subcommand("submit", "Submit a file to the provider's batch service.", "batch_submit:submit", "batch", ("batch",)),
    Subcommand("status", "Show how far submitted jobs are.", "batch_jobs:status", "batch"),
    Subcommand("watch", "Wait until a job has ended, then fetch its answers.", "batch_jobs:watch", "batch", ("fetch",)),
    Subcommand("fetch", "Fetch the answers of a job.", "batch_jobs:fetch", "batch", ("fetch",)),
    Subcommand("cancel", "Cancel a job.", "batch_jobs:cancel", "batch"),
    Subcommand(
        "export", "Write the requests as a file of the Batch API.", "batch_files:export_requests", "batch", ("batch",)
    ),
    Subcommand(
        "join", "Write the rows from result files of the Batch API.", "batch_files:join_results", "batch", ("batch",)
    ),
    Subcommand(
        "models", "List models with context window, price and capabilities.", "models:models", flags=("models",)
    ),
    Subcommand("connect", "Set up a model in a few questions.", "connect:connect"),
    Subcommand("why", "Explain why the last command failed, or what is piped in.", "why:why", flags=("ask",)),
    Subcommand(
        "shell-init",
        "Write a file for your shell: Alt+E turns words into a command.",
        "shell_init:shell_init",
    ),
    Subcommand("trust", "Accept the project file .chat.toml of this directory.", "trust:trust_directory"),
    Subcommand("doctor", "Diagnose problems and suggest fixes.", "doctor:doctor", flags=("models",)),
    Subcommand("help", "Read a help topic, offline.", "help:help_topic"),
    Subcommand("config", "Show or change the settings.", "config:show_config", is_group=True),
    Subcommand(
        "show",
        "Show the settings in effect and where each comes from.",
        "config:show_config",
        "config",
        flags=("chat",),
    ),
    Subcommand("path", "Print the path of the settings file.", "config:config_path", "config"),
    Subcommand("get", "Print the value of a setting.", "config:get_setting", "config", flags=("chat",)),
    Subcommand("set", "Set a value in the settings file; its comments are kept.", "config:set_setting", "config"),
    Subcommand("unset", "Remove a setting from the settings file.", "config:unset_setting", "config"),
    Subcommand("init", "Write a settings file with every setting and its default.", "config:init_config", "config"),
    Subcommand("edit", "Open the settings file in an editor.", "config:edit_config", "config"),
    Subcommand("check", "Check the settings for mistakes.", "config:check_settings", "config"),
    Subcommand("sessions", "Find, show, export, import and delete stored chats.", "pick_chat:sessions", is_group=True),
    Subcommand("list", "List stored chats, most recent first.", "sessions:list_chats", "sessions"),
    Subcommand("search", "Search the text of all stored chats.", "sessions:search_chats", "sessions"),
    Subcommand("show", "Show a chat.", "documents:show_chat", "sessions"),
    Subcommand("export", "Export chats to a document.", "documents:export_chats", "sessions"),
    Subcommand("import", "Import chats from documents.", "documents:import_chats", "sessions"),
    Subcommand("rename", "Rename a chat.", "sessions:rename_chat", "sessions"),
    Subcommand("delete", "Delete chats permanently.", "sessions:delete_chats", "sessions"),
    Subcommand(
        "templates",
        "List the built-in templates and your own.",
        "templates:list_templates",
        flags=("chat",),
        is_group=True,
    ),
    Subcommand(
        "list", "List the built-in templates and your own.", "templates:list_templates", "templates", flags=("chat",)
    ),
    Subcommand(
        "show",
        "Show a template as TOML, ready to edit.",
        "templates:show_template",
        "templates",
        flags=("chat",),
    ),
    Subcommand("tools", "List the tools that models may call.", "tools:list_tools", flags=("chat",), is_group=True),
    Subcommand("list", "List the tools that models may call.", "tools:list_tools", "tools", flags=("chat",)),
    Subcommand(
        "check", "Check files and servers of tools; show the tools.", "tools:check_tools", "tools", flags=("chat",)
    ),
    Subcommand("run", "Run a tool without a model.", "tools:run_tool", "tools", flags=("chat",)),
    Subcommand("login", "Sign in to an MCP server in the browser.", "tools:log_in", "tools", flags=("chat",)),
    Subcommand("logout", "Forget the sign-in to an MCP server.", "tools:log_out", "tools", flags=("chat",)),
    Subcommand("keys", "Save, list and remove API keys.", "", is_group=True),
    Subcommand("set", "Save a key, from stdin or a hidden prompt.", "keys:set_key", "keys"),
    Subcommand("list", "List saved keys (provider and host only).", "keys:list_saved_keys", "keys"),
    Subcommand("remove", "Remove a saved key.", "keys:remove_key", "keys"),
)
