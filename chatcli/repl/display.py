"""What the loop shows besides turns: an opened chat, and an answer by the probability of its tokens."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.commands.logprobs import doubts
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.messages import TokenLogprob
from chatcli.conversation.window import split_turns
from chatcli.output.plain import Output
from chatcli.text.phrases import count_noun


def show_logprobs(tokens: Sequence[TokenLogprob], output: Output) -> None:
    """Show an answer shaded by the probability of its tokens, and the doubtful ones with their alternatives."""
    output.shade(tokens)
    show_doubts(tokens, output)


def show_doubts(tokens: Sequence[TokenLogprob], output: Output) -> None:
    """Show the doubtful tokens of an answer with their alternatives; the answer itself stands there already."""
    if table := doubts(tokens):
        output.say(table)


def show_opened(conversation: Conversation, title: str, output: Output, *, at: int | None = None) -> None:
    """Show what an opened chat is about: title, length, and the turn of message *at*, else the last."""
    turns = split_turns(conversation.history)
    place = _turn_of(conversation, at) or len(turns)
    where = f"; turn {place}:" if place < len(turns) else "."
    output.note(f"“{title}”, {count_noun(len(turns), 'turn')}{where}")
    for message in turns[place - 1] if turns else ():
        if message.role == "user":
            output.say(f"> {message.typed}", raw=True)
        elif text := message.text or message.refusal:
            output.say(text)


def _turn_of(conversation: Conversation, at: int | None) -> int:
    """Return the number of the turn with message *at* on the branch in use, 0 where it is not there."""
    ids = [node.id for node in conversation.tree.path(conversation.tree.head)]
    return sum(question.id in ids[: ids.index(at) + 1] for question in conversation.questions) if at in ids else 0
