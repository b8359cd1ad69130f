"""The first screen: the model and where its key is from, what to do, and a tip."""

from __future__ import annotations

from collections.abc import Iterator

from chatcli.app.running_chat import RunningChat
from chatcli.language import N_, _
from chatcli.request.parameters import sampling_advice
from chatcli.settings.endpoints import GUIDE, model_title
from chatcli.text.phrases import punctuate

_WAY_AROUND = N_("/help lists commands; press Esc to stop an answer, Ctrl+D to quit.")
_ASK_GUIDE = N_("Ask the guide about chat itself, such as: how do I attach a file?")


def greeting(chat: RunningChat, *, is_alone: bool, tip: str) -> Iterator[str]:
    """Yield the lines of the first screen; *is_alone* where the guide answers because nothing else is set up."""
    yield _who_answers(chat, is_alone=is_alone)
    yield _(_WAY_AROUND)
    if chat.client.endpoint.name == GUIDE:
        yield _(_ASK_GUIDE)
    elif tip:
        yield tip
    if word := sampling_advice(chat.session.conversation.options):
        yield punctuate(word)


def _who_answers(chat: RunningChat, *, is_alone: bool) -> str:
    if is_alone:
        return _("No model is connected, so the built-in guide answers. Enter or /connect sets one up.")
    endpoint = chat.client.endpoint
    if endpoint.name == GUIDE:
        return _("The built-in guide answers, from the help of chat.")
    model = model_title(chat.session.binding.model) or chat.client.likely_model or _("Default model")
    if source := endpoint.key_source:
        return _("{model} at {provider}, key from {source}.", model=model, provider=endpoint.name, source=source)
    return _("{model} at {provider}.", model=model, provider=endpoint.name)
