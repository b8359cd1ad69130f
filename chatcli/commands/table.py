"""Defines the table of slash commands and their outcomes.

`@command` registers a function; its docstring, usage and aliases feed `/help`, completion, the manual and suggestions.
Commands return outcomes and never print, so each can be tested by calling it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from chatcli.commands import load_all
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.draft import Draft
from chatcli.text.phrases import one_line
from chatcli.text.similar import similar

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatcli.commands.context import CommandContext


@frozen
class Say:
    """Show *markdown*; *draft* becomes the next draft, and *raw* shows the text unrendered.

    *drawn* stands above it where a terminal draws: anything that rich can.
    """

    markdown: str
    draft: str = ""
    raw: bool = False
    drawn: RenderableType | None = None


@frozen
class Pick:
    """Let the user choose from *choices*; *then* turns the key of the row into the next outcome."""

    choices: ChoiceList
    then: Callable[[str], Outcome]


@frozen
class ShowChat:
    """Show the conversation that was just opened under *title*: the turn of message *at*, else its last."""

    title: str
    at: int | None = None


@frozen
class ShowHistory:
    """Show the whole conversation in the pager."""


@frozen
class GenerateTitle:
    """Let the model write a title for the conversation."""


@frozen
class Compact:
    """Let the model summarise the conversation, following *instructions* if there are any."""

    instructions: str = ""


@frozen
class Ask:
    """Send *text* to the model; *line* is the text as written, with doubled signs and file names."""

    text: str
    line: Draft


@frozen
class AskBeside:
    """Ask *text* beside the conversation; *line* is the text as written."""

    text: str
    line: Draft


@frozen
class Retry:
    """Send the last question again, to *model* if one is named."""

    model: str = ""


@frozen
class Continue:
    """Ask for the rest of a cut answer."""


@frozen
class Compare:
    """Ask the last question again of several *models* at once."""

    models: tuple[str, ...]


@frozen
class RunShell:
    """Run *command* in the user's shell."""

    command: str


@frozen
class Connect:
    """Set up a model, of *provider* if one is named, and continue with it."""

    provider: str = ""


@frozen
class Quit:
    """Leave the conversation."""


Outcome: TypeAlias = (
    "Say | Pick | ShowChat | ShowHistory | GenerateTitle | Compact | Ask | AskBeside | Retry | Continue | Compare"
    " | RunShell | Connect | Quit"
)
Sends: TypeAlias = "type[Ask | AskBeside]"
Run: TypeAlias = Callable[["CommandContext", str], Outcome]
Complete: TypeAlias = Callable[["CommandContext"], Iterable[str | ChoiceRow]]
CompleteMore: TypeAlias = Callable[["CommandContext", Sequence[str]], Iterable[str]]


@frozen
class Completion:
    """Candidates for the *first* argument, and for one that stands behind others."""

    first: Complete
    more: CompleteMore


@frozen
class Command:
    """One slash command; *usage* shows its arguments, optional ones in brackets.

    *complete* gives candidates for the first argument, or for each by its place. If *sends*
    is given, an argument is a message, with the files that it names: it becomes that outcome.
    """

    name: str
    usage: str
    group: str
    aliases: tuple[str, ...]
    run: Run
    complete: Complete | Completion | None
    sends: Sends | None = None

    @property
    def synopsis(self) -> str:
        """The command with its arguments."""
        return self.synopsis_of(self.name)

    def synopsis_of(self, word: str) -> str:
        """Return *word*, the name or an alias, with the arguments."""
        return " ".join(filter(None, (f"/{word}", f"[{SAVE}]" if self.name in _savers else "", self.usage)))

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return _(self.paragraphs[0])

    @property
    def details(self) -> str:
        """The rest of the docstring as Markdown, empty if there is none."""
        return "\n\n".join(map(_, self.paragraphs[1:]))

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the function's docstring in English, one line each; the first has no full stop."""
        first, *others = map(one_line, (self.run.__doc__ or "").split("\n\n"))
        return [first.rstrip("."), *others]

    @property
    def needs_argument(self) -> bool:
        """Whether the command requires an argument."""
        return bool(self.usage) and not self.usage.startswith("[")


