"""Shows a prefilled answer with its prefix exactly once, whether or not the server repeats it."""

from __future__ import annotations

from chatcli.conversation.messages import Ended, Event, Finished, Listener, Sent, Text
from chatcli.records import replace


class Prefill:
    """Passes events to *show*, with *text* before the first text of every answer.

    Some servers send only the continuation, others the whole answer. Text that may still be the prefix is held back
    until that is certain; the prefix is not shown before the server has answered.
    """

    def __init__(self, text: str, show: Listener) -> None:
        self._text = text
        self._show = show
        self._held: dict[int, list[Text]] = {}
        self._begun: set[int] = set()

    def __call__(self, event: Event) -> None:
        """Process the next event of the response."""
        match event:
            case Text(choice=choice) if choice not in self._begun:
                self._held.setdefault(choice, []).append(event)
                self._decide(choice)
                return
            case Finished(choice=choice):
                self._release(choice)
            case Ended():
                for choice in list(self._held):
                    self._release(choice)
            case Sent():  # another attempt: events of the earlier one were never shown
                self._held.clear()
        self._show(event)

    def _decide(self, choice: int) -> None:
        came = "".join(piece.text for piece in self._held[choice])
        if came.startswith(self._text):
            last = self._held.pop(choice)[-1]
            rest = came[len(self._text) :]
            self._begin(choice)
            if rest:
                self._show(replace(last, text=rest, logprobs=last.logprobs if rest == last.text else ()))
        elif not self._text.startswith(came):
            self._release(choice)

    def _release(self, choice: int) -> None:
        """Show held-back text, which was not the prefix."""
        pieces = self._held.pop(choice, [])
        if pieces:
            self._begin(choice)
        for piece in pieces:
            self._show(piece)

    def _begin(self, choice: int) -> None:
        self._begun.add(choice)
        self._show(Text(self._text, choice))
