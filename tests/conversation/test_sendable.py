"""Whatever the history, what is sent passes the strictest server."""

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import ImagePart, Message, Part, TextPart, ToolCall, text_message
from chatcli.conversation.sendable import INTERRUPTED, sendable
from chatcli.records import replace
from tests.support.scripted import problems

texts = st.sampled_from(["", "a", "b"])
messages = st.one_of(
    st.builds(text_message, st.sampled_from(["system", "developer", "user", "assistant"]), texts),
    st.builds(
        lambda text, ids, name, arguments: text_message(
            "assistant", text, tool_calls=tuple(ToolCall(i, name, arguments) for i in ids)
        ),
        texts,
        st.lists(st.sampled_from("123"), unique=True, max_size=2),
        st.sampled_from(["f", "", " f ", "functions.f", "\u00e9\n", "f" * 65]),
        st.sampled_from(["{}", '{"a": 1}', "", '{"city": "Par', "[]", "null", "never"]),
    ),
    st.builds(lambda i: text_message("tool", "r", tool_call_id=i), st.sampled_from("1234")),
)


@given(st.lists(messages, max_size=10))
def test_e55_any_history_becomes_one_that_a_strict_server_takes(history: list[Message]) -> None:
    assert problems(sendable(history)) == []


@given(st.lists(messages, max_size=10))
def test_making_sendable_twice_changes_nothing(history: list[Message]) -> None:
    once = sendable(history)

    assert sendable(once) == once


def parts_of(history: Sequence[Message], *roles: str) -> list[str]:
    """Return what messages of these *roles* hold, in their order: texts that say something, and pictures."""
    parts = [part for message in history if message.role in roles for part in message.parts]
    return [part.text.strip() if isinstance(part, TextPart) else part.url for part in parts if has_content(part)]


def has_content(part: Part) -> bool:
    return bool(part.text.strip()) if isinstance(part, TextPart) else True


questions = st.builds(
    lambda parts, name: Message("user", tuple(parts), name=name),
    st.lists(st.sampled_from([TextPart("a"), TextPart("b\n"), TextPart(""), ImagePart("data:x")]), max_size=3),
    st.sampled_from([None, "ann", "bob"]),
)


@given(st.lists(messages | questions, max_size=10))
def test_nothing_that_the_user_or_the_system_prompt_says_is_lost(history: list[Message]) -> None:
    """Each text is there once, in its order, whatever was joined, moved or left out around it."""
    numbered = [
        replace(message, parts=tuple(map(marked(place), message.parts))) for place, message in enumerate(history)
    ]

    sent = sendable(numbered)

    assert parts_of(sent, "user") == parts_of(numbered, "user")
    system = parts_of(numbered, "system", "developer")
    assert "\n\n".join(parts_of(sent, "system", "developer")) == "\n\n".join(system)


@given(st.lists(messages | questions, max_size=10))
def test_no_answer_and_no_result_of_a_call_is_lost(history: list[Message]) -> None:
    sent = sendable(history)

    assert parts_of(sent, "assistant") == parts_of(history, "assistant")
    called = {call.id for message in sent for call in message.tool_calls}
    assert {message.tool_call_id for message in sent if message.role == "tool"} == called


def marked(place: int) -> Callable[[Part], Part]:
    """Return what tells the texts of a message from those of all others."""
    return lambda part: TextPart(f"{part.text}{place}") if isinstance(part, TextPart) and part.text else part


def test_a_good_history_stays_as_it_is() -> None:
    history = (
        text_message("system", "s"),
        text_message("user", "q"),
        text_message("assistant", "a"),
        text_message("user", "r"),
    )

    assert sendable(history) == history


def test_two_questions_in_a_row_become_one_with_both_texts() -> None:
    assert sendable([text_message("user", "a"), text_message("user", "b")])[0].text == "a\n\nb"


def test_e58_an_orphan_call_gets_a_made_up_result() -> None:
    call = text_message("assistant", "", tool_calls=(ToolCall("7", "f", "{}"),))

    assert sendable([text_message("user", "q"), call]) == (
        text_message("user", "q"),
        call,
        Message("tool", (TextPart(INTERRUPTED),), tool_call_id="7"),
    )


def test_results_stand_in_the_order_of_their_calls_whichever_of_them_are_there() -> None:
    calls = text_message("assistant", "", tool_calls=tuple(ToolCall(id, "f", "{}") for id in "abc"))
    results = [text_message("tool", f"result {id}", tool_call_id=id) for id in "ca"]

    sent = sendable([text_message("user", "q"), calls, *results])

    assert [message.text for message in sent[2:]] == ["result a", INTERRUPTED, "result c"]


def test_a_call_that_was_cut_keeps_its_name_and_loses_its_arguments() -> None:
    cut = text_message("assistant", "", tool_calls=(ToolCall("7", "f", '{"city": "Par'),))

    sent = sendable([text_message("user", "q"), cut])

    assert sent[1].tool_calls == (ToolCall("7", "f", "{}"),)
