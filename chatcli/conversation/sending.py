"""Sends a window and listens to the reply; whatever happens meanwhile is part of the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.messages import Event, Image, Listener, UsageReported
from chatcli.conversation.reply import Reply
from chatcli.conversation.requests import RequestBuilder
from chatcli.conversation.window import Window
from chatcli.errors import ChatError, IncompleteAnswerError, Stopped
from chatcli.language import _
from chatcli.records import frozen, replace

MALFORMED_MAX = 3  # A stream with more unreadable events than this is given up.


@frozen
class Attempt:
    """One request and its outcome."""

    window: Window
    reply: Reply
    error: ChatError | Stopped | None = None


@frozen
class Sender:
    """Sends windows of one conversation.

    *connect* returns the builder of requests, which knows the model by then; it may send requests of its own. *guard*
    is entered while a request runs. *save_image* returns the file of an image.
    """

    connect: Callable[[], RequestBuilder]
    guard: Callable[[], AbstractContextManager[object]]
    save_image: Callable[[str], str]

    def send(
        self,
        window: Window,
        listeners: Sequence[Listener],
        *,
        prefill: str | None = None,
        is_aside: bool = False,
    ) -> Attempt:
        """Send *window*; every event passes the reply and then the *listeners*, in order."""
        reply = Reply()
        try:
            with self.guard():
                builder = self.connect()
                request = builder.request(window, prefill=prefill, is_aside=is_aside)
                builder.binding.client.send(request, self._completing(builder.binding, reply, listeners))
        except KeyboardInterrupt:
            reply.stopped = True
        except (ChatError, Stopped) as error:
            reply.failure = str(error)
            return Attempt(window, reply, error)
        return Attempt(window, reply)

    def _completing(self, binding: ModelBinding, reply: Reply, listeners: Sequence[Listener]) -> Listener:
        """Return what passes events on, with the cost of usage and the files of images."""

        def take(event: Event) -> None:
            if isinstance(event, UsageReported):
                event = binding.with_cost(event)
            if isinstance(event, Image):
                event = replace(event, path=self.save_image(event.url))
            for listener in (reply.feed, *listeners):
                listener(event)
            if reply.malformed > MALFORMED_MAX:
                raise IncompleteAnswerError(_("the server sends unreadable events"))

        return take
