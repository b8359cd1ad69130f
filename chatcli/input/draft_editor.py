"""Edits the message being written: what each key does to it, and the notice below it.

Editing goes by characters as people see them, and a folded paste is one. Nothing but `enter` and `send` makes a message
of the draft, and neither does so for an Enter that came with a paste.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from chatcli.input import multiline
from chatcli.input.draft_buffer import DraftBuffer
from chatcli.input.recall import Recall
from chatcli.language import _, ngettext
from chatcli.records import frozen
from chatcli.terminal import cells
from chatcli.terminal.paste import Pastes, clean_paste, is_stand_in, strip_controls
from chatcli.text.draft import SLASHES, Draft, find_change

JOIN_S = 0.05  # what comes so soon after a paste belongs to it: the next part, or an Enter that was pasted
NOTICE_S = 3.0


@frozen
class DraftNotice:
    """Lines below the draft; typing takes them away, but not before *until*."""

    text: str
    until: float = 0.0


@frozen
class _Paste:
    """The newest paste: as it came, as it stands in the draft, the draft after it, and when that was."""

    text: str
    shown: str
    after: Document
    at: float


class DraftEditor:
    """The text in *buffer*; long pastes are folded by *pastes*, cleared drafts are kept by *recall*."""

    def __init__(self, buffer: DraftBuffer, recall: Recall, *, pastes: Pastes, clock: Callable[[], float]) -> None:
        self.buffer = buffer
        self.notice: DraftNotice | None = None
        self._recall = recall
        self._pastes = pastes
        self._clock = clock
        self._newest: _Paste | None = None
        self._given: Document | None = None  # the draft as it was given back, for which no key was meant
        self._previewed = ""
        buffer.on_text_changed += self._fade
        buffer.on_cursor_position_changed += self._fade

    def is_taller(self, columns: int, rows: int) -> bool:
        """Return whether the draft takes more than *rows*, so that not all of it is on the screen."""
        shown = self._pastes.labelled(self.buffer.text).expandtabs(4).split("\n")
        return sum(max(-(-(cells.width(line) + 2) // columns), 1) for line in shown) > rows

    @property
    def whole(self) -> Draft:
        """The draft in full."""
        return self.buffer.draft.map(self._pastes.expand)

    def begin(self, draft: Draft) -> None:
        """Start again with *draft*."""
        self.buffer.begin(draft.map(lambda text: self._pastes.refold(strip_controls(text).text)))
        self._given = self.buffer.document if draft.text else None
        self.notice = self._newest = None

    def type(self, text: str) -> None:
        """Insert typed text; a slash right behind a draft that was given back begins a command in its place."""
        if text in SLASHES and self._is_as_given() and self.whole.takes_command():
            self._put_aside()
        self.buffer.insert_text(text)

    def replace(self, text: str) -> None:
        """Put *text* in place of the draft, as one step that can be undone; what differs in it was not typed."""
        self.buffer.save_to_undo_stack()
        before = self.whole
        begin, end, new_end = find_change(before.text, text)
        after = before.splice(begin, end, Draft(text[begin:new_end])).map(self._pastes.refold)
        self.buffer.put(after, len(after))

    def say(self, text: str, *, for_s: float = NOTICE_S) -> None:
        """Show *text* below the draft."""
        self.notice = DraftNotice(text, self._clock() + for_s)

    def enter(self) -> Draft | None:
        """Do what Enter does; return the message where it sends."""
        document, draft = self.buffer.document, self.buffer.draft
        before = draft.part(0, self.buffer.cursor_position)
        if multiline.is_block(draft) and not (multiline.is_closed(draft) and document.on_last_line):
            self.newline()
        elif document.is_cursor_at_the_end_of_line and multiline.is_continued(before):
            self.buffer.delete_before_cursor()
            self.newline()
        else:
            return self.send()
        return None

    def send(self) -> Draft | None:
        """Return the message, None where there is nothing to send, or a paste or a choice is just being made."""
        if self._newest is not None and self._clock() - self._newest.at <= JOIN_S:
            return None
        state = self.buffer.complete_state
        if state is not None and state.complete_index is not None and not self.buffer.draft.begins_command():
            self.buffer.complete_state = None
            if len(state.completions) > 1:  # a single one need not be chosen
                return None
        message = multiline.message(self.whole)
        if not message.text.strip():
            return None
        self._recall.add(self.buffer.draft)
        return message

    def newline(self) -> None:
        """Begin a new line."""
        self.buffer.insert_text("\n", fire_event=False)

    def clear(self) -> None:
        """Empty the draft; Up brings it back."""
        if self.buffer.text.strip():
            self._recall.keep(self.buffer.draft)
        self.buffer.reset()
        self.notice = self._newest = None

    def erase_before(self) -> None:
        """Delete the character before the cursor."""
        position = self.buffer.cursor_position
        self.buffer.delete_before_cursor(position - cells.previous(self.buffer.text, position))

    def erase_after(self) -> None:
        """Delete the character after the cursor."""
        position = self.buffer.cursor_position
        self.buffer.delete(cells.following(self.buffer.text, position) - position)

    def left(self) -> None:
        """Go one character back."""
        self.buffer.cursor_position = cells.previous(self.buffer.text, self.buffer.cursor_position)

    def right(self) -> None:
        """Go one character on."""
        self.buffer.cursor_position = cells.following(self.buffer.text, self.buffer.cursor_position)

    def joins(self) -> bool:
        """Return whether a paste that arrives now continues the newest one."""
        newest = self._newest
        return (
            newest is not None
            and self._clock() - newest.at <= JOIN_S
            and (newest.after.text, newest.after.cursor_position)
            == (self.buffer.text, self.buffer.document.cursor_position)
        )

    def paste(self, text: str, *, is_cut: bool = False) -> None:
        """Insert a paste, folded where it is long."""
        if self.joins() and self._newest is not None:
            self.buffer.delete_before_cursor(len(self._newest.shown))
            text = self._newest.text + text
        if self._is_as_given() and self.whole.begins_command() and text.startswith(SLASHES):
            self._put_aside()
        cleaned = clean_paste(text)
        shown = self._pastes.fold(cleaned.text)
        self.buffer.insert(Draft(shown))
        self._newest = _Paste(text, shown, self.buffer.document, self._clock())
        if is_cut:
            lines = cleaned.text.count("\n") + 1
            self.say(ngettext("paste may be cut: {count} line", "paste may be cut: {count} lines", lines))
        elif cleaned.removed:
            told = ngettext(
                "{count} control character removed from the paste",
                "{count} control characters removed from the paste",
                cleaned.removed,
            )
            self.say(told)

    def has_paste(self) -> bool:
        """Return whether the cursor is at a paste, folded or not."""
        return bool(self._at_cursor()) or self._around() is not None

    def fold(self) -> None:
        """Preview the folded paste at the cursor; expand the one that is previewed; fold an expanded one."""
        stand_in, around = self._at_cursor(), self._around()
        if stand_in and (self.notice is None or self._previewed != stand_in):
            self._previewed = stand_in
            self.notice = DraftNotice(self._pastes.preview(stand_in).expandtabs(4))
        elif stand_in:
            position = self.buffer.text.index(stand_in, max(self.buffer.cursor_position - 1, 0))
            self._put(position, position + 1, self._pastes.expand(stand_in))
        elif around is not None:
            self._put(*around, self._pastes.fold(self.buffer.text[slice(*around)]))

    def _is_as_given(self) -> bool:
        return self._given is not None and self.buffer.document == self._given

    def _put_aside(self) -> None:
        """Empty the draft for another one; Up brings it back."""
        self.clear()
        self.say(_("your draft was put aside; Up brings it back"))

    def _put(self, begin: int, end: int, text: str) -> None:
        self._previewed = ""
        self.buffer.put(self.buffer.draft.splice(begin, end, Draft(text)), begin + len(text))
        self.notice = None

    def _at_cursor(self) -> str:
        """Return the stand-in before or under the cursor, "" if there is none."""
        document = self.buffer.document
        near = (document.char_before_cursor, document.current_char)
        return next((character for character in near if is_stand_in(character)), "")

    def _around(self) -> tuple[int, int] | None:
        return self._pastes.around(self.buffer.text, self.buffer.cursor_position)

    def _fade(self, _buffer: Buffer) -> None:
        if self.notice is not None and self._clock() >= self.notice.until:
            self.notice = None
