"""Commands about the branches of a conversation: edit a question, pick an answer, switch branches, fork."""

from __future__ import annotations

from chatcli.commands.asides import describe_aside
from chatcli.commands.context import CommandContext
from chatcli.commands.model import list_own_models, model_names
from chatcli.commands.numbers import answer_number, turn_number
from chatcli.commands.table import Compare, Outcome, Pick, Say, command, each
from chatcli.conversation.branches import list_branches, shorten_line
from chatcli.conversation.tree import Node
from chatcli.errors import UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import _, ngettext
from chatcli.request.attachments import of_message

GROUP = "Conversation"


@command("edit", "[T]", group=GROUP, aliases=("rewind",))
def edit_command(context: CommandContext, argument: str) -> Outcome:
    """Edit an earlier question and resend it as a branch.

    The question returns to the prompt; the turns after it stay in the tree, and `/redo` goes back to them. Without T,
    choose the question from a list.
    """
    questions = context.conversation.questions
    if not questions:
        return Say(_("No question to edit yet."))
    if argument:
        return _edit(context, questions[turn_number(argument, len(questions)) - 1])
    rows = [
        ChoiceRow(str(node.id), shorten_line(node.message, 60), _("turn {number}", number=number))
        for number, node in enumerate(questions, 1)
    ]
    tree = context.conversation.tree
    return Pick(ChoiceList(_("Edit which question?"), rows[::-1]), lambda key: _edit(context, tree[int(key)]))


@command("pick", "[K]", group=GROUP)
def pick_command(context: CommandContext, argument: str) -> Outcome:
    """Pick one of several answers and continue from it.

    They come from `/set n 3`, from `/retry`, or from several models. The others stay in the tree.
    """
    answers = context.conversation.alternatives()
    if len(answers) < 2:
        return Say(_("There is only one answer.") if answers else _("No answer to pick yet."))
    if argument:
        return _pick(context, answer_number(argument, len(answers)) - 1)
    rows = [
        ChoiceRow(str(index), shorten_line(node.message, 60), _origin(context, node))
        for index, node in enumerate(answers)
    ]
    return Pick(ChoiceList(_("Continue from which answer?"), rows), lambda key: _pick(context, int(key)))


@command("compare", "[MODEL MODEL…]", group=GROUP, complete=each(model_names))
def compare_command(context: CommandContext, argument: str) -> Outcome:
    """Ask several models the last question, and pick an answer.

    All are asked at once; `provider/name` asks a model of another provider. Each answer is shown under its model: the
    first to arrive is streamed, the others follow it. `/pick` picks later; the current model does not change. Without
    models, a list shows those that can be compared with the current one.
    """
    if not argument:
        return _pick_rival(context)
    models = tuple(dict.fromkeys(argument.split()))
    if len(models) < 2:
        raise UsageError(_("name at least two models to compare"), hint=_("/retry {model} asks one", model=models[0]))
    return Compare(models)


def _pick_rival(context: CommandContext) -> Outcome:
    """Let the user choose the model to compare with the one in use, from those that are known."""
    list_own_models(context)
    own = context.session.binding.model
    rows = [ChoiceRow(name, name) for name in model_names(context) if name != own]
    if not (own and rows):
        return Say(_("No other model is known here; `/compare MODEL MODEL` asks any that you name."))
    title = _("Compare {own} with which model?", own=own)
    return Pick(ChoiceList(title, rows), lambda name: Compare((own, name)))


@command("tree", group=GROUP)
def tree_command(context: CommandContext, _argument: str) -> Outcome:
    """Show the branches of this chat and switch between them.

    A star marks the current branch. Choosing a turn switches to the newest branch through it; a question asked beside
    the chat with `/btw` is shown.
    """
    found = list(list_branches(context.conversation.tree))
    if not found:
        return Say(_("This chat is empty."))
    rows = [ChoiceRow(str(index), way.label) for index, way in enumerate(found)]

    def go(key: str) -> Outcome:
        way = found[int(key)]
        if way.is_aside:
            return Say(describe_aside(context.conversation.tree, way.question))
        if way.end is None:
            context.conversation.branch_before(way.question)
            text = _("This question has no answer yet; press Enter to ask it.")
            return Say(text, draft=way.question.message.typed)
        context.conversation.go_to(context.conversation.tree.leaf(way.end))
        return Say(_("Switched to branch: {line}", line=shorten_line(context.conversation.history[-1])))

    return Pick(ChoiceList(_("Go to which turn?"), rows), go)


@command("fork", "[T]", group=GROUP, aliases=("branch",))
def fork_command(context: CommandContext, argument: str) -> Outcome:
    """Continue in a copy of this chat, up to turn T.

    Model, system prompt and parameters are copied too; this chat stays unchanged.
    """
    session = context.session
    questions = session.conversation.questions
    if not questions:
        return Say(_("Nothing to copy yet."))
    number = turn_number(argument, len(questions)) if argument else len(questions)
    end = session.conversation.tree.head if number == len(questions) else questions[number].parent
    copied = session.conversation.tree.copy(end)
    context.chats.begin(copied, session.state.without_turns(copied.head))
    return Say(ngettext("New chat with {count} turn of this one.", "New chat with {count} turns of this one.", number))


def _edit(context: CommandContext, question: Node) -> Outcome:
    context.conversation.branch_before(question)
    context.attachments.replace(of_message(question.message))
    text = _("Edit the question and send it; /redo returns to the old branch.")
    return Say(text, draft=question.message.typed)


def _pick(context: CommandContext, index: int) -> Outcome:
    answers = context.conversation.alternatives()
    if not 0 <= index < len(answers):
        hint = _("use 1 to {last}", last=len(answers))
        raise UsageError(_("there is no answer {number}", number=index + 1), hint=hint)
    context.conversation.go_to(context.conversation.tree.leaf(answers[index].id))
    line = shorten_line(answers[index].message)
    return Say(_("Picked answer {number}: {line}", number=index + 1, line=line))


def _origin(context: CommandContext, node: Node) -> str:
    model = node.facts.model if node.facts else ""
    is_used = node.id in {other.id for other in context.conversation.tree.path(context.conversation.tree.head)}
    return _(", ").join(word for word in (model, _("current") if is_used else "") if word)
