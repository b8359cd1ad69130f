"""The word that ends an answer is understood by its parts, whatever a server makes of them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.finish_reasons import finish_family
from chatcli.conversation.messages import Finished
from tests.api.reading import DONE, Fault, read
from tests.support.answers import chunk

FILTERS = ["safety", "prohibited", "blocklist", "spii", "recitation", "filter", "sensitive"]
ERRORS = ["malformed", "error", "abort", "timeout"]
LIMITS = ["max", "length", "limit"]
OTHERS = ["content", "output", "image", "model", "function", "tool", "stop", "end", "reason", "x"]

SPELLINGS = [
    str.lower,
    str.upper,
    lambda word: word.title().replace("_", ""),
    lambda word: word.replace("_", "-"),
    lambda word: word.replace("_", " "),
    lambda word: word.replace("_", ""),
]


@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_part_decides_wherever_it_stands_and_the_graver_family_wins(spell) -> None:
    """The law: filter before error before limit, in any case, order and spelling, whatever else the word holds."""
    families = [("content_filter", FILTERS), ("error", ERRORS), ("length", LIMITS)]
    for place, (family, parts) in enumerate(families):
        lesser = [other for _, others in families[place + 1 :] for other in others]
        for part, other in product(parts, [*OTHERS, *lesser, ""]):
            for word in (f"{part}_{other}", f"{other}_{part}", f"{other}_{part}_{other}"):
                assert finish_family(spell(word.strip("_"))) == family, word


SEEN = {
    "content_filter": [
        *("content_filter", "content-filter", "contentFilter", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII"),
        *("RECITATION", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "sensitive", "refusal"),
        *("content_filtered", "guardrail_intervened", "content_policy_violation", "moderation", "blocked"),
        *("risk_control", "illegal_content", "NSFW", "compliance", "banned_word", "blacklist"),
        *("content_filter_error", "ERROR_TOXIC", "flagged_by_moderation", "policy_violation"),
    ],
    "error": [
        *(
            "error",
            "ERROR",
            "network_error",
            "insufficient_system_resource",
            "abort",
            "aborted",
            "cancelled",
            "timeout",
        ),
        *("time_out", "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"),
        *("failed", "internal_error", "server_error", "interrupted", "rate_limit", "error_limit", "engine_overloaded"),
        *("server_shutdown", "killed", "out_of_memory", "preempted"),
        *("MISSING_THOUGHT_SIGNATURE", "malformed_model_output", "tool_error"),
    ],
    "length": [
        *(
            "length",
            "LENGTH",
            "max_tokens",
            "MAX_TOKENS",
            "maxTokens",
            "max_output_tokens",
            "max_length",
            "model_length",
        ),
        *(
            "model_context_window_exceeded",
            "token_limit",
            "context_length_exceeded",
            "max_completion_tokens",
            "truncated",
        ),
        *("thinking_budget_exceeded", "max_new_tokens"),
    ],
    "tool_calls": ["tool_calls", "function_call", "tool_use", "TOOL_CALL", "toolUse", "tool-calls"],
    "stop": [
        *(
            "stop",
            "STOP",
            "eos",
            "eos_token",
            "end",
            "end_turn",
            "endTurn",
            "stop_sequence",
            "stop_string",
            "completed",
        ),
        *("<|eot_id|>", "</s>", "<|im_end|>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "128009"),
        *("COMPLETE", "done", "success", "finished", "FINISH_REASON_STOP", "stop_str", "END_OF_TURN", "normal"),
    ],
    "unknown": [
        "LANGUAGE",
        "OTHER",
        "FINISH_REASON_UNSPECIFIED",
        "pause_turn",
        "UNKNOWN",
        "news_to_us",
        "eosx",
        "skills",
        "NO_IMAGE",
        "?",
        "内容",
    ],
}


@pytest.mark.parametrize(("family", "word"), [(family, word) for family, words in SEEN.items() for word in words])
def test_words_that_servers_use(family: str, word: str) -> None:
    assert finish_family(word) == family


@given(st.text(max_size=30))
def test_any_word_has_a_family(word: str) -> None:
    assert finish_family(word) in {*SEEN}


@pytest.mark.parametrize(
    ("raw", "reason"), [("SAFETY", "content_filter"), ("maxTokens", "length"), ("news_to_us", "news_to_us")]
)
def test_the_reply_has_the_family_and_the_word(raw: str, reason: str) -> None:
    assert read(chunk("a", raw), DONE).choice.finish == Finished(reason, raw)


@pytest.mark.parametrize("word", ["timeout", "MALFORMED_FUNCTION_CALL", "insufficient_system_resource"])
def test_an_end_that_is_an_error_is_raised_with_its_word(word: str) -> None:
    with pytest.raises(Fault) as caught:
        read(chunk("a", word), DONE)

    assert word in str(caught.value.payload)
