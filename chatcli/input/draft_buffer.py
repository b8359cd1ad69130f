"""Extends the prompt buffer to remember which characters were typed.

prompt-toolkit edits plain strings. What its own bindings put in came by a key, by completion, or out of the draft
itself: yanked text keeps its origin, letters that change places or case are still typed. All that is put in by other
ways than these is not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, get_common_complete_suffix
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition

from chatcli.input.recall import Recall
from chatcli.text.draft import Draft, find_change

_KEPT = 60  # drafts of which something was taken away: as many as the ring of kills has entries


class DraftBuffer(Buffer):
    """Holds one draft, and the past ones that *recall* gives; *is_listing* tells when completions come while typing."""

    def __init__(self, completer: Completer, recall: Recall, *, is_listing: Callable[[Draft, int], bool]) -> None:
        self.draft = Draft()
        self._recall = recall
        self._line = 0
        self._left: dict[str, Draft] = {}
        self._reduced: deque[Draft] = deque(maxlen=_KEPT)
        self._undone: list[tuple[Draft, int]] = []
        self._done: list[tuple[Draft, int]] = []
        self._is_typing = True
        super().__init__(
            completer=completer,
            complete_while_typing=Condition(lambda: is_listing(self.draft, self.cursor_position)),
            history=recall,
            enable_history_search=True,
            multiline=True,
            on_text_changed=self._follow,
        )

    def begin(self, draft: Draft) -> None:
        """Start again with *draft*, the cursor behind it; nothing of what was done before can be undone."""
        self.reset(Document(draft.text, len(draft)))
        self.draft = draft

    def reset(self, document: Document | None = None, append_to_history: bool = False) -> None:
        """Start again with the text of *document*, which was not typed."""
        super().reset(document, append_to_history)
        self.draft = Draft(self.text)
        self._line = self._line_from_end()
        self._left.clear()
        self._done.clear()
        self._undone.clear()

    def history_backward(self, count: int = 1) -> None:
        """Go back through past prompts, other windows' newest included."""
        self.take_news()
        super().history_backward(count)

    def take_news(self) -> None:
        """Insert prompts that other windows have sent since before those of this one."""
        if self.working_index != len(self._working_lines) - 1 or not (news := self._recall.take_news()):
            return
        *past, text = self._working_lines
        place = max(len(past) - self._recall.own_count, 0)
        older = [line for line in past[:place] if line not in news]
        cursor = self.cursor_position
        self._working_lines = deque([*older, *reversed(news), *past[place:], text])
        self.working_index = len(self._working_lines) - 1
        self.cursor_position = cursor

    def put(self, draft: Draft, cursor: int) -> None:
        """Replace the text by *draft*."""
        self.draft = draft
        self.document = Document(draft.text, cursor)

    def insert(self, draft: Draft) -> None:
        """Put *draft* in at the cursor."""
        position = self.cursor_position
        self.put(self.draft.splice(position, position, draft), position + len(draft))

    def insert_text(
        self, data: str, overwrite: bool = False, move_cursor: bool = True, fire_event: bool = True
    ) -> None:
        """Insert typed text."""
        position = self.cursor_position
        if self._is_typing:
            line_end = position + len(self.document.current_line_after_cursor)
            end = max(min(position + len(data), line_end), position) if overwrite else position
            by = _recased(data, self.draft.part(position, end)) or Draft.by_keys(data)
            self.draft = self.draft.splice(position, end, by)
        super().insert_text(data, overwrite, move_cursor, fire_event)

    def complete(self) -> None:
        """Put in what all completions share, or the next of them.

        It is done at once: prompt-toolkit would do it in a task, and do nothing where one for the menu is at work, as
        when a word and the key arrive in one read.
        """
        if self.complete_state is not None and self.complete_state.completions:
            self.complete_next()
            return
        self.complete_state = None
        before = self.document.text_before_cursor
        found = self.completer.get_completions(self.document, CompleteEvent(completion_requested=True))
        fitting = [one for one in found if not before.endswith(one.text) or len(one.text) != -one.start_position]
        if not fitting:
            return
        if common := get_common_complete_suffix(self.document, fitting):
            self.insert_text(common)
            fitting = [one.new_completion_from_position(len(common)) for one in fitting] if len(fitting) > 1 else []
        if fitting:
            self._set_completions(fitting)
        if len(fitting) == 1:
            self.go_to_completion(0)

    def go_to_completion(self, index: int | None) -> None:
        """Insert a completion: the text it adds counts as typed."""
        assert self.complete_state
        self.complete_state.go_to_index(index)
        text, cursor = self.complete_state.new_text_and_position()
        begin, end, new_end = find_change(self.draft.text, text, cursor=cursor)
        self.draft = self.draft.splice(begin, end, Draft.by_keys(text[begin:new_end]))
        super().go_to_completion(index)

    def yank_nth_arg(self, n: int | None = None, _yank_last_arg: bool = False) -> None:
        """Put in a word of an earlier message."""
        self._is_typing = False
        try:
            super().yank_nth_arg(n, _yank_last_arg)
        finally:
            self._is_typing = True

    def save_to_undo_stack(self, clear_redo_stack: bool = True) -> None:
        """Keep the draft as it is, for `undo`."""
        if self._done and self._done[-1][0] == self.draft:
            self._done.pop()
        self._done.append((self.draft, self.cursor_position))
        if clear_redo_stack:
            self._undone.clear()

    def undo(self) -> None:
        """Go back to the newest kept draft that differs from this one."""
        while self._done:
            draft, cursor = self._done.pop()
            if draft != self.draft:
                self._undone.append((self.draft, self.cursor_position))
                self.put(draft, cursor)
                return

    def redo(self) -> None:
        """Take back what `undo` did."""
        if self._undone:
            self.save_to_undo_stack(clear_redo_stack=False)
            self.put(*self._undone.pop())

    def _follow(self, _buffer: Buffer) -> None:
        """Work out the draft of a text that was changed without telling how."""
        line = self._line_from_end()
        if line != self._line:
            self._left[self.draft.text] = self.draft
            self._line = line
            self.draft = self._left.get(self.text) or self._recall.draft(self.text)
        elif self.text != self.draft.text:
            begin, end, new_end = find_change(self.draft.text, self.text, cursor=self.cursor_position)
            by = self._origin(self.text[begin:new_end], self.draft.part(begin, end))
            if begin < end:
                self._reduced.append(self.draft)
            self.draft = self.draft.splice(begin, end, by)

    def _origin(self, text: str, replaced: Draft) -> Draft:
        """Return *text*, put in for *replaced*, with the origin of what it was copied from."""
        if same := _recased(text, replaced):
            return same
        if replaced.is_typed() and sorted(text.casefold()) == sorted(replaced.text.casefold()):
            return Draft.by_keys(text)
        for known in (self.draft, *reversed(self._reduced)):
            position = known.text.find(text)
            if position >= 0:
                return known.part(position, position + len(text))
        return Draft(text)

    def _line_from_end(self) -> int:
        """Return which of the past messages is edited, counted from the newest: older ones may still be read."""
        return len(self._working_lines) - self.working_index


def _recased(text: str, replaced: Draft) -> Draft | None:
    """Return *text* with the origin of *replaced* where only the case of its letters differs, else None.

    The same letters in another order, as `bB` for `Bb`, have changed places.
    """
    is_moved = text != replaced.text and sorted(text) == sorted(replaced.text)
    is_same = len(text) == len(replaced) and text.casefold() == replaced.text.casefold() and not is_moved
    return Draft(text, replaced.typed) if is_same and text else None
