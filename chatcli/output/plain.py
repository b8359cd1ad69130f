"""Writes the answer to stdout, and everything else to stderr.

An `Output` shows turns and says things between them. `PlainOutput` is for pipes, files and plain terminals: stdout
gets the text of the answer and nothing else, flushed as it comes. What goes to a terminal passes `safe` on its way.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol, TextIO, TypeAlias

from chatcli.conversation.messages import (
    Event,
    Image,
    Listener,
    Malformed,
    Notice,
    Reasoning,
    Refusal,
    Sent,
    Started,
    Text,
    ToolFragment,
    ToolReported,
    UsageReported,
)
from chatcli.errors import SIGHUP, SIGPIPE, ChatError, OutputLostError, Stopped, Wording, plain_words
from chatcli.language import _
from chatcli.process.streams import is_terminal
from chatcli.records import field, mutable
from chatcli.text.ascii_marks import to_ascii
from chatcli.text.phrases import capitalize
from chatcli.text.sanitizer import Sanitizer, sanitize

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatcli.output.records import SpokenLines

Kinds: TypeAlias = tuple[type[Event], ...]

_MOST_AT_ONCE = 1_000_000  # characters


def hiding(kinds: Kinds, show: Listener) -> Listener:
    """Return *show* for all events but those of *kinds*."""
    return (lambda event: None if isinstance(event, kinds) else show(event)) if kinds else show


class Output(Protocol):
    """Shows what happens in a session."""

    def turn(self, *, answers: int = 1, hides: Kinds = (), continues: bool = False) -> AbstractContextManager[Listener]:
        """Show one turn: the events are handed to what is entered, and everything is out when it is left.

        *answers* is how many were asked for; several are numbered. Events of the kinds in *hides* are not shown. A part
        that *continues* the turn follows what was shown of it.
        """
        ...

    def say(self, markdown: str, *, raw: bool = False, dim: bool = False, quoted: bool = False) -> None:
        """Show what the program itself has to say.

        *raw* shows the text as it is, *dim* in grey; *quoted*, or raw, says that others wrote it: no mark is changed.
        """
        ...

    def draw(self, renderable: RenderableType) -> None:
        """Show what plain text cannot say: anything that rich can draw."""
        ...

    def note(self, sentence: str) -> None:
        """Show one line beside the conversation."""
        ...

    def notify(self, notice: Notice) -> None:
        """Show a notice as such a line, with what to do about it."""
        ...

    def fail(self, error: ChatError) -> None:
        """Show what went wrong, and what to do."""
        ...


@mutable
class Notes:
    """Writes notes and errors to stderr: one line each, harmless to a terminal, without known keys.

    *redact* masks keys, *word* says what to do in the words of the surface, *is_verbose* adds what the server said of
    itself, *is_ascii* keeps our own marks within ASCII. A terminal gets a line broken between words.
    """

    stderr: TextIO
    redact: Callable[[str], str]
    word: Wording = plain_words
    is_quiet: bool = False
    is_verbose: bool = False
    is_ascii: bool = False

    def note(self, sentence: str) -> None:
        """Write a line unless only errors are wanted."""
        if not self.is_quiet:
            self.write(sentence)

    def sentence(self, error: ChatError) -> str:
        """Return *error* as one line: what happened, what was kept and what to do."""
        return error.sentence(self.word)

    def describe(self, notice: Notice) -> str:
        """Return *notice* as one line, with what to do about it."""
        remedy = self.word(notice.remedy) if notice.remedy else ""
        if not remedy:
            return notice.message
        return _("{sentence}. {following}", sentence=notice.message, following=capitalize(remedy))

    def fail(self, error: ChatError) -> None:
        """Write what happened, what was kept and what to do."""
        self.write(f"chat: {self.sentence(error)}")
        server = error.server
        if self.is_verbose and (server.request_id or server.status):
            told = ((_("status"), server.status), (_("request id"), server.request_id), (_("code"), server.code))
            self.write("chat: " + _(", ").join(f"{name} {value}" for name, value in told if value))

    def write(self, line: str) -> None:
        """Write a line; a closed stderr does not stop the run."""
        line = self.mark(sanitize(self.redact(line)).replace("\n", " "))
        if is_terminal(self.stderr):
            from chatcli.terminal.screen import wrap_for  # a pipe has no use for it

            line = wrap_for(self.stderr, line)
        self.put(line + "\n")

    def mark(self, text: str) -> str:
        """Return *text* of ours with the marks that may be used."""
        return to_ascii(text) if self.is_ascii else text

    def put(self, text: str) -> None:
        """Write *text* as it is, which must be harmless and free of keys already."""
        with suppress(OSError, ValueError):  # there is nowhere to report it
            self.stderr.write(text)
            self.stderr.flush()


@mutable
class PlainOutput:
    """The answer to *stdout* as it comes, for pipes and files; *is_terminal* makes it harmless to a terminal.

    *speaks* says in words where things begin and end, and writes whole lines, for those who hear a screen.
    """

    stdout: TextIO
    notes: Notes
    is_terminal: bool = False
    is_raw: bool = False
    speaks: bool = False
    shows_reasoning: bool = True
    _gap: str = ""  # between the text of the turn so far and the text of a part that continues it

    @contextmanager
    def turn(self, *, answers: int = 1, hides: Kinds = (), continues: bool = False) -> Iterator[Listener]:
        """Show one turn; of several answers the first as it comes and the others after it."""
        turn = _PlainTurn(self, answers, gap=self._gap if continues else "")
        try:
            yield hiding(hides, turn.show)
        finally:
            turn.end()
            self._gap = turn.gap

    def say(self, markdown: str, *, raw: bool = False, dim: bool = False, quoted: bool = False) -> None:
        """Write Markdown as it is, which reads well unrendered; on a terminal with its tables as records."""
        del dim
        markdown = markdown if raw or quoted else self.notes.mark(markdown)
        if self.is_terminal and not raw:
            from chatcli.output.records import with_records  # a pipe has no use for it
            from chatcli.terminal.screen import wrap_for

            markdown = with_records(markdown, is_ours=not quoted, fit=partial(wrap_for, self.stdout))
        self.write(sanitize(markdown).rstrip("\n") + "\n")

    def draw(self, renderable: RenderableType) -> None:
        """Show nothing: plain text has no drawings."""

    def note(self, sentence: str) -> None:
        """Write a line to stderr."""
        self.notes.note(sentence)

    def notify(self, notice: Notice) -> None:
        """Write a notice to stderr."""
        self.note(f"chat: {self.notes.describe(notice)}")

    def fail(self, error: ChatError) -> None:
        """Write an error to stderr."""
        self.notes.fail(error)

    def write(self, text: str) -> None:
        """Write to stdout at once; raises Stopped when its reader has gone, OutputLostError when it is full."""
        try:
            for start in range(0, len(text), _MOST_AT_ONCE):  # encoded in parts: a whole one would double its size
                self.stdout.write(text[start : start + _MOST_AT_ONCE])
            self.stdout.flush()
        except (OSError, ValueError) as error:
            raise loss(error, is_terminal=self.is_terminal) from error


def image_notice(url: str, path: str) -> Notice:
    """Return the notice about an image of the answer; *path* is the file it was saved in, empty if it was not."""
    from chatcli.request.images import describe_image  # few answers have images

    return Notice("image", describe_image(url, path))


def _call_notice(call: ToolReported) -> Notice:
    from chatcli.conversation.tool_lines import describe_report  # few models call tools

    return Notice("tool_call", _("called {call}", call=describe_report(call)))


def loss(error: OSError | ValueError, *, is_terminal: bool = False) -> Stopped | OutputLostError:
    """Return the error for a stdout that cannot be written to: its reader has gone, or it is full or closed."""
    if isinstance(error, BrokenPipeError):
        return Stopped(SIGPIPE)
    if is_terminal and getattr(error, "errno", None) == errno.EIO:
        return Stopped(SIGHUP)  # its window was closed, and the signal is on its way
    reason = getattr(error, "strerror", None) or str(error)
    hint = _("free some disk space and ask again") if getattr(error, "errno", None) == errno.ENOSPC else None
    return OutputLostError(_("the answer could not be written to stdout: {reason}", reason=reason), hint=hint)


@mutable
class _PlainTurn:
    """One turn in plain text: what is on a line of stderr and of stdout is kept apart."""

    out: PlainOutput
    answers: int
    gap: str = ""
    _others: dict[int, list[str]] = field(default_factory=dict)
    _titles: dict[int, str] = field(default_factory=dict)
    _tokens: int | None = None
    _filter: Sanitizer = field(default_factory=Sanitizer)
    _aside: Sanitizer = field(default_factory=Sanitizer)
    _lines: SpokenLines | None = None  # where the answer is spoken
    _is_thinking: bool = False
    _has_text: bool = False
    _ends_line: bool = True
    _thought_ended: int = 0  # line ends at the end of the reasoning so far, 2 at most

    def show(self, event: Event) -> None:
        match event:
            case Text(text, 0) | Refusal(text, 0):
                self._answer(text)
            case Text(text, choice) | Refusal(text, choice) if self.out.is_terminal:
                self._others.setdefault(choice, []).append(text)
            case Started(choice=choice, title=title) if title and self.out.is_terminal:
                self._titles[choice] = sanitize(title)
                if choice == 0:
                    self.out.write(f"{sanitize(title)}:\n")
            case UsageReported(usage, 0):
                self._tokens = usage.completion_tokens
            case Reasoning(text, 0) if self.out.shows_reasoning and not self.out.notes.is_quiet:
                self._think(text)
            case Notice():
                self._notify(event)
            case Image(url=url, path=path):
                self._notify(image_notice(url, path))
            case Malformed():
                self._notify(Notice("malformed", _("part of the answer was malformed and is missing")))
            case ToolFragment(name=name) if name:
                words = _("the model called the tool {name}, which chat does not run", name=name)
                self._notify(Notice("tool_call", words))
            case ToolReported(state=state) if state not in ("requested", "running", "continuing"):
                self._notify(_call_notice(event))
            case Sent(1) if self.out.speaks:
                self.out.note(_("Waiting."))
            case _:
                pass

    def end(self) -> None:
        self._stop_thinking()
        if self._lines:
            rest = self._lines.feed(self._filter.close()) + self._lines.close()
            self.out.write(rest.removesuffix("\n") + "\n" if rest else "")
        elif self.out.is_terminal and not self.out.is_raw:
            self.out.write(self._filter.close() + ("" if self._ends_line else "\n"))
        for choice, pieces in sorted(self._others.items()):
            text = "".join(pieces).strip("\n")
            title = self._titles.get(choice) or _("Answer {number}", number=choice + 1)
            self.out.write(f"\n{title}:\n{self._laid_out(text)}\n")
        if self.out.speaks and self._has_text:
            tokens = self._tokens
            self.out.note(_("End of answer, {count} tokens.", count=tokens) if tokens else _("End of answer."))

    def _laid_out(self, text: str) -> str:
        """Return a whole answer as it is shown on a terminal."""
        if self.out.is_raw or not self.out.speaks:
            return text if self.out.is_raw else sanitize(text)
        from chatcli.output.records import with_records

        return with_records(sanitize(text))

    def _notify(self, notice: Notice) -> None:
        """Write *notice* on a line of its own, where the answer is on the same terminal."""
        self._stop_thinking()
        if not self._ends_line and self.out.is_terminal and not self.out.is_raw and not self.out.notes.is_quiet:
            self._ends_line = True
            self.out.write("\n")
        self.out.notify(notice)

    def _answer(self, text: str) -> None:
        self._stop_thinking()
        if not self._has_text and self.out.is_terminal:
            text = text.lstrip("\n")  # Models begin with blank lines; a pipe gets them as they are.
        if not text:
            return
        if self.out.speaks and not self._has_text:
            from chatcli.output.records import SpokenLines

            self._lines = SpokenLines()
            self.out.note("Answer 1:" if self.answers > 1 else "Answer:")
        if not self.out.is_terminal:  # which has gone to a new line
            text = text if self._has_text else self.gap + text
            self.gap = "\n\n"[: 2 - min(2, len(text) - len(text.rstrip("\n")))]
        self._has_text = True
        if self._lines:
            self.out.write(self._lines.feed(self._filter.feed(text)))
            return
        self._ends_line = text.endswith("\n")
        self.out.write(text if self.out.is_raw or not self.out.is_terminal else self._filter.feed(text))

    def _think(self, text: str) -> None:
        self._is_thinking = True
        ends = len(text) - len(text.rstrip("\n"))
        self._thought_ended = min(2, ends + self._thought_ended if ends == len(text) else ends)
        self.out.notes.put(self._aside.feed(self.out.notes.redact(text)))

    def _stop_thinking(self) -> None:
        if self._is_thinking:
            self._is_thinking = False
            self.out.notes.put(self._aside.close() + "\n\n"[self._thought_ended :])
