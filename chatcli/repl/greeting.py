"""The first screen: the model and where its key is from, what to do, and a tip."""

from __future__ import annotations

from collections.abc import Iterator

from chatcli.app.running_chat import RunningChat
from chatcli.request.parameters import sampling_advice
from chatcli.settings.endpoints import GUIDE, model_title
from chatcli.text.phrases import capitalize

_WAY_AROUND = "/help lists commands; press Esc to stop an answer, Ctrl+D to quit."
_ASK_GUIDE = "Ask the guide about chat itself, such as: how do I attach a file?"


def greeting(chat: RunningChat, *, is_alone: bool, tip: str) -> Iterator[str]:
    """Yield the lines of the first screen; *is_alone* where the guide answers because nothing else is set up."""
    yield _who_answers(chat, is_alone=is_alone)
    yield _WAY_AROUND
    if chat.client.endpoint.name == GUIDE:
        yield _ASK_GUIDE
    elif tip:
        yield tip
    if word := sampling_advice(chat.session.conversation.options):
        yield f"{capitalize(word)}."


def _who_answers(chat: RunningChat, *, is_alone: bool) -> str:
    if is_alone:
        return "No model is connected, so the built-in guide answers. Enter or /connect sets one up."
    endpoint = chat.client.endpoint
    if endpoint.name == GUIDE:
        return "The built-in guide answers, from the help of chat."
    key = f", key from {endpoint.key_source}" if endpoint.key_source else ""
    model = model_title(chat.session.binding.model) or chat.client.likely_model or "Default model"
    return f"{model} at {endpoint.name}{key}."
