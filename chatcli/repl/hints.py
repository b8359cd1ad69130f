"""Advice that comes when it helps: a tip on the first screen, and hints after a turn, each of them once.

What was shown is remembered in the state folder. `ui.hints = false` shows none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from chatcli.app.configuration import Configuration
from chatcli.conversation.turn import Turn
from chatcli.files.private_json import DisposableValues
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.settings.bindings import Bindings, actions
from chatcli.settings.key_names import format_keys

# `{editor}` stands for the first key of an action; a tip about an action without keys is left out.
TIPS = (
    N_("type @ to list the files of this folder; the one you choose is attached."),
    N_("Alt+Enter queues your next message while an answer streams."),
    N_("/edit changes an earlier question and asks it again, as a branch."),
    N_("{search_back} searches what you have asked before, in all windows."),
    N_("!COMMAND runs a shell command; /attach output sends what it printed."),
    N_("/model lists the models of all your providers."),
    N_("/copy code copies a code block of the answer."),
    N_("{paste} attaches the image in the clipboard."),
    N_("/retry MODEL asks the last question again, of another model."),
    N_("/resume lists your chats, /search finds words in all of them."),
    N_("{editor} opens your draft in your editor."),
    N_("/context shows what will be sent; /pin T always sends turn T."),
    N_("\\ at the end of a line, then Enter, begins a new line."),
    N_("/theme shows the colours; /config shows every setting."),
)
_MOST_HINTS = 100
_WORTH_COMPACTING = 50  # percent of the window


@frozen
class FinishedTurn:
    """A *turn* that took *seconds*; *has_draft* means that text was typed meanwhile and not queued."""

    turn: Turn
    seconds: float
    has_draft: bool = False
    percent: int = 0  # how full the window is after it


@frozen
class Hint:
    """A sentence for the first turn to which it *applies*."""

    name: str
    applies: Callable[[FinishedTurn], bool]
    sentence: str


HINTS = (
    Hint(
        "continue",
        lambda seen: seen.turn.is_stopped and bool(seen.turn.reply.text),
        N_("The part you have seen is kept; /continue asks for the rest, /retry asks again."),
    ),
    Hint(
        "queue",
        lambda seen: seen.has_draft,
        N_("What you typed meanwhile is in the prompt. Alt+Enter would have queued it while the answer streamed."),
    ),
    Hint("code", lambda seen: "```" in seen.turn.reply.text, N_("/copy code copies the code block.")),
    Hint(
        "reasoning",
        lambda seen: bool(seen.turn.reply.choice.reasoning),
        N_("{details} shows how the model got there."),
    ),
    Hint(
        "window",
        lambda seen: seen.percent >= _WORTH_COMPACTING,
        N_("Half of the context window or more is full: /compact makes room, /context shows what is in it."),
    ),
)


@frozen
class Hints:
    """The advice of one run; the file at *path* says which hints were shown."""

    path: Path
    bindings: Callable[[], Bindings]
    is_on: Callable[[], bool]

    def tip(self, now_s: float) -> str:
        """Return the tip for the time *now_s*, another one every minute; "" where tips are off."""
        keys = first_keys(self.bindings())
        known = [tip for tip in TIPS if _is_sayable(tip, keys)]
        tip = _(known[int(now_s // 60) % len(known)], **keys)
        return _("Tip: {tip}", tip=tip) if self.is_on() else ""

    def after(self, seen: FinishedTurn) -> str:
        """Return a hint that helps now and was never shown, "" where there is none; it counts as shown."""
        keys = first_keys(self.bindings())
        fitting = [hint for hint in HINTS if self.is_on() and hint.applies(seen) and _is_sayable(hint.sentence, keys)]
        hint = next((hint for hint in fitting if not self._file.get(hint.name)), None)
        if hint is None:
            return ""
        self._file.put(hint.name, "shown")
        return _("Hint: {hint}", hint=_(hint.sentence, **keys))

    @property
    def _file(self) -> DisposableValues:
        return DisposableValues(self.path, _MOST_HINTS)


def hints_of(config: Configuration) -> Hints:
    """Return the advice of the run of *config*."""
    path = config.sources.dirs.state / "hints.json"
    return Hints(path, lambda: config.settings.bindings, lambda: config.settings.ui.hints)


def first_keys(bindings: Bindings) -> Mapping[str, str]:
    """Return the first key of each action that has one, as people write it."""
    return {name: format_keys(keys[0]) for name, keys in actions(bindings).items() if keys}


def _is_sayable(sentence: str, keys: Mapping[str, str]) -> bool:
    try:
        sentence.format_map(keys)
    except KeyError:
        return False
    return True
