"""Adds the answers of a finished reply to the tree, with their metadata."""

from __future__ import annotations

from functools import partial

from chatcli.conversation.answers import answer_facts, has_content, join_answers, usage_or_estimate
from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.messages import Message
from chatcli.conversation.sending import Attempt
from chatcli.conversation.stopwatch import Stopwatch
from chatcli.conversation.tree import Node, Tree
from chatcli.records import replace


def settle_answers(
    tree: Tree,
    pending: Node,
    done: Attempt,
    start: Message | None,
    stopwatch: Stopwatch,
    binding: ModelBinding,
) -> list[Node]:
    """Put the main answer of *done* in the *pending* node, the others beside it; *start* is the answer it continues."""
    reply = done.reply
    # The request that continued an answer is not the one before it in the tree.
    sent_turns = None if start or done.error else done.window.earlier_turns
    first, *others = sorted(reply.choices) or [0]
    answer = join_answers(start, reply.message()) if start else reply.message()
    describe = partial(answer_facts, reply, stopwatch=stopwatch, binding=binding, sent_turns=sent_turns)
    usage = reply.usages.get(first) or usage_or_estimate(reply, done.window.messages, binding)
    nodes = [tree.put(replace(pending, message=answer, facts=describe(index=first, usage=usage)))]
    return nodes + [
        tree.add(message, parent=pending.parent, facts=describe(index=index, usage=reply.usages.get(index)))
        for index in others
        if has_content(message := reply.message(index))
    ]
