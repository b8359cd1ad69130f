"""A client that plays answers from a list, a counter of letters, and the judge of what is sent: for sessions.

`ScriptedClient([Text("Par"), KeyboardInterrupt()])` answers the first request with these steps. Events are handed on,
exceptions raised; a request without an answer fails the test. `problems` says what the strictest server would refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TypeAlias

from chatcli.conversation.messages import Ended, Event, Finished, Listener, Message, Request, Text, TextPart
from chatcli.conversation.tool_images import with_images_apart

Step: TypeAlias = Event | BaseException


class ScriptedClient:
    """Answers each request with the next list of steps, and keeps the requests."""

    def __init__(self, *answers: Sequence[Step]) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, show: Listener) -> None:
        """Play the next answer."""
        self.requests.append(request)
        assert self.answers, f"no answer was written for {[message.text for message in request.messages]}"
        for step in self.answers.pop(0):
            if isinstance(step, BaseException):
                raise step
            show(step)

    @property
    def sent(self) -> list[list[str]]:
        """The texts of the messages of each request."""
        return [[message.text for message in request.messages] for request in self.requests]


_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Letters:
    """Counts a letter as a token, and knows no better bound."""

    def guess(self, message: Message) -> int:
        return self.count(message)

    def prepare(self) -> None:
        """Be ready always."""

    def bound(self, message: Message) -> int:
        """Return the letters."""
        return len(message.text)

    def count(self, message: Message) -> int:
        """Return the letters."""
        return len(message.text)


def says(text: str, finish: str = "stop") -> list[Step]:
    """Return the steps of a whole answer."""
    return [Text(text), Finished(finish, finish), Ended(True)]


def ignore(_event: Event) -> None:
    """Show nothing."""


def is_object(text: str) -> bool:
    """Return whether *text* is a JSON object, as servers demand of arguments; an empty one is sent so."""
    try:
        return not text or isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def problems(sent: Sequence[Message]) -> list[str]:
    """Return what a strict server would refuse."""
    sent = [*with_images_apart(sent)]
    found: list[str] = []
    waiting: list[str | None] = []
    for place, message in enumerate(sent):
        before = sent[place - 1].role if place else None
        if message.role in ("system", "developer") and place:
            found.append("a system message that is not the first")
        if message.role == before == "user":
            found.append("two user messages in a row")
        if message.role == "assistant" and not (message.text or message.refusal or message.tool_calls):
            found.append("an empty answer")
        if message.role == "tool":
            found += ["a result that is no text"] * (message.parts != (TextPart(message.text),) * bool(message.parts))
            if message.tool_call_id not in waiting:
                found.append("a result without its call")
            else:
                if message.tool_call_id != waiting[0]:
                    found.append("results in another order than their calls")
                waiting.remove(message.tool_call_id)
        elif waiting:
            found.append("a call without its result")
            waiting = []
        waiting += [call.id for call in message.tool_calls]
        if len({*waiting}) < len(waiting) or "" in waiting:
            found.append("calls that their ids do not tell apart")
        found += ["arguments that are no JSON" for call in message.tool_calls if not is_object(call.arguments)]
        found += ["a name of no tool" for call in message.tool_calls if not _NAME.fullmatch(call.name)]
    return found + ["a call without its result"] * bool(waiting)
