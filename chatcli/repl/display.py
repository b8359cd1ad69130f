"""Shows what the loop needs besides turns: a resumed chat, and the least certain tokens of an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatcli.commands.logprobs import doubts
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.messages import Message, TokenLogprob
from chatcli.conversation.window import split_turns
from chatcli.output.plain import Output
from chatcli.text.phrases import count_noun


def show_doubts(tokens: Sequence[TokenLogprob], output: Output) -> None:
    """Show the least certain tokens of an answer with their alternatives, below the answer."""
    if table := doubts(tokens):
        output.say(table)


def show_opened(
    conversation: Conversation,
    title: str,
    output: Output,
    *,
    at: int | None = None,
    save_image: Callable[[str], str] = lambda _url: "",
) -> None:
    """Show a resumed conversation: its title, its turns as lists count them, and the turn of message *at*, or the last.

    *save_image* returns the file of an image, empty if there is none.
    """
    turns = split_turns(conversation.history)
    turn = _turn_of(conversation, at) or len(turns)
    where = f"; turn {turn}:" if turn < len(turns) else "."
    asked = sum(node.message.role == "user" for node in conversation.tree.nodes)
    here = f", {len(turns)} of them on this branch" if asked > len(turns) else ""
    output.note(f"“{title}”, {count_noun(asked, 'turn')}{here}{where}")
    for message in turns[turn - 1] if turns else ():
        if message.role == "user":
            output.say(f"> {message.typed}", raw=True)
            continue
        if text := message.text or message.refusal:
            output.say(text)
        for line in _describe_images(message, save_image):
            output.note(line)


def _describe_images(answer: Message, save: Callable[[str], str]) -> list[str]:
    from chatcli.request.images import describe_images  # a start without a chat has none

    return describe_images(answer, save)


def _turn_of(conversation: Conversation, at: int | None) -> int:
    """Return the number of the turn with message *at* on the branch in use, 0 where it is not there."""
    ids = [node.id for node in conversation.tree.path(conversation.tree.head)]
    return sum(question.id in ids[: ids.index(at) + 1] for question in conversation.questions) if at in ids else 0
