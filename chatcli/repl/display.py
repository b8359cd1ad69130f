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


def show_end(conversation: Conversation, title: str, output: Output) -> None:
    """Show what an opened conversation was about: its title, how long it is, and its last turn."""
    turns = split_turns(conversation.history)
    output.note(f"“{title}”, {count_noun(len(turns), 'turn')}.")
    for message in turns[-1] if turns else ():
        if message.role == "user":
            output.say(f"> {message.typed}", raw=True)
        elif text := message.text or message.refusal:
            output.say(text)
