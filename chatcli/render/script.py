"""Assigns events to sections: reasoning before the answer, one answer after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from chatcli.conversation.messages import Finished, Reasoning, Refusal, Text, ToolFragment
from chatcli.language import _
from chatcli.render.look import Folding, Look
from chatcli.render.sections import Answer, Calls, Declined, LineSection, Thinking
from chatcli.render.strip import Strip

SectionKind = TypeVar("SectionKind", Answer, Declined, Calls, Thinking)
Said: TypeAlias = Text | Reasoning | Refusal | ToolFragment | Finished


class Script:
    """Deals events out to sections.

    Choices that come interleaved are shown one under the other: later ones wait until the earlier ones have ended.
    What is thought after the answer has begun waits for its end, so the two never mix.
    """

    def __init__(self, look: Look, strip: Strip, *, choices: int, markdown: bool) -> None:
        self._look = look
        self._strip = strip
        self._markdown = markdown and look.markdown
        self._folding: Folding = look.reasoning
        self._choice = 0
        self._has_ended = False  # the choice that is being shown
        self._is_numbered = choices > 1
        self._is_headed = False
        self._titles: dict[int, str] = {}
        self._later: dict[int, list[tuple[Said, float]]] = {}
        self._afterthoughts: list[tuple[Reasoning, float]] = []
        self._space = ""

    def feed(self, event: Said, now_s: float) -> None:
        """Take what the model says."""
        if event.choice != self._choice:
            self._later.setdefault(event.choice, []).append((event, now_s))
            self._is_numbered = True
        elif isinstance(event, Finished):
            self._has_ended = True
        else:
            self._show(event, now_s)
        if self._has_ended and self._later:
            self._next_choice(now_s)

    def entitle(self, choice: int, title: str) -> None:
        """Head an answer by *title* instead of its number."""
        self._titles[choice] = title
        self._is_numbered = True

    def end(self, now_s: float) -> None:
        """Show everything that waits."""
        while self._later:
            self._next_choice(now_s)
        self._end_choice(now_s)

    def toggle_reasoning(self) -> None:
        """Show thoughts that were folded, or fold them; from now on, and where they are still being thought."""
        self._folding = "folded" if self._folding == "shown" else "shown"
        if isinstance(self._strip.open, Thinking):
            self._strip.open.folding = self._folding

    def _next_choice(self, now_s: float) -> None:
        self._end_choice(now_s)
        self._choice = min(self._later)
        self._has_ended = self._is_headed = False
        for event, then_s in self._later.pop(self._choice):
            self.feed(event, then_s)

    def _end_choice(self, now_s: float) -> None:
        """Close what is open, and show what was thought meanwhile."""
        self._strip.close(now_s)
        thoughts, self._afterthoughts = self._afterthoughts, []
        for event, then_s in thoughts:
            self._show(event, then_s)
        if thoughts:
            self._strip.close(thoughts[-1][1])

    def _show(self, event: Text | Reasoning | Refusal | ToolFragment, now_s: float) -> None:
        if not self._is_headed and self._is_numbered:
            title = self._titles.get(self._choice) or _("Answer {number}", number=self._choice + 1)
            self._strip.add(LineSection(title, self._look, style="chat.title", is_quiet=False), now_s)
        self._is_headed = True
        match event:
            case Text():
                self._answer(event.text, now_s)
            case Refusal():
                self._section(Declined, lambda: Declined(self._look), now_s).feed(event.text)
            case ToolFragment():
                self._section(Calls, lambda: Calls(self._look), now_s).feed(event)
            case Reasoning():
                self._think(event, now_s)

    def _answer(self, text: str, now_s: float) -> None:
        """Add to the answer; space alone does not begin one, because some servers send it before the thoughts."""
        if not isinstance(self._strip.open, Answer):
            text, self._space = self._space + text, ""
            if not text.strip():
                self._space = text.rpartition("\n")[2]
                return
        self._section(Answer, lambda: Answer(self._look, markdown=self._markdown), now_s).feed(text)

    def _think(self, event: Reasoning, now_s: float) -> None:
        if isinstance(self._strip.open, Answer):
            self._afterthoughts.append((event, now_s))
            return
        thinking = self._section(Thinking, lambda: Thinking(self._look, self._folding, begun_s=now_s), now_s)
        thinking.feed(event.text)

    def _section(self, kind: type[SectionKind], begin: Callable[[], SectionKind], now_s: float) -> SectionKind:
        """Return the open section if it is of this kind, else begin one."""
        if type(self._strip.open) is kind:
            return self._strip.open
        section = begin()
        self._strip.add(section, now_s)
        return section
