"""Commands about the branches of a conversation: edit an earlier question, pick an answer, go elsewhere, fork."""

from __future__ import annotations

from chatcli.commands.desk import Desk
from chatcli.commands.numbers import turn_number
from chatcli.commands.table import Compare, Outcome, Pick, Say, command
from chatcli.core.attachments import of_message
from chatcli.core.branching import brief, ways
from chatcli.core.picking import Row
from chatcli.core.tree import Node
from chatcli.core.wording import counted
from chatcli.errors import UsageError

GROUP = "Conversation"


@command("edit", "[T]", group=GROUP, aliases=("rewind",))
def edit(desk: Desk, argument: str) -> Outcome:
    """Edit an earlier question and send it as another branch.

    The question comes back to the prompt; what followed it stays in the tree, and `/redo` goes back there. Without T
    choose the question from a list.
    """
    questions = desk.session.questions
    if not questions:
        return Say("There is no question to edit yet.")
    if argument:
        return _edit(desk, questions[turn_number(argument, len(questions)) - 1])
    rows = [Row(str(node.id), brief(node.message, 60), f"turn {number}") for number, node in enumerate(questions, 1)]
    return Pick("Edit which question?", tuple(reversed(rows)), lambda key: _edit(desk, desk.session.tree[int(key)]))


@command("pick", "[K]", group=GROUP)
def pick(desk: Desk, argument: str) -> Outcome:
    """Choose which of several answers to the last question the chat goes on with.

    They come from `/set n 3`, from `/retry`, or from several models. The others stay in the tree.
    """
    answers = desk.session.alternatives()
    if len(answers) < 2:
        return Say("There is only one answer to choose from." if answers else "There is no answer to choose yet.")
    if argument:
        return _pick(desk, turn_number(argument, len(answers), what="answer") - 1)
    rows = (Row(str(place), brief(node.message, 60), _origin(desk, node)) for place, node in enumerate(answers))
    return Pick("Go on with which answer?", tuple(rows), lambda key: _pick(desk, int(key)))


@command("compare", "MODEL MODEL…", group=GROUP, complete=lambda desk: desk.model_names())
def compare(_desk: Desk, argument: str) -> Outcome:
    """Ask the last question of several models at once, and choose which answer the chat goes on with.

    `provider/name` asks one of another provider. Each answer stands under its model: the first that comes is drawn as
    it comes, the others after it. `/pick` chooses later; the model in use stays what it is.
    """
    models = tuple(dict.fromkeys(argument.split()))
    if len(models) < 2:
        raise UsageError("one model is nothing to compare", hint=f"/retry {models[0]} asks it alone")
    return Compare(models)


@command("tree", group=GROUP)
def tree(desk: Desk, _argument: str) -> Outcome:
    """Show the branches of this chat, and go to one.

    A star marks the branch in use. Choosing a turn makes the newest branch through it the one in use.
    """
    found = list(ways(desk.session.tree))
    if not found:
        return Say("There is nothing in this chat yet.")
    rows = (Row(str(place), way.label) for place, way in enumerate(found))

    def go(key: str) -> Outcome:
        way = found[int(key)]
        if way.end is None:
            desk.session.branch_before(way.question)
            return Say("Nobody answered this question; Enter asks it again.", draft=way.question.message.typed)
        desk.session.go_to(desk.session.tree.leaf(way.end))
        return Say(f"Now on the branch that ends with: {brief(desk.session.history[-1])}")

    return Pick("Go to which turn?", tuple(rows), go)


@command("fork", "[T]", group=GROUP, aliases=("branch",))
def fork(desk: Desk, argument: str) -> Outcome:
    """Go on in a new chat that begins as a copy of this one, up to turn T.

    Model, system prompt and parameters come along; this chat stays as it is.
    """
    session = desk.session
    questions = session.questions
    if not questions:
        return Say("There is nothing to copy yet.")
    number = turn_number(argument, len(questions)) if argument else len(questions)
    end = session.tree.head if number == len(questions) else questions[number].parent
    copied = session.tree.copy(end)
    desk.begin(copied, session.state.without_turns(copied.head))
    return Say(f"A new chat with {counted(number, 'turn')} of this one.")


def _edit(desk: Desk, question: Node) -> Outcome:
    desk.session.branch_before(question)
    desk.waiting[:] = of_message(question.message)
    return Say("Edit the question and send it; /redo goes back.", draft=question.message.typed)


def _pick(desk: Desk, place: int) -> Outcome:
    answers = desk.session.alternatives()
    if not 0 <= place < len(answers):
        raise UsageError(f"there is no answer {place + 1}", hint=f"there are {len(answers)}")
    desk.session.go_to(desk.session.tree.leaf(answers[place].id))
    return Say(f"The chat goes on with answer {place + 1}: {brief(answers[place].message)}")


def _origin(desk: Desk, node: Node) -> str:
    model = node.facts.model if node.facts else ""
    is_used = node.id in {other.id for other in desk.session.tree.path(desk.session.tree.head)}
    return ", ".join(word for word in (model, "in use" if is_used else "") if word)
