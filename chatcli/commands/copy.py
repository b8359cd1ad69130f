"""Command that copies parts of the conversation to the clipboard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcli.commands.context import CommandContext
from chatcli.commands.numbers import turn_number
from chatcli.commands.table import Completion, Outcome, Pick, Say, command
from chatcli.conversation.messages import Message
from chatcli.conversation.window import split_turns
from chatcli.errors import UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.markdown.fences import Fence, fences
from chatcli.text.phrases import count_noun, one_line

GROUP = "Conversation"


def _blocks(context: CommandContext, words: Sequence[str]) -> Iterable[str]:
    turns = split_turns(context.conversation.history)
    if list(words) != ["code"] or not turns:
        return ()
    return [str(number) for number, _ in enumerate(fences(_answer(turns[-1])), 1)]


@command("copy", "[T | code [K] | all]", group=GROUP, complete=Completion(lambda _context: ["code", "all"], _blocks))
def copy_command(context: CommandContext, argument: str) -> Outcome:
    """Copy an answer, a code block or the whole chat.

    Without an argument it copies the last answer, with T the answer of that turn, with `code K` the K-th code block of
    the last answer, and with `code` the only one, or the one that you choose. Without a clipboard program, the terminal
    sets its clipboard (OSC 52), which also works over ssh.
    """
    conversation = split_turns(context.conversation.history)
    if not conversation:
        raise UsageError("there is no answer to copy yet", hint="ask something first")
    word, _, rest = argument.partition(" ")
    if word == "all":
        return _copied(context, "\n\n".join(message.text for turn in conversation for message in turn), "the chat")
    if word == "code":
        blocks = fences(_answer(conversation[-1]))
        if not blocks:
            raise UsageError("the last answer has no code block", hint="/copy copies all of it")
        if len(blocks) > 1 and not rest:
            return _choose_block(context, blocks)
        return _copied_block(context, blocks, turn_number(rest, len(blocks), what="block") if rest else 1)
    number = turn_number(argument, len(conversation)) if argument else len(conversation)
    return _copied(context, _answer(conversation[number - 1]), f"the answer of turn {number}")


def _choose_block(context: CommandContext, blocks: Sequence[Fence]) -> Outcome:
    rows = [ChoiceRow(str(number), one_line(block.text), _describe(block)) for number, block in enumerate(blocks, 1)]
    return Pick(ChoiceList("Copy which code block?", rows), lambda key: _copied_block(context, blocks, int(key)))


def _describe(block: Fence) -> str:
    lines = count_noun(block.text.count("\n"), "line")
    return f"{block.language}, {lines}" if block.language else lines


def _copied_block(context: CommandContext, blocks: Sequence[Fence], number: int) -> Outcome:
    return _copied(context, blocks[number - 1].text, f"block {number} of {len(blocks)}")


def _copied(context: CommandContext, text: str, what: str) -> Outcome:
    tool = context.clipboard.write(text)
    return Say(f"Copied {what} ({count_noun(len(text), 'character')}) with {tool}.")


def _answer(turn: Sequence[Message]) -> str:
    return "\n\n".join(message.text or message.refusal for message in turn if message.role == "assistant")
