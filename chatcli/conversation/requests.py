"""Builds requests from a conversation: the window that fits, and the request for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from math import ceil
from typing import Any

from chatcli.conversation.binding import ModelBinding
from chatcli.conversation.conversation import Conversation
from chatcli.conversation.messages import Message, Part, Request, TextPart, text_message
from chatcli.conversation.overflow import Overflow
from chatcli.conversation.sendable import sendable, without_foreign
from chatcli.conversation.window import NONE_CHOSEN, ChosenTurns, Room, TurnSequence, Window
from chatcli.records import frozen
from chatcli.text.surrogates import repair


@frozen
class TurnSettings:
    """Settings for asking questions.

    *completes* lets the model continue the text of the question instead of answering it. *prefill* is the start of the
    answer. *user_name* is the user's name as sent to models. *tools* are the functions that the model may call, as
    requests describe them. *caps_answers*: a limit of tokens that the user did not set himself is one that he wants.
    """

    stream: bool = True
    overflow: Overflow = "oldest"
    completes: bool = False
    prefill: str = ""
    user_name: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    caps_answers: bool = False


@frozen
class RequestBuilder:
    """Builds the requests of one conversation for one model."""

    conversation: Conversation
    binding: ModelBinding
    settings: TurnSettings

    @property
    def options(self) -> Mapping[str, Any]:
        """The parameters of the request, with the tools; several answers at once cannot call any."""
        options, tools = self.conversation.options, self.settings.tools
        if not tools or self.conversation.answers_wanted > 1:
            return options
        own = options.get("tools")
        return {**options, "tools": [*(own if isinstance(own, list) else ()), *tools]}

    def question(self, parts: Sequence[Part] | str) -> Message:
        """Return the user message of *parts*, with lone surrogates repaired."""
        name = self.settings.user_name or None
        if isinstance(parts, str):
            return text_message("user", repair(parts), name=name)
        repaired = (TextPart(repair(part.text), part.source) if isinstance(part, TextPart) else part for part in parts)
        return Message("user", tuple(repaired), name=name)

    @property
    def wanted_options(self) -> Mapping[str, Any]:
        """What the user asked for, by parameters or by limiting the cost."""
        capped = {"max_tokens": None} if self.settings.caps_answers else {}
        return {**capped, **self.conversation.options}

    def available_tokens(self) -> int | None:
        """Return the token limit for messages; None if the window is unknown."""
        budget = self.binding.budget
        return self._beside_fixed(budget.available_tokens(self.options))

    def fit(
        self,
        turns: TurnSequence,
        question: Message,
        room: Room | None = None,
        *,
        exchange: Sequence[Message] = (),
    ) -> Window:
        """Choose the messages to send with *question*: those that fit into *room*, by default that of the window.

        *exchange* holds the tool calls and results that follow the question. Raises ContextTooLongError if question
        and exchange alone do not fit.
        """
        room = room or Room(self._room_for(self.required(turns, question, exchange)))
        chosen = self.chosen_turns(turns)
        return self.binding.budget.fit(self.conversation.instructions, turns, question, room, chosen, exchange)

    def required(self, turns: TurnSequence, question: Message, exchange: Sequence[Message] = ()) -> list[Message]:
        """Return the messages that must be sent: instructions, pinned turns, *question*, and *exchange* after it."""
        pinned = self.chosen_turns(turns).pinned
        always = chain.from_iterable(turns[number - 1] for number in sorted(pinned))
        instructions = self.conversation.instructions
        return [*([instructions] if instructions else []), *always, question, *exchange]

    def chosen_turns(self, turns: TurnSequence) -> ChosenTurns:
        """Return the numbers of those of *turns* that are always sent, and those that are excluded or summarised."""
        conversation = self.conversation
        if not (conversation.pinned or conversation.dropped or conversation.summary):
            return NONE_CHOSEN
        numbers = frozenset(range(1, len(turns) + 1))
        dropped = conversation.turn_numbers(conversation.dropped) | set(range(1, conversation.summarized_turns + 1))
        return ChosenTurns(numbers & conversation.turn_numbers(conversation.pinned), numbers & dropped)

    def preview(self) -> Window:
        """Return the messages that would precede the next question; raises ContextTooLongError."""
        return self.fit(self.conversation.turns, text_message("user", ""))

    def request(self, window: Window, *, prefill: str | None = None, is_aside: bool = False) -> Request:
        """Return the request that sends *window*; *prefill* replaces that of the settings.

        One that *is_aside* asks for a single answer, and offers no tools.
        """
        conversation, settings, provider = self.conversation, self.settings, self.binding.provider
        path = conversation.tree.newest_first(conversation.tree.head)
        messages = sendable(self._with_examples(without_foreign(window.messages, path, provider)))
        return Request(
            self.binding.model,
            messages,
            _aside_options(conversation.options) if is_aside else dict(self.options),
            settings.stream,
            settings.completes,
            settings.prefill if prefill is None else prefill,
        )

    def fixed_messages(self) -> list[Message]:
        """Return the messages sent with every question outside of turns: examples and prefill."""
        prefill = self.settings.prefill
        return [*self._examples(), *([text_message("assistant", prefill)] if prefill else [])]

    def _room_for(self, required: Sequence[Message]) -> int | None:
        """Return the token limit for messages; *required* ones may use the reserve for the answer."""
        available, budget = self.available_tokens(), self.binding.budget
        if available is None or sum(map(budget.bound, required)) <= available:
            return available
        least = ceil(sum(map(budget.count, required)))
        whole = self._beside_fixed(budget.whole_tokens(self.options))
        return available if least <= available or whole is None else max(available, min(least, whole))

    def _beside_fixed(self, tokens: int | None) -> int | None:
        return tokens and max(tokens - sum(map(self.binding.budget.bound, self.fixed_messages())), 1)

    def _with_examples(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return the *messages* of a window with the examples after the instructions."""
        if not self.conversation.examples:
            return messages
        start = 1 if messages[0].role == "system" else 0
        return [*messages[:start], *self._examples(), *messages[start:]]

    def _examples(self) -> list[Message]:
        return [
            message
            for question, answer in self.conversation.examples
            for message in (text_message("user", question), text_message("assistant", answer))
        ]


def _aside_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "n"}
