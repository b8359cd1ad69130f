"""Sends the images of tool results only to models that accept images, as far as that is known or a refusal tells."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from chatcli.conversation.messages import Listener, Message, Notice, Request
from chatcli.conversation.tool_images import result_images, without_tool_images
from chatcli.errors import ImagesRefusedError, Remedy
from chatcli.language import _
from chatcli.records import field, mutable, replace

_Send = Callable[[Request, Listener], None]


@mutable
class ImageSupport:
    """Knows which models accept images: *abilities* returns what a model is known to be capable of, empty if unknown.

    An image that the user attached is always sent: the error about it is the answer to a question of the user's.
    """

    abilities: Callable[[str], tuple[str, ...]]
    _refusing: set[str] = field(default_factory=set)

    def sees(self, model: str) -> bool | None:
        """Return whether *model* accepts images, None if that is unknown."""
        if model in self._refusing:
            return False
        known = self.abilities(model)
        return "vision" in known if known else None

    def send(self, request: Request, show: Listener, send: _Send) -> None:
        """Call *send* with *request*, without the images of results if the model accepts none; raises ChatError."""
        fitting = self.fit(request)
        if fitting is request:
            try:
                return send(request, show)
            except ImagesRefusedError:
                if not _has_tool_images(request):
                    raise
                self._refusing.add(request.model)
        if any(map(result_images, takewhile(_is_result, reversed(request.messages)))):
            what = _(
                "the images of the tools were not sent, because {model} does not accept images", model=request.model
            )
            show(Notice("unseen_picture", what, Remedy("choose_vision_model")))
        return send(self.fit(request), show)

    def as_sent(self, model: str, result: Message) -> Message:
        """Return *result* as *model* gets it."""
        return without_tool_images([result])[0] if self.sees(model) is False else result

    def fit(self, request: Request) -> Request:
        """Return *request* as its model accepts it; the same one if nothing is left out."""
        if not _has_tool_images(request) or self.sees(request.model) is not False:
            return request
        return replace(request, messages=without_tool_images(request.messages))


def _has_tool_images(request: Request) -> bool:
    return any(map(result_images, request.messages))


def _is_result(message: Message) -> bool:
    return message.role == "tool"
