"""Whatever the history, what is sent passes the strictest server."""

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import Message, TextPart, ToolCall, text_message
from chatcli.conversation.sendable import INTERRUPTED, sendable
from tests.support.scripted import problems

texts = st.sampled_from(["", "a", "b"])
messages = st.one_of(
    st.builds(text_message, st.sampled_from(["system", "developer", "user", "assistant"]), texts),
    st.builds(
        lambda text, ids, arguments: text_message(
            "assistant", text, tool_calls=tuple(ToolCall(i, "f", arguments) for i in ids)
        ),
        texts,
        st.lists(st.sampled_from("123"), unique=True, max_size=2),
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


def test_a_call_that_was_cut_keeps_its_name_and_loses_its_arguments() -> None:
    cut = text_message("assistant", "", tool_calls=(ToolCall("7", "f", '{"city": "Par'),))

    sent = sendable([text_message("user", "q"), cut])

    assert sent[1].tool_calls == (ToolCall("7", "f", "{}"),)
