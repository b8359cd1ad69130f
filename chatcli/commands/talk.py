"""Commands about the conversation itself: begin anew, ask again, take back."""

from __future__ import annotations

from chatcli.commands.desk import Desk
from chatcli.commands.table import AskAgain, Outcome, Quit, Say, command
from chatcli.core.messages import Message
from chatcli.core.window import turns
from chatcli.errors import UsageError

GROUP = "Conversation"


@command("new", group=GROUP)
def new(desk: Desk, _argument: str) -> Outcome:
    """Begin a new chat with the configured defaults."""
    desk.session.clear()
    desk.reset()
    return Say("New chat.")


@command("clear", group=GROUP)
def clear(desk: Desk, _argument: str) -> Outcome:
    """Begin a new chat; model, system prompt and parameters stay.

    The screen is left as it is: Ctrl+L clears that.
    """
    desk.session.clear()
    return Say("New chat; model, system prompt and parameters are kept.")


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

    The text of the earliest returns to the prompt. `/redo` puts turns back until a new message is sent.
    """
    taken = desk.session.undo(_count(argument, "undo"))
    if not taken:
        return Say("There is nothing to take back.")
    return Say(f"Took back {_turns(len(taken))}.", draft=taken[0].text)


@command("redo", "[N]", group=GROUP)
def redo(desk: Desk, argument: str) -> Outcome:
    """Put back the turn that was taken back last, or the last N."""
    back = desk.session.redo(_count(argument, "redo"))
    return Say(f"Put back {_turns(back)}." if back else "There is nothing to put back.")


@command("raw", "[T]", group=GROUP)
def raw(desk: Desk, argument: str) -> Outcome:
    """Show the last reply, or that of turn T, as the model wrote it.

    Nothing is rendered, and control characters are made visible.
    """
    conversation = turns(desk.session.history)
    if not conversation:
        return Say("There is no reply yet.")
    number = _number(argument, "give the number of a turn, -1 for the last") if argument else -1

    if not 1 <= abs(number) <= len(conversation):
        raise UsageError(f"there is no turn {number}", hint=_counted(len(conversation)))
    turn = conversation[number - 1 if number > 0 else number]
    return Say("\n".join(_answers(turn)), raw=True)


@command("exit", group=GROUP, aliases=("quit", "q", "bye"))
def leave(_desk: Desk, _argument: str) -> Outcome:
    """Leave; Ctrl+D on an empty line does the same."""
    return Quit()


def _answers(turn: tuple[Message, ...]) -> list[str]:
    return [message.text or message.refusal for message in turn if message.role == "assistant"]


def _turns(count: int) -> str:
    return "1 turn" if count == 1 else f"{count} turns"


def _counted(count: int) -> str:
    return "there is only one" if count == 1 else f"there are {count}"


def _count(argument: str, name: str) -> int:
    hint = "give a number of turns, 1 or more"
    count = _number(argument, hint) if argument else 1
    if count < 1:
        raise UsageError(f"/{name} cannot take {argument}", hint=hint)
    return count


def _number(argument: str, hint: str) -> int:
    try:
        return int(argument)
    except ValueError:
        raise UsageError(f"`{argument}` is not a number", hint=hint) from None
