"""What is folded away of the last reply can be opened, in the order in which it came."""

from chatcli.commands.reply_details import details
from chatcli.conversation.messages import Message, ToolCall, text_message


def test_thoughts_calls_and_results_are_told_in_their_order() -> None:
    history = [
        text_message("user", "before"),
        Message("assistant", reasoning="old"),
        text_message("user", "q"),
        Message("assistant", reasoning="Hm.", tool_calls=(ToolCall("1", "add", '{"a":1}'), ToolCall("2", "f", "{bad"))),
        text_message("tool", "a ``` fence", tool_call_id="1"),
        text_message("assistant", "2"),
    ]

    assert details(history).split("\n") == [
        *["**Reasoning**", "", "Hm.", ""],
        *["**Call** of `add`", "", "```json", "{", '  "a": 1', "}", "```", ""],
        *["**Call** of `f`", "", "```json", "{bad", "```", ""],
        *["**Result**", "", "````", "a ``` fence", "````"],
    ]


def test_a_plain_reply_has_nothing_to_open() -> None:
    assert details([text_message("user", "q"), text_message("assistant", "a")]) == ""
    assert details([]) == ""
