"""Sends the images of tool results: results are text, so their images follow in a message of the user. Pure.

Law: a result stays text, directly after its call, and the images of a round follow its last result; so the order and
the pairing of calls and results never change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chatcli.conversation.messages import ImagePart, Message, Part, TextPart, text_message
from chatcli.records import replace

ACKNOWLEDGED = "The results are here."
LEFT_OUT = "[The images of this result are left out, because the model does not accept images.]"


def result_images(result: Message) -> tuple[ImagePart, ...]:
    """Return the images of a tool result, none for any other message."""
    return tuple(part for part in result.parts if isinstance(part, ImagePart)) if result.role == "tool" else ()


def name_image(number: int) -> str:
    """Return the name of an image of a result, numbered from 1."""
    return f"image {number}"


def with_images_apart(messages: Iterable[Message]) -> Iterator[Message]:
    """Yield *messages* with the images of results after them: at the start of the next question, or on their own."""
    names: dict[str, str] = {}
    apart: list[Part] = []
    for message in messages:
        names |= {call.id: call.name for call in message.tool_calls}
        if images := result_images(message):
            apart += _labelled(images, names.get(message.tool_call_id or "", ""))
            message = _without_images(message)
        if apart and message.role == "user":
            message, apart = replace(message, parts=(*apart, TextPart("\n\n"), *message.parts)), []
        elif apart and message.role != "tool":
            yield Message("user", tuple(apart))
            apart = []
        yield message
    if apart:
        yield Message("user", tuple(apart))


def with_results_answered(messages: Iterable[Message]) -> Iterator[Message]:
    """Yield *messages* with an answer between the results of tools and a message of the user."""
    before = ""
    for message in messages:
        if before == "tool" and message.role == "user":
            yield text_message("assistant", ACKNOWLEDGED)
        yield message
        before = message.role


def without_tool_images(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return *messages* with a sentence in place of the images of each result."""
    return tuple(_without_images(message, LEFT_OUT) if result_images(message) else message for message in messages)


def labels(result: Message) -> str:
    """Return the text that is sent beside the images of *result*, for counting; its tool may have any name."""
    return "".join(part.text for part in _labelled(result_images(result), "") if isinstance(part, TextPart))


def _labelled(images: Sequence[ImagePart], tool: str) -> list[Part]:
    """Return *images*, each after a line that says which it is: they are not the user's."""
    parts: list[Part] = []
    for number, image in enumerate(images, start=1):
        parts += [TextPart(f"[{name_image(number)} in the result of the tool {tool}]\n"), image]
    return parts


def _without_images(result: Message, instead: str = "") -> Message:
    text = "\n".join(filter(None, [result.text, instead]))
    return replace(result, parts=(TextPart(text),) if text else ())
