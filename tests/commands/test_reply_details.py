"""What is folded away of the last reply can be opened, in the order in which it came."""

from chatcli.commands.reply_details import details
from chatcli.conversation.messages import Message, ToolCall, say


def test_thoughts_calls_and_results_are_told_in_their_order() -> None:
    history = [
        say("user", "before"),
        Message("assistant", reasoning="old"),
        say("user", "q"),
        Message("assistant", reasoning="Hm.", tool_calls=(ToolCall("1", "add", '{"a":1}'), ToolCall("2", "f", "{bad"))),
        say("tool", "a ``` fence", tool_call_id="1"),
        say("assistant", "2"),
    ]

    assert details(history).split("\n") == [
        *["**Reasoning**", "", "Hm.", ""],
        *["**Call** of `add`", "", "```json", "{", '  "a": 1', "}", "```", ""],
        *["**Call** of `f`", "", "```json", "{bad", "```", ""],
        *["**Result**", "", "````", "a ``` fence", "````"],
    ]


def test_a_plain_reply_has_nothing_to_open() -> None:
    assert details([say("user", "q"), say("assistant", "a")]) == ""
    assert details([]) == ""
