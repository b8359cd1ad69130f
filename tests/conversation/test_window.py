"""What is sent: the newest whole turns that fit, with what always stays."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.calibration import Scale
from chatcli.conversation.messages import Message, ToolCall, text_message
from chatcli.conversation.window import ChosenTurns, Counter, Room, SizeLedger, Window, fit, split_turns
from chatcli.errors import ContextTooLongError


@dataclass
class Letters:
    """Counts a letter as a token; the bound is as loose as one likes."""

    slack: int = 0
    counted: list[Message] = field(default_factory=list)

    def guess(self, message: Message) -> int:
        return self.count(message)

    def prepare(self) -> None:
        """Be ready always."""

    def bound(self, message: Message) -> int:
        return len(message.text) + self.slack

    def count(self, message: Message) -> int:
        self.counted.append(message)
        return len(message.text)


def exchange(size: int, answer: int) -> list[Message]:
    return [text_message("user", "q" * size), text_message("assistant", "a" * answer)]


sizes = st.integers(0, 6)
histories = st.lists(st.tuples(sizes, sizes), max_size=5).map(
    lambda pairs: [m for pair in pairs for m in exchange(*pair)]
)
NEW = text_message("user", "new")
SYSTEM = text_message("system", "sys")


def fitted(
    system: Message | None,
    history: Sequence[Message],
    new: Message,
    *,
    budget: int | None,
    counter: Counter,
    pinned: Collection[int] = (),
    dropped: Collection[int] = (),
) -> Window:
    chosen = ChosenTurns(frozenset(pinned), frozenset(dropped))
    return fit(SizeLedger(counter).follow(split_turns(history)), system, (new,), Room(budget), chosen=chosen)


def best(
    system: Message | None, history: list[Message], budget: int, pinned: set[int], gone: set[int]
) -> set[int] | None:
    """Search every set of turns: the longest run of newest free turns beside the pinned ones."""
    fixed = len(NEW.text) + (len(system.text) if system else 0)
    conversation = split_turns(history)
    free = [number for number in range(1, len(conversation) + 1) if number not in pinned | gone]
    for size in range(len(free), -1, -1):
        chosen = pinned | set(free[len(free) - size :])
        if fixed + sum(len(m.text) for number in chosen for m in conversation[number - 1]) <= budget:
            return chosen
    return None


@given(histories, st.integers(0, 60), st.booleans(), st.data())
def test_fitting_equals_a_search_over_all_windows(
    history: list[Message], budget: int, with_system: bool, data: st.DataObject
) -> None:
    numbers = range(1, len(split_turns(history)) + 1)
    pinned = data.draw(st.sets(st.sampled_from(numbers), max_size=2)) if numbers else set()
    dropped = data.draw(st.sets(st.sampled_from(numbers), max_size=2)) if numbers else set()
    system = SYSTEM if with_system else None
    expected = best(system, history, budget, pinned, dropped)

    if expected is None:
        with pytest.raises(ContextTooLongError):
            fitted(system, history, NEW, budget=budget, counter=Letters(slack=1), pinned=pinned, dropped=dropped)
        return
    window = fitted(system, history, NEW, budget=budget, counter=Letters(slack=1), pinned=pinned, dropped=dropped)
    sent = [message for number in sorted(expected) for message in split_turns(history)[number - 1]]
    assert list(window.messages) == [*([system] if system else []), *sent, NEW]
    assert set(window.left_out) == set(numbers) - expected - dropped


@given(histories, st.integers(3, 60))
def test_fitting_what_fitted_changes_nothing(history: list[Message], budget: int) -> None:
    first = fitted(None, history, NEW, budget=budget, counter=Letters(slack=1))

    again = fitted(None, first.messages[:-1], NEW, budget=budget, counter=Letters(slack=1))

    assert again.messages == first.messages
    assert not again.left_out


@given(histories, st.integers(3, 60))
def test_a_window_never_opens_with_an_answer(history: list[Message], budget: int) -> None:
    assert fitted(None, history, NEW, budget=budget, counter=Letters(slack=1)).messages[0].role == "user"


def test_oldest_turn_leaves_first() -> None:
    history = [*exchange(5, 5), *exchange(4, 4), *exchange(3, 3)]

    window = fitted(SYSTEM, history, NEW, budget=20, counter=Letters())

    assert window == Window((SYSTEM, *history[2:], NEW), (1,), 20)


def test_nothing_is_counted_when_the_bytes_prove_that_all_fits() -> None:
    counter = Letters()

    window = fitted(SYSTEM, exchange(5, 5), NEW, budget=16, counter=counter)

    assert not counter.counted
    assert window.tokens is None


def test_no_message_is_counted_twice() -> None:
    counter = Letters()

    fitted(SYSTEM, [*exchange(5, 5), *exchange(6, 4)], NEW, budget=16, counter=counter)

    assert len(counter.counted) == len(set(map(id, counter.counted))) == 6


def test_without_a_budget_everything_is_sent() -> None:
    history = exchange(10_000, 10_000)

    assert fitted(None, history, NEW, budget=None, counter=Letters()).messages == (*history, NEW)


def test_e59_a_tool_call_never_parts_from_its_result() -> None:
    call = text_message("assistant", "", tool_calls=(ToolCall("1", "now", "{}"),))
    history = [
        text_message("user", "q"),
        call,
        text_message("tool", "rrrr", tool_call_id="1"),
        text_message("assistant", "a"),
        *exchange(1, 1),
    ]

    for budget in range(3, 13):
        sent = fitted(None, history, NEW, budget=budget, counter=Letters()).messages
        assert (call in sent) == any(message.role == "tool" for message in sent)


def test_what_cannot_fit_is_refused_with_the_numbers() -> None:
    with pytest.raises(ContextTooLongError) as caught:
        fitted(SYSTEM, [], text_message("user", "x" * 9_400), budget=8_192, counter=Letters())

    assert (caught.value.needed_tokens, caught.value.window_tokens) == (9_403, 8_192)
    assert "~9 403 tokens, 8 192 available" in caught.value.sentence()


def test_turns_begin_at_user_messages() -> None:
    messages = [
        text_message("assistant", "0"),
        text_message("user", "1"),
        text_message("assistant", "2"),
        text_message("user", "3"),
    ]

    assert [[m.text for m in turn] for turn in split_turns(messages)] == [["0", "1", "2"], ["3"]]
    assert split_turns([]) == []


def test_pins_in_different_places_keep_their_order() -> None:
    history = [*exchange(1, 1), *exchange(9, 9), *exchange(2, 2), *exchange(9, 9)]

    for pair in combinations((1, 3), 2):
        window = fitted(None, history, NEW, budget=10, counter=Letters(), pinned=pair)
        assert window.messages == (*history[:2], *history[4:6], NEW)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=8), st.integers(0, 12), st.booleans())
def test_a_ledger_that_follows_a_history_holds_what_a_fresh_one_does(
    lengths: list[int], budget: int, is_counted: bool
) -> None:
    """However the history grows, is taken back or becomes another one."""
    first = [message for number in range(4) for message in exchange(number % 3 + 1, 2)]
    other = [*first[:4], *exchange(4, 1), *exchange(1, 1)]
    ledger = SizeLedger(Letters())

    for step, length in enumerate(lengths):
        history = (first if step % 3 else other)[:length]
        ledger.follow(split_turns(history))
        fresh = SizeLedger(Letters()).follow(split_turns(history))
        if is_counted:
            assert sizes_of(ledger, Scale(2, 1)) == sizes_of(fresh, Scale(2, 1))
            assert sizes_of(ledger, Scale(by_bytes=True)) == sizes_of(fresh, Scale(by_bytes=True))
        numbers = range(1, len(fresh.turns) + 1)
        assert [(ledger.turn(number), ledger.bound(number)) for number in numbers] == [
            (fresh.turn(number), fresh.bound(number)) for number in numbers
        ]
        assert fits(ledger, budget) == fits(fresh, budget)


def sizes_of(ledger: SizeLedger, scale: Scale) -> list[float]:
    return [ledger.size(number, scale) for number in range(1, len(ledger.turns) + 1)]


def fits(ledger: SizeLedger, budget: int) -> Window | None:
    try:
        return fit(ledger, SYSTEM, (NEW,), Room(budget))
    except ContextTooLongError:
        return None


def test_a_scale_turns_our_tokens_into_those_of_the_budget() -> None:
    history = [*exchange(5, 5), *exchange(5, 5)]

    window = fit(
        SizeLedger(Letters(slack=1)).follow(split_turns(history)), None, (NEW,), Room(26), scale=lambda: Scale(2)
    )

    assert (window.left_out, window.tokens) == ((1,), 26)
    with pytest.raises(ContextTooLongError) as caught:
        fit(
            SizeLedger(Letters()),
            None,
            [text_message("user", "x" * 20)],
            Room(30, trusts_bounds=False, is_proven=True),
            scale=lambda: Scale(2),
        )
    assert caught.value.needed_tokens == 40


def test_what_a_server_is_only_thought_to_refuse_is_sent_where_our_own_count_fits() -> None:
    """What was learnt of a server may be wrong: a conversation does not end because of it."""
    question, room = text_message("user", "x" * 20), Room(30, trusts_bounds=False)

    window = fit(
        SizeLedger(Letters()).follow(split_turns(exchange(5, 5))), None, (question,), room, scale=lambda: Scale(2)
    )

    assert (window.messages, window.left_out) == ((question,), (1,))
