"""Defines the options of the prompt, set by the user or the application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from chatcli.input.choices import ChoiceRow
from chatcli.records import frozen
from chatcli.settings.bindings import Bindings

Bar: TypeAlias = str | Sequence[tuple[str, str]]  # text, or pairs of a style ("", "warn", "alarm") and text


def _nothing(*_given: object) -> tuple[()]:
    return ()


@frozen
class PromptOptions:
    """How the prompt behaves.

    *on_double_escape* is the message that Esc Esc on an empty line stands for, *on_empty_enter* gives that of Enter, ""
    for none; past prompts are kept in *history_file*.
    """

    edit_mode: Literal["emacs", "vi"] = "emacs"
    bindings: Bindings = Bindings()
    ctrl_c_exit: bool = True
    escape_wait_s: float = 0.05
    colour: bool = True
    on_double_escape: str = ""
    on_empty_enter: Callable[[], str] = str
    history_file: Path | None = None


@frozen
class Clip:
    """The content of the clipboard: *text* for the draft, and a *notice* about what was attached."""

    text: str = ""
    notice: str = ""


@frozen
class PromptContent:
    """What the prompt shows besides the draft.

    *words* maps the names of commands, each with its aliases behind it, to their help, and is asked when a command is
    begun; *arguments* gives candidates for a command and the arguments that stand there, *takes_paths* says whether
    files are among them. *toolbar* gives the line below for a width in cells, "" for none.
    *show_details* shows the folded parts of the last reply, *paste_clipboard* attaches or returns the clipboard.
    *turn* gives the number of the turn that begins, which stands before the mark from the second on.
    *work_ahead* does a little work that can wait until nobody types, and returns whether there may be more.
    """

    words: Callable[[], Mapping[str, str]] = dict
    arguments: Callable[[str, str], Iterable[str | ChoiceRow]] = _nothing
    takes_paths: Callable[[str], bool] = lambda _name: False
    toolbar: Callable[[int], Bar] = lambda _width: ""
    show_details: Callable[[], None] = lambda: None
    paste_clipboard: Callable[[], Clip] = Clip
    turn: Callable[[], int] = lambda: 1
    work_ahead: Callable[[], bool] = lambda: False
