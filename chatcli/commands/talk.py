"""Commands about the conversation itself: begin anew, ask again, take back."""

from __future__ import annotations

from chatcli.commands.attach import without_attachments
from chatcli.commands.desk import Desk
from chatcli.commands.numbers import turn_number, whole
from chatcli.commands.table import AskAgain, Outcome, Quit, Say, command
from chatcli.core.attachments import of_message
from chatcli.core.messages import Message
from chatcli.core.tree import State, Tree
from chatcli.core.window import turns
from chatcli.core.wording import counted
from chatcli.errors import UsageError

GROUP = "Conversation"


@command("new", group=GROUP)
def new(desk: Desk, _argument: str) -> Outcome:
    """Begin a new chat with the configured defaults."""
    desk.begin(Tree(), State())
    desk.reset()
    return Say(f"New chat. {without_attachments(desk)}".rstrip())


@command("clear", group=GROUP)
def clear(desk: Desk, _argument: str) -> Outcome:
    """Begin a new chat; model, system prompt and parameters stay.

    The screen is left as it is: Ctrl+L clears that.
    """
    desk.begin(Tree(), desk.session.state.without_turns())
    return Say(f"New chat; model, system prompt and parameters are kept. {without_attachments(desk)}".rstrip())


@command("retry", "[MODEL]", group=GROUP, aliases=("regen",), complete=lambda desk: desk.model_names())
def retry(desk: Desk, argument: str) -> Outcome:
    """Ask the last question again, of another model if you like.

    The old answer goes only when a new one has come.
    """
    if argument:
        desk.switch(None, argument)
    return AskAgain()


@command("continue", group=GROUP)
def go_on(_desk: Desk, _argument: str) -> Outcome:
    """Go on with an answer that was cut, and join the two."""
    return AskAgain(go_on=True)


@command("undo", "[N]", group=GROUP)
def undo(desk: Desk, argument: str) -> Outcome:
    """Take back the last turn, or the last N.

    The text of the earliest returns to the prompt. Right after `/compact` the summary is taken back instead. `/redo`
    puts turns back until a new message is sent.
    """
    if not argument and desk.session.revoke_summary():
        return Say("The summary is gone; the turns themselves are sent again.")
    taken = desk.session.undo(_count(argument, "undo"))
    if not taken:
        return Say("There is nothing to take back.")
    desk.waiting[:] = of_message(taken[0])
    return Say(f"Took back {counted(len(taken), 'turn')}.", draft=taken[0].typed)


@command("redo", "[N]", group=GROUP)
def redo(desk: Desk, argument: str) -> Outcome:
    """Put back the turn that was taken back last, or the last N."""
    back = desk.session.redo(_count(argument, "redo"))
    return Say(f"Put back {counted(back, 'turn')}." if back else "There is nothing to put back.")


@command("raw", "[T]", group=GROUP)
def raw(desk: Desk, argument: str) -> Outcome:
    """Show the last reply, or that of turn T, as the model wrote it.

    Nothing is rendered, and control characters are made visible.
    """
    conversation = turns(desk.session.history)
    if not conversation:
        return Say("There is no reply yet.")
    number = turn_number(argument, len(conversation)) if argument else len(conversation)
    return Say("\n".join(_answers(conversation[number - 1])), raw=True)


@command("exit", group=GROUP, aliases=("quit", "q", "bye"))
def leave(_desk: Desk, _argument: str) -> Outcome:
    """Leave; Ctrl+D on an empty line does the same."""
    return Quit()


def _answers(turn: tuple[Message, ...]) -> list[str]:
    return [message.text or message.refusal for message in turn if message.role == "assistant"]


def _count(argument: str, name: str) -> int:
    hint = "give a number of turns, 1 or more"
    count = whole(argument, hint) if argument else 1
    if count < 1:
        raise UsageError(f"/{name} cannot take {argument}", hint=hint)
    return count