# In the order of /help: groups, and in each the commands by how often they are used; others follow.
GROUPS = (
    *(N_("Conversation"), N_("Model"), N_("Attachments")),
    *(N_("Context window"), N_("Stored chats"), N_("Program")),
)
_ORDER = (
    *(
        "retry",
        "continue",
        "queue",
        "btw",
        "editor",
        "edit",
        "undo",
        "redo",
        "new",
        "clear",
        "exit",
        "history",
        "copy",
        "raw",
        "pick",
        "compare",
        "tree",
    ),
    *("fork", "model", "models", "system", "set", "unset", "effort", "template", "logprobs", "file", "image", "paste"),
    *("attach", "context", "pin", "unpin", "drop", "compact", "tokens", "resume", "sessions", "search", "rename"),
    *("save", "export", "delete", "help", "connect", "status", "cost", "config", "theme", "request"),
)

SAVE = "--save"
_TELLING = 2  # letters from which on the start of a name says which is meant

_commands: dict[str, Command] = {}
_by_word: dict[str, Command] = {}
_savers: dict[str, Run] = {}


def command(
    name: str,
    usage: str = "",
    *,
    group: str,
    aliases: tuple[str, ...] = (),
    complete: Complete | Completion | None = None,
    sends: Sends | None = None,
) -> Callable[[Run], Run]:
    """Register the decorated function as `/name`; the rest is as in `Command`."""

    def file(run: Run) -> Run:
        entry = Command(name, usage, group, aliases, run, complete, sends)
        for word in (name, *aliases):
            if word in _by_word:
                message = f"two commands are called /{word}"
                raise ValueError(message)
            _by_word[word] = entry
        _commands[name] = entry
        return run

    return file


def saves(name: str) -> Callable[[Run], Run]:
    """Register the decorated function for `--save` directly after `/name`."""

    def file(run: Run) -> Run:
        _savers[name] = run
        return run

    return file


def candidates(entry: Command, context: CommandContext, words: Sequence[str]) -> Iterable[str | ChoiceRow]:
    """Return what may stand behind *words*, the arguments that stand there already; flags among them do not count."""
    arguments = [word for word in words if not word.startswith("--")]
    complete = entry.complete
    if isinstance(complete, Completion):
        return complete.more(context, arguments) if arguments else complete.first(context)
    return complete(context) if complete and not arguments else ()


def each(complete: Callable[[CommandContext], Iterable[str]]) -> Completion:
    """Return candidates for arguments of one kind: those that do not stand there yet."""
    return Completion(complete, lambda context, words: [name for name in complete(context) if name not in words])


def pair(first: Complete, second: Callable[[str], Iterable[str]]) -> Completion:
    """Return candidates for two arguments, of which the *second* depends on the first."""
    return Completion(first, lambda _context, words: second(words[0]) if len(words) == 1 else ())


def commands() -> list[Command]:
    """Return all commands in the order of /help, regardless of import order."""
    load_all()
    return sorted(_commands.values(), key=_place)


def _place(entry: Command) -> tuple[int, int, str, int]:
    known = _ORDER.index(entry.name) if entry.name in _ORDER else len(_ORDER)
    return GROUPS.index(entry.group), known, entry.run.__module__, entry.run.__code__.co_firstlineno


def find_saver(name: str) -> Run | None:
    """Return what saves for the command called *name*."""
    load_all()
    return _savers.get(name)


def find_command(word: str) -> Command | None:
    """Return the command of that name or alias."""
    load_all()
    return _by_word.get(word)


def similar_commands(word: str) -> list[str]:
    """Return up to three commands whose names begin with *word*, or whose names or aliases look like it."""
    load_all()
    folded = word.casefold()
    is_begun = len(folded) >= _TELLING and folded not in _by_word
    begun = [name for name in _commands if name.startswith(folded)] if is_begun else []
    return list(dict.fromkeys([*begun, *(_by_word[found].name for found in similar(word, _by_word))]))[:3]
