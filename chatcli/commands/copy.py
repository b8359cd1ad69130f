"""Command that copies parts of the conversation to the clipboard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcli.commands.context import CommandContext
from chatcli.commands.numbers import block_number, turn_number
from chatcli.commands.table import Completion, Outcome, Pick, Say, command
from chatcli.conversation.messages import Message
from chatcli.conversation.window import split_turns
from chatcli.errors import UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import _, ngettext
from chatcli.markdown.fences import Fence, fences
from chatcli.text.phrases import one_line

GROUP = "Conversation"


def _blocks(context: CommandContext, words: Sequence[str]) -> Iterable[str]:
    turns = split_turns(context.conversation.history)
    if list(words) != ["code"] or not turns:
        return ()
    return [str(number) for number, _ignored in enumerate(fences(_answer(turns[-1])), 1)]


@command("copy", "[T | code [K] | all]", group=GROUP, complete=Completion(lambda _context: ["code", "all"], _blocks))
def copy_command(context: CommandContext, argument: str) -> Outcome:
    """Copy an answer, a code block or the whole chat.

    Without an argument it copies the last answer, with T the answer of that turn, with `code K` the K-th code block of
    the last answer, and with `code` the only one, or the one that you choose. Without a clipboard program, the terminal
    sets its clipboard (OSC 52), which also works over ssh.
    """
    conversation = split_turns(context.conversation.history)
    if not conversation:
        raise UsageError(_("there is no answer to copy yet"), hint=_("ask something first"))
    word, _separator, rest = argument.partition(" ")
    if word == "all":
        return _copied(context, "\n\n".join(message.text for turn in conversation for message in turn), _("the chat"))
    if word == "code":
        blocks = fences(_answer(conversation[-1]))
        if not blocks:
            raise UsageError(_("the last answer has no code block"), hint=_("/copy copies all of it"))
        if len(blocks) > 1 and not rest:
            return _choose_block(context, blocks)
        return _copied_block(context, blocks, block_number(rest, len(blocks)) if rest else 1)
    number = turn_number(argument, len(conversation)) if argument else len(conversation)
    return _copied(context, _answer(conversation[number - 1]), _("the answer of turn {number}", number=number))


def _choose_block(context: CommandContext, blocks: Sequence[Fence]) -> Outcome:
    rows = [ChoiceRow(str(number), one_line(block.text), _describe(block)) for number, block in enumerate(blocks, 1)]
    return Pick(ChoiceList(_("Copy which code block?"), rows), lambda key: _copied_block(context, blocks, int(key)))


def _describe(block: Fence) -> str:
    lines = ngettext("{count} line", "{count} lines", block.text.count("\n"))
    return _("{language}, {lines}", language=block.language, lines=lines) if block.language else lines


def _copied_block(context: CommandContext, blocks: Sequence[Fence], number: int) -> Outcome:
    what = _("block {number} of {all}", number=number, all=len(blocks))
    return _copied(context, blocks[number - 1].text, what)


def _copied(context: CommandContext, text: str, what: str) -> Outcome:
    tool = context.clipboard.write(text)
    size = ngettext("{count} character", "{count} characters", len(text))
    return Say(_("Copied {what} ({size}) with {tool}.", what=what, size=size, tool=tool))


def _answer(turn: Sequence[Message]) -> str:
    return "\n\n".join(message.text or message.refusal for message in turn if message.role == "assistant")
