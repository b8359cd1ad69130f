"""Shows what the loop needs besides turns: a resumed chat, and the least certain tokens of an answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

from chatcli.commands.asides import describe_aside
from chatcli.commands.logprobs import doubts
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.messages import Message, TokenLogprob
from chatcli.conversation.tool_lines import describe_call
from chatcli.conversation.tree import Node, Tree
from chatcli.conversation.window import TurnSequence, split_before
from chatcli.language import _, ngettext
from chatcli.output.plain import Output
from chatcli.terminal import cells

_ROWS_BELOW = 4  # the title, the prompt, the toolbar
_ROWS_BETWEEN = 2  # empty rows behind a question and an answer


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
    """Show a resumed conversation: its title, its turns as lists count them, the turn of message *at* or a screenful.

    *save_image* returns the file of an image, empty if there is none.
    """
    turns = conversation.turns
    turn = _turn_of(conversation, at)
    tree = conversation.tree
    output.note(_heading(title, tree, here=len(turns), shown=turn if turn < len(turns) else 0))
    first, last = (turn, turn) if turn else (_first_on_screen(turns), len(turns))
    for number in range(first, last + 1):
        _show_turn(number, turns[number - 1], output, save_image)
    if at is not None and at in tree and (aside := tree.aside_of(at)):
        output.note(_("Asked beside the chat:"))
        output.say(describe_aside(tree, aside))


def _heading(title: str, tree: Tree, *, here: int, shown: int) -> str:
    """Return *title* with the turns of all branches, those *here* on this one, and the turn that is *shown* if any."""
    asked = tree.count_all_questions()
    turns = ngettext("{count} turn", "{count} turns", asked)
    if asked > here:
        turns = _("{turns}, {here} of them on this branch", turns=turns, here=here)
    if shown:
        return _("“{title}”, {turns}; turn {number}:", title=title, turns=turns, number=shown)
    return _("“{title}”, {turns}.", title=title, turns=turns)


def show_history(conversation: Conversation, output: Output, save_image: Callable[[str], str]) -> None:
    """Show the turns of the current branch, with what was asked beside them, and the question without an answer."""
    tree = conversation.tree
    for question in _asides_after(tree, None):
        output.say(describe_aside(tree, question))
    for number, turn in enumerate(split_before(tree.path(tree.head), lambda node: node.message.role == "user"), 1):
        _show_turn(number, [node.message for node in turn], output, save_image)
        for question in _asides_after(tree, turn[-1].id):
            output.say(describe_aside(tree, question))
    if conversation.unanswered:
        _show_turn(conversation.question_count + 1, [conversation.unanswered.message], output, save_image)


def _asides_after(tree: Tree, id: int | None) -> list[Node]:
    return [node for node in tree.children(id) if node.id in tree.asides]


def _show_turn(number: int, turn: Sequence[Message], output: Output, save_image: Callable[[str], str]) -> None:
    """Show a question as it stood at the prompt, what was answered, and which tools were called."""
    for message in turn:
        if message.role == "user":
            asked = message.typed.replace("\n", "\n  ")
            output.say(f"{f'{number} ' if number > 1 else ''}> {asked}", raw=True, dim=True)
        elif message.role == "assistant":
            if text := message.text or message.refusal:
                output.say(text, quoted=True)
            for line in _describe_images(message, save_image):
                output.note(line)
            for call in message.tool_calls:
                output.note(f"→ {describe_call(call)}")


def _first_on_screen(turns: TurnSequence) -> int:
    """Return the first of the last turns that fit on the screen together, about; the last one is always shown."""
    columns, rows = shutil.get_terminal_size()
    room = rows - _ROWS_BELOW
    for number in range(len(turns), 0, -1):
        texts = (message.text for message in turns[number - 1] if message.role != "tool")
        room -= sum(len(message.tool_calls) for message in turns[number - 1])
        room -= sum(cells.width(line) // columns + 1 for text in texts for line in text.split("\n")) + _ROWS_BETWEEN
        if room < 0 and number < len(turns):
            return number + 1
    return 1


def _describe_images(answer: Message, save: Callable[[str], str]) -> list[str]:
    from chatcli.request.images import describe_images  # a start without a chat has none

    return describe_images(answer, save)


def _turn_of(conversation: Conversation, at: int | None) -> int:
    """Return the number of the turn with message *at* on the branch in use, 0 where it is not there."""
    outline = conversation.tree.outline
    is_here = at is not None and at in conversation.tree and outline.is_on_branch(at, conversation.tree.head)
    return outline.count_questions(at) if is_here else 0
