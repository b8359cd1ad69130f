"""A request that is too long is known by a noun of size and an excess in one sentence, and its numbers by their places.

The sentences are made of parts, so that what no server has said yet is understood too; the tables below hold what
servers, gateways and proxies do say, and what only sounds like it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.failures.classify import classify, in_stream
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.api.failures.overflow import OverflowNumbers, counts_answer, is_overflow, read_numbers
from chatcli.errors import ChatError, ContextTooLongError

SIZES = ["prompt", "input", "input prompt", "context", "conversation", "number of input tokens", "sequence", "history"]
# @ is the noun, N what the request takes and W what the window holds.
EXCESSES = [
    "The @ is too long: N tokens exceed the limit of W.",
    "@ too long; N > W",
    "@ (N tokens) exceeds the context window of W tokens",
    "The @ of N tokens is longer than the model's maximum context length (W)",
    "@ has N tokens, which is more than the W tokens this model supports",
    "@: N tokens are too many, at most W fit",
    "The @ must be shorter than W tokens. Given: N",
    "@ length N is larger than max_model_len W",
    "Maximum context length is W tokens, but the @ has N",
    "the @ does not fit: only W tokens are available, and it needs N",
]
VETOES = [
    "Rate limit reached: ",
    "On tokens per minute (TPM): ",
    "Your daily quota: ",
    "Throttled. Please wait before trying again. ",
    "Not enough credits: ",
    "context deadline exceeded: ",
]


def refused(message: str, status: int = 400, **fields: Any) -> ChatError:
    body = json.dumps({"error": {"message": message, **fields}}).encode()
    return classify(status, {}, body, FailedRequest("api.foo.com", "gpt-x", None))


def written(number: int, how: str) -> str:
    return f"{number:,}" if how == "commas" else str(number)


@given(
    noun=st.sampled_from(SIZES),
    excess=st.sampled_from(EXCESSES),
    status=st.sampled_from([400, 413, 422, 429, 500, 503, 529]),
    window=st.integers(256, 2_000_000),
    over=st.integers(1, 3_000_000),
    how=st.sampled_from(["plain", "commas"]),
)
def test_every_noun_with_every_excess_is_an_overflow_with_its_numbers(
    *, noun: str, excess: str, status: int, window: int, over: int, how: str
) -> None:
    needed = window + over
    text = excess.replace("@", noun).replace("N", written(needed, how)).replace("W", written(window, how))

    error = refused(text, status)

    assert isinstance(error, ContextTooLongError), text
    assert (error.needed_tokens, error.window_tokens) == (needed, window), text


@given(noun=st.sampled_from(SIZES), excess=st.sampled_from(EXCESSES), veto=st.sampled_from(VETOES))
def test_what_no_shortening_mends_is_no_overflow(noun: str, excess: str, veto: str) -> None:
    text = veto + excess.replace("@", noun).replace("N", "9000").replace("W", "8192")

    assert not is_overflow(frozenset(), text), text


@given(st.text(max_size=200), st.integers(0, 10**9))
def test_any_text_is_read_and_no_numbers_contradict_each_other(text: str, number: int) -> None:
    told = read_numbers(f"{text} {number} context {text}")

    if told.needed and told.window:
        assert told.needed + (told.answer or 0) > told.window


SAID = [
    ("request (180283 tokens) exceeds the available context size (180224 tokens), try increasing it", 180283, 180224),
    ("Input length 131393 exceeds the maximum allowed input length of 131040 tokens.", 131393, 131040),
    ("400 Input length (265330) exceeds model's maximum context length (262144).", 265330, 262144),
    ("Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)", 5152, 2048),
    (
        "The decoder prompt (length 21535) is longer than the maximum model length of 16384. Make sure that"
        " `max_model_len` is no smaller than the number of text tokens plus multimodal tokens. For image inputs, the"
        " number of image tokens depends on the number of images",
        21535,
        16384,
    ),
    ("Prompt length of 2048 is longer than the maximum model length of 2048.", None, 2048),
    ("prompt is too long: 228307 tokens > 200000 maximum [failed to stream chunk]", 228307, 200000),
    ("The total number of tokens in your request (5000) exceeds the model limit (4096)", 5000, 4096),
    ("the request exceeds the available context size. try increasing the context size", None, None),
    ("Requested tokens (5217) exceed context window of 4096", 5217, 4096),
    ("total tokens 9000 exceed n_ctx 8192", 9000, 8192),
    ("prompt larger than the context (n_ctx=8192, n_tokens=9000)", 9000, 8192),
    ("Your prompt contains at least 4097 input tokens, which is more than 4096", 4097, 4096),
    ("Your request resulted in 9000 tokens, above the 8192 limit of the model", 9000, 8192),
    ("tokens in request more than max tokens allowed", None, None),
    ("prompt_tokens_exceeded: 9000/8192", None, None),
    ("Total tokens of image and text exceed max message tokens", None, None),
    ("Context size has been exceeded.", None, None),
    ("Context overflow", None, None),
    ("ran out of context", None, None),
    ("Not enough context for 9000 tokens", 9000, None),
    ("Input is too long for requested model.", None, None),
    ("输入长度超过模型最大上下文长度 8192", None, 8192),
    ("请求的token数量超出模型上限", None, None),
    ("入力がモデルの最大コンテキスト長を超えています", None, None),
    ("입력 토큰이 최대 컨텍스트 길이를 초과했습니다", None, None),
    ("Prompt 超长", None, None),
    ("too many tokens: size limit exceeded by 440 tokens. Try using shorter or fewer inputs.", None, None),
    ("ContextWindowExceeded: requested 9000 > 8192", 9000, 8192),
    ("prompt of 9000 tokens does not fit in the context of 8192", 9000, 8192),
    ("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", 9000, 8192),
    ("Please reduce the length of the messages. Current length is 9000 while limit is 8192", 9000, 8192),
    ("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]", None, 98304),
    ("InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]", None, 98304),
]


@pytest.mark.parametrize(("text", "needed", "window"), SAID)
@pytest.mark.parametrize("wrapped", ["{}", "litellm.BadRequestError: OpenAIException - {}", "Error code: 400 - {}"])
def test_servers_say_it_in_their_ways(text: str, needed: int | None, window: int | None, wrapped: str) -> None:
    error = refused(wrapped.format(text))

    assert isinstance(error, ContextTooLongError)
    assert (error.needed_tokens, error.window_tokens) == (needed, window)


# The messages, the answer and the window are distinguished by what stands beside the numbers.
WITH_THE_ANSWER = [
    (
        "This model's maximum context length is 4097 tokens. However, you requested 5000 tokens (4000 in the messages,"
        " 1000 in the completion). Please reduce the length of the messages or completion.",
        OverflowNumbers(4000, 1000, 4097),
    ),
    (
        "'max_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has"
        " 1500 input tokens (32000 > 32768 - 1500).",
        OverflowNumbers(1500, 32000, 32768),
    ),
    (
        "input length and `max_tokens` exceed context limit: 170636 + 34048 > 200000, decrease input length",
        OverflowNumbers(170636, 34048, 200000),
    ),
    (
        "You requested a total of 140000 tokens: 100000 tokens from the input messages and 40000 tokens for the"
        " completion, but the maximum context length is 131072",
        OverflowNumbers(100000, 40000, 131072),
    ),
    (
        "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 512 `max_new_tokens`",
        OverflowNumbers(9000, 512, 8193),
    ),
    ("Prompt tokens (9000) + max_tokens (1000) > context length (8192)", OverflowNumbers(9000, 1000, 8192)),
]


@pytest.mark.parametrize(("text", "told"), WITH_THE_ANSWER)
def test_what_the_answer_may_take_is_no_part_of_the_messages(text: str, told: OverflowNumbers) -> None:
    assert is_overflow(frozenset(), text)
    assert counts_answer(text)
    assert read_numbers(text) == told


DECOYS = [
    "max_tokens: 300000 > 128000, which is the maximum allowed number of output tokens for m",
    "max_new_tokens must be less than 4096",
    "The model's output exceeds the limit",
    "Invalid input: messages must have at most one system message",
    "The image is too large: 20 MB",
    "messages.0.content.1.image: image exceeds 5 MB maximum",
    "string too long. Expected a string with maximum length 1048576, but got a string with length 2000000 instead.",
    "tools: array too long. Expected an array with maximum length 128",
    "stop: too many stop sequences, maximum 4",
    "Input should be greater than 0",
    "temperature: Input should be less than or equal to 1",
    "Unexpected token < in JSON at position 0",
    "Your token has expired",
    "Too many requests",
    "temperature must be less than 2",
    "You have exceeded your monthly token limit",
    "ThrottlingException: Too many tokens, please wait before trying again.",
    "Requested 8123, Limit 6000 tokens per min (TPM)",
    "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 3.",
    "context canceled",
    "upstream request timeout: context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    "The thinking budget must be at least 1024, budget_tokens exceeds",
    "prompt is required",
]


@pytest.mark.parametrize("text", DECOYS)
@pytest.mark.parametrize("status", [400, 429, 500])
def test_what_only_sounds_like_it_is_no_overflow(text: str, status: int) -> None:
    assert not isinstance(refused(text, status), ContextTooLongError)


@pytest.mark.parametrize("code", ["context_length_exceeded", "ContextWindowExceededError", "prompt_too_long", "1261"])
def test_a_code_says_it_also_within_an_answer(code: str) -> None:
    error = in_stream({"error": {"message": "no", "code": code}}, FailedRequest("api.foo.com", "gpt-x", None))

    assert isinstance(error, ContextTooLongError)


def test_a_code_that_names_a_day_is_no_overflow() -> None:
    assert not is_overflow({"daily_token_limit_reached"}, "")
