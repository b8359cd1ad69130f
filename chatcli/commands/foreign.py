"""Says how to do here what other programs have a slash command for."""

from __future__ import annotations

from collections.abc import Mapping

from chatcli.language import N_, _
from chatcli.request.parameters import PARAMETERS
from chatcli.settings.definition import NAMED, SETTINGS
from chatcli.settings.names import dotted

FOREIGN: Mapping[str, str] = {
    **dict.fromkeys(("login", "auth", "provider", "setup"), N_("/connect sets a model up")),
    **dict.fromkeys(("run", "shell", "exec", "sh", "bash", "cmd"), N_("`!COMMAND` runs a command")),
    **dict.fromkeys(("web", "url", "fetch", "browse"), N_("/file URL fetches a page")),
    **dict.fromkeys(
        ("role", "persona", "agent", "prompt-template"), N_("/template applies one, /system TEXT sets a prompt")
    ),
    **dict.fromkeys(
        ("multiline", "multi", "multi-line"), N_('`"""` begins and ends a block of lines; Ctrl+J is a newline')
    ),
    **dict.fromkeys(("permissions", "approvals", "mcp", "functions"), N_("/tools lists tools and switches them")),
    **dict.fromkeys(("keys", "shortcuts", "bindings", "hotkeys"), N_("/help keys lists them")),
    **dict.fromkeys(("docs", "man", "manual"), N_("/help lists commands and topics")),
    **dict.fromkeys(("debug", "log", "logs"), N_("/request last shows the last request")),
    **dict.fromkeys(("stop", "cancel", "abort"), N_("Esc or Ctrl+C stops an answer")),
    **dict.fromkeys(("vi", "vim"), N_("/config --save ui.edit_mode vi sets the keys of vi")),
    **dict.fromkeys(("cls", "clear-screen"), N_("Ctrl+L clears the screen; /clear starts a new chat")),
    **dict.fromkeys(("version", "update", "upgrade"), N_("`chat --version` shows the version")),
    **dict.fromkeys(
        ("format", "json", "schema"), N_("/set response_format asks for structured answers; /help params explains")
    ),
    **dict.fromkeys(("show", "inspect"), N_("/status, /context and /config show the state")),
    **dict.fromkeys(("memory", "init", "rules"), N_("/system --save TEXT keeps a system prompt")),
    **dict.fromkeys(("last", "latest"), N_("/resume lists chats, the last one first")),
    **dict.fromkeys(("import",), N_("`chat sessions import FILE` imports chats")),
    **dict.fromkeys(
        ("translate", "summarise", "summarize", "explain", "review"), N_("/template lists prompts for such tasks")
    ),
    **dict.fromkeys(("doctor", "bug", "test"), N_("`chat doctor` looks for problems")),
    **dict.fromkeys(("logout", "key", "apikey", "api-key"), N_("`chat keys` lists, saves and removes keys")),
}


def meaning_of(word: str) -> str:
    """Return what an unknown command *word* is called here, "" if that is not known.

    A request parameter or a setting is set by the command for it.
    """
    name = word.casefold()
    if found := FOREIGN.get(name):
        return _(found)
    if (parameter := name.replace("-", "_")) in PARAMETERS:
        return _("/set {key} VALUE sets it", key=parameter)
    found_settings = [one.name for one in SETTINGS if one.name[0] not in NAMED and one.name[-1] == parameter]
    return _("/config {key} VALUE sets it", key=dotted(found_settings[0])) if found_settings else ""
