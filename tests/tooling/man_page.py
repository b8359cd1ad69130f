"""Writes the man page `chat(1)` and the completion scripts from the tables of the program; see `tests.tooling.tables`.

The page is roff as man(7) describes it. A completion script only asks the program, so it does not age with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chatcli.cli.table import COMMANDS, EXAMPLES
from chatcli.cli.version import VERSION
from chatcli.errors import EXIT_CODES
from chatcli.files.own import app_dirs
from chatcli.flags import FLAGS, SECTIONS, Flag
from chatcli.help.tables import all_topics

_HOME = {"HOME": "/home/user"}
_VARIABLES = {
    "OPENAI_API_KEY": "The key of a provider, for its own host alone. Every provider has a variable like this one.",
    "CHAT_CONFIG": "The settings file, instead of the one in the configuration folder.",
    "NO_COLOR": "Draw without colours.",
    "VISUAL, EDITOR": "The editor for drafts and settings.",
    "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY": "The proxy to use, and the hosts that need none.",
}


def man_page() -> str:
    """Return `chat.1`."""
    return "\n".join([f'.TH CHAT 1 "" "chat {VERSION}" "User Commands"', *_sections()]) + "\n"


def completion_scripts() -> Mapping[str, str]:
    """Return the script of each shell by the name under which its own folder of completions has it."""
    return {"chat": _BASH, "_chat": _ZSH, "chat.fish": _FISH}


def _sections() -> Iterator[str]:
    yield from (".SH NAME", r"chat \- talk to language models in the terminal", ".SH SYNOPSIS")
    for line in (".B chat\n.RI [ options ]", '.B chat ask\n.RI [ options ] " " [ prompt ...]'):
        yield from (line, ".br")
    yield from (r".B chat", ".I command", ".RI [ options ]", ".SH DESCRIPTION")
    yield _text(
        "chat speaks the Chat Completions protocol to providers and to servers on your own machine. Without a command "
        "it starts a conversation; until a model is connected, an offline guide answers. stdout is the answer and "
        "nothing else; everything about it goes to stderr."
    )
    yield from (".SH COMMANDS", *_commands(), ".SH OPTIONS", *_options())
    yield from (".SH EXAMPLES", *(_item(_bold(line), _text(f"{about}.")) for line, about in EXAMPLES))
    yield from (".SH EXIT STATUS", *(_item(_bold(str(code)), _text(about)) for code, about in EXIT_CODES.items()))
    yield from (".SH ENVIRONMENT", *(_item(_bold(name), _text(about)) for name, about in _VARIABLES.items()))
    yield from (".SH FILES", *_files())
    topics = ", ".join(topic.name for topic in all_topics())
    yield from (".SH SEE ALSO", _text(f"`chat help TOPIC` explains more, offline. The topics are {topics}."))


def _commands() -> Iterator[str]:
    for command in COMMANDS:
        yield _item(_bold(f"{command.group} {command.name}".strip()), _text(command.help))


def _options() -> Iterator[str]:
    for section, names in SECTIONS.items():
        yield f".SS {section}"
        yield from (_option(FLAGS[name]) for name in names)


def _option(flag: Flag) -> str:
    names = ", ".join(map(_bold, sorted(flag.names, key=len)))
    return _item(f"{names} {_italic(flag.value)}" if flag.value else names, _text(f"{flag.help}."))


def _files() -> Iterator[str]:
    dirs = app_dirs(_HOME, windows=False)
    kept = {
        dirs.config_file: "Settings. `chat config init` writes the file with every setting and its default.",
        dirs.key_store: "Keys that were saved with `chat keys set`.",
        dirs.history: "Chats.",
        dirs.state: "What was typed, trusted and measured. It can be deleted.",
    }
    for path, about in kept.items():
        yield _item(_italic(str(path).replace(_HOME["HOME"], "~")), _text(about))


def _item(title: str, text: str) -> str:
    return f".TP\n{title}\n{text}"


def _bold(text: str) -> str:
    return rf"\fB{_escaped(text)}\fR"


def _italic(text: str) -> str:
    return rf"\fI{_escaped(text)}\fR"


def _text(text: str) -> str:
    """Return *text* as a paragraph, with code in bold; no line begins like a request."""
    parts = text.split("`")
    marked = "".join(_bold(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))
    return rf"\&{marked}" if marked.startswith((".", "'")) else marked


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-").replace("~", r"\(ti").replace("^", r"\(ha")


_BASH = """# Completes the command line of chat in bash.
_chat_completion() {
    local IFS=$'\\n'
    COMPREPLY=($(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" _CHAT_COMPLETE=complete_bash "$1"))
}

complete -o default -F _chat_completion chat
"""

_ZSH = """#compdef chat
# Completes the command line of chat in zsh. How a menu looks is left to your own zstyle.
_chat_completion() {
    eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _CHAT_COMPLETE=complete_zsh chat)
}

if [[ "${funcstack[1]}" == _chat ]]; then
    _chat_completion "$@"
else
    compdef _chat_completion chat
fi
"""

_FISH = """# Completes the command line of chat in fish.
function __chat_complete
    env _CHAT_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=$argv[1] \\
        _TYPER_COMPLETE_ARGS=(commandline -cp) chat
end

complete --command chat --no-files --arguments "(__chat_complete get-args)" --condition "__chat_complete is-args"
"""
