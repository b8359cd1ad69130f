"""A refused parameter is renamed or left out, one at a time, and nothing that carries meaning ever is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.client import MAX_CHANGES
from chatcli.api.failures.classify import classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.api.learned_parameters import LearnedParameters, ParameterChange
from chatcli.api.refused_parameters import mend
from chatcli.errors import ChatError, ServerReport

BODY = {
    "model": "gpt-x",
    "messages": [],
    "tools": [],
    "response_format": {},
    "stream": True,
    "stream_options": {"include_usage": True},
    **{"temperature": 0.2, "presence_penalty": 0, "logit_bias": {}, "stop": ["x"], "seed": 7, "max_tokens": 9},
}


def refusal(message: Any, status: int = 400, **fields: Any) -> ChatError:
    body = message if isinstance(message, dict) else {"error": {"message": message, **fields}}
    asked = FailedRequest("api.foo.com", "gpt-x", None, sent=BODY)
    return classify(status, {}, json.dumps(body).encode(), asked)


def extra(*loc: str) -> dict[str, Any]:
    return {"detail": [{"loc": list(loc), "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}]}


@pytest.mark.parametrize(
    ("error", "parameter"),
    [
        pytest.param(
            refusal("'temperature' does not support 0.2. Only the default (1) value.", param="temperature"),
            "temperature",
            id="OpenAI value",
        ),
        pytest.param(refusal("Unrecognized request argument supplied: logit_bias"), "logit_bias", id="OpenAI of old"),
        pytest.param(refusal("Unknown parameter: 'seed'.", code="unknown_parameter"), "seed", id="OpenAI unknown"),
        pytest.param(refusal(extra("body", "stream_options"), 422), "stream_options", id="FastAPI"),
        pytest.param(
            refusal(extra("body", "stream_options", "include_usage"), 422), "stream_options", id="part of one"
        ),
        pytest.param(
            refusal({"object": "error", "message": extra("body", "seed")}, 422), "seed", id="FastAPI inside a message"
        ),
        pytest.param(
            refusal('Invalid JSON payload received. Unknown name "logit_bias": Cannot find field.'),
            "logit_bias",
            id="Gemini",
        ),
        pytest.param(
            refusal({"code": "c", "error": "Model grok does not support parameter presencePenalty."}),
            "presence_penalty",
            id="xAI",
        ),
        pytest.param(refusal("Argument not supported on this model: stop"), "stop", id="xAI argument"),
        pytest.param(refusal("property 'seed' is unsupported, did you mean 'need'?"), "seed", id="Groq"),
        pytest.param(refusal("`seed` is not supported with this model"), "seed", id="in backticks"),
        pytest.param(refusal("model `gpt-x` does not support setting `seed`"), "seed", id="quoted later"),
        pytest.param(refusal('json: unknown field "seed"'), "seed", id="Go"),
        pytest.param(
            refusal("[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted'}]"),
            "seed",
            id="Python printed into the message",
        ),
        *(
            pytest.param(refusal(text), "seed", id=text)
            for text in (
                "Additional properties are not allowed ('seed' was unexpected)",
                "Please remove `seed` from your request.",
                "'seed' is not one of the allowed properties",
                "Setting 'seed' is not permitted for your tier",
                "seed: this feature has been disabled",
                "Parameter seed not recognised",
                "'seed' is incompatible with speculative decoding",
                "The field seed is no longer supported",
                "Completions.create() got an unexpected keyword argument 'seed'",
                "litellm.UnsupportedParamsError: openai does not support parameters: ['seed'], for model=m.",
                "不支持的参数: seed",
                "参数 seed 不被当前模型支持",
                "パラメータ seed はこのモデルではサポートされていません",
            )
        ),
        pytest.param(
            refusal(
                "Your organization must be verified to stream this model.", param="stream", code="unsupported_value"
            ),
            "stream",
            id="streaming",
        ),
    ],
)
def test_refused_parameter_is_left_out(error: ChatError, parameter: str) -> None:
    change = mend(BODY, error)

    assert change is not None
    assert (change.parameter, change.renamed_to) == (parameter, None)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(refusal("Unknown parameter: 'top_k'."), id="not sent"),
        pytest.param(refusal("'temperature' is not supported", status=503), id="not a refusal"),
        pytest.param(refusal("Unsupported parameter: 'messages'"), id="messages"),
        pytest.param(refusal("Unsupported parameter: 'tools'"), id="tools"),
        pytest.param(refusal("m not supported", param="response_format"), id="response_format"),
        pytest.param(refusal("not supported", param="model"), id="model"),
        pytest.param(refusal("does not support 'developer'", param="messages[0].role"), id="part of the messages"),
        pytest.param(refusal("Field 'temperature': type must be number, but is string"), id="wrong type"),
        pytest.param(refusal("Invalid type for 'seed': expected an integer", param="seed"), id="wrong type by words"),
        pytest.param(
            refusal("Unsupported value: 'stop' does not support 'y'. Supported values are: 'x' and 'z'.", param="stop"),
            id="other values would do",
        ),
        pytest.param(
            refusal("Function tools with temperature are not supported.", param="temperature"), id="a combination"
        ),
        pytest.param(
            refusal("Tool call validation failed: 'seed' not allowed", code="tool_use_failed"), id="words of the model"
        ),
        pytest.param(refusal("something is not supported"), id="nothing named"),
        pytest.param(refusal("Bad request."), id="no reason"),
    ],
)
def test_nothing_is_changed_where_that_would_hide_or_break_something(error: ChatError) -> None:
    assert mend(BODY, error) is None


@pytest.mark.parametrize(
    ("old", "new"), [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]
)
def test_limit_of_the_answer_goes_by_its_other_name(old: str, new: str) -> None:
    change = mend({"model": "m", old: 9}, refusal(f"Unsupported parameter: '{old}'", code="unsupported_parameter"))

    assert change == ParameterChange(old, new, f"`{old}` was rejected: sending it as `{new}` from now on")
    assert LearnedParameters().after(change).apply({"model": "m", old: 9}) == {"model": "m", new: 9}


def test_limit_that_has_both_names_loses_the_refused_one() -> None:
    body = {"max_tokens": 9, "max_completion_tokens": 8}

    change = mend(body, ServerReport(status=400, message="max_tokens is not supported", param="max_tokens"))

    assert change is not None
    assert change.renamed_to is None
    assert LearnedParameters().after(change).apply(body) == {"max_completion_tokens": 8}


def test_limit_refused_under_both_names_is_left_out() -> None:
    """A name is not given back, or the two would be exchanged forever."""
    body: dict[str, Any] = {"max_tokens": 9}
    learnt = LearnedParameters()

    for name in ("max_tokens", "max_completion_tokens"):
        change = mend(learnt.apply(body), refusal(extra("body", name), 422), learnt=learnt)
        assert change is not None
        learnt = learnt.after(change)

    assert learnt.apply(body) == {}
    assert learnt.apply({"max_completion_tokens": 9}) == {}


def test_a_value_that_is_the_only_one_taken_is_sent_and_said() -> None:
    change = mend(BODY, refusal("invalid temperature: only 0.6 is allowed for this model"))

    assert change is not None
    assert (change.parameter, change.value) == ("temperature", 0.6)
    assert "0.6" in change.sentence
    learnt = LearnedParameters().after(change)
    assert learnt.apply(BODY)["temperature"] == 0.6
    assert "temperature" not in learnt.apply({"model": "m"})


def test_a_value_that_leaving_out_means_anyhow_is_left_out() -> None:
    change = mend(BODY, refusal("invalid temperature: only 1 is allowed for this model"))

    assert change is not None
    assert "temperature" not in LearnedParameters().after(change).apply(BODY)


def test_a_parameter_refused_with_its_only_value_too_is_left_out() -> None:
    learnt = LearnedParameters(fixed=(("temperature", 0.6),))

    change = mend(learnt.apply(BODY) | {"temperature": 0.7}, refusal("temperature must be 0.6"), learnt=learnt)

    assert change is not None
    assert change.value is None


@pytest.mark.parametrize(
    "message", ["stream_options must be an object", "stream must be one of false", "stream_options.include_usage: no"]
)
def test_what_the_program_added_itself_is_dropped_whenever_it_is_named(message: str) -> None:
    name = message.split()[0].partition(".")[0]

    change = mend(BODY, refusal(message, param=name))

    assert change is None or change.parameter == name
    assert (change is None) == ("no" in message.split())


def test_a_parameter_is_renamed_where_the_server_says_how() -> None:
    change = mend(BODY, refusal("`seed` is not supported here, use `random_seed` instead"))

    assert change is not None
    assert (change.parameter, change.renamed_to) == ("seed", "random_seed")
    assert LearnedParameters().after(change).apply({"seed": 7}) == {"random_seed": 7}


@pytest.mark.parametrize(
    "message", ["use `messages` instead of `seed`: not supported", "'seed' unknown, use it instead"]
)
def test_nothing_takes_the_name_of_what_carries_meaning(message: str) -> None:
    change = mend(BODY, refusal(message))

    assert change is None or change.renamed_to not in ("messages", "model")


def test_name_in_use_is_not_overwritten() -> None:
    learnt = LearnedParameters(renamed=(("max_tokens", "max_completion_tokens"),))

    assert learnt.apply({"max_tokens": 1, "max_completion_tokens": 2}) == {"max_completion_tokens": 2}


def test_request_that_does_not_stream_does_not_say_how() -> None:
    learnt = LearnedParameters(dropped=frozenset({"stream"}))

    assert learnt.apply({"stream": True, "stream_options": {}, "n": 1}) == {"n": 1}


@pytest.mark.parametrize(
    "message",
    [
        "This model only support stream mode, please enable the stream parameter to access the model.",
        "This model only supports streaming",
        "Streaming is required for requests that may take longer than 10 minutes",
        "parameter.enable_thinking must be set to false for non-streaming calls",
        "Non-streaming requests are not supported",
        "the endpoint does not support non-stream requests",
        "stream must be true",
        "该模型仅支持流式输出",
    ],
)
def test_where_only_streams_are_served_one_is_requested(message: str) -> None:
    body = {"model": "m", "messages": []}

    change = mend(body, refusal(message))

    assert change is not None
    assert LearnedParameters().after(change).apply(body)["stream"] is True


def test_sentence_tells_what_happened() -> None:
    by_name = {name: mend(BODY, refusal("not supported", param=name)) for name in ("stream", "temperature")}

    assert {name: change.sentence for name, change in by_name.items() if change} == {
        "stream": "the server does not accept streaming: answers will arrive whole from now on",
        "temperature": "`temperature` was rejected: not sending it from now on",
    }


def test_body_itself_is_left_alone() -> None:
    body = {"temperature": 1}

    LearnedParameters(dropped=frozenset({"temperature"})).apply(body)

    assert body == {"temperature": 1}


def test_no_more_is_changed_than_a_user_can_follow() -> None:
    assert MAX_CHANGES == 3


LEARNT = st.builds(
    LearnedParameters,
    renamed=st.lists(
        st.sampled_from([("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]),
        unique=True,
        max_size=1,
    ).map(tuple),
    dropped=st.frozensets(st.sampled_from(["temperature", "stream", "seed"])),
    fixed=st.lists(st.sampled_from([("top_p", 0.95), ("n", 1), ("stop", "x")]), unique=True).map(tuple),
)


@given(LEARNT)
def test_what_was_learnt_survives_being_written_down(learnt: LearnedParameters) -> None:
    assert LearnedParameters.from_json(json.loads(json.dumps(learnt.to_json()))) == learnt


@given(LEARNT, st.dictionaries(st.sampled_from(sorted(BODY)), st.integers()))
def test_applying_twice_changes_nothing_more(learnt: LearnedParameters, body: dict[str, Any]) -> None:
    once = learnt.apply(body)

    assert learnt.apply(once) == once


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"renamed": [], "dropped": {}},
        {"renamed": {"messages": "x"}, "dropped": ["messages", "model", 3, None, "tools"]},
        {"renamed": {"temperature": "messages", "max_tokens": ["x"]}, "fixed": {"messages": 1, "seed": [1]}},
    ],
)
def test_damaged_memory_touches_nothing(value: Any) -> None:
    assert LearnedParameters.from_json(value).apply(BODY) == BODY


@given(st.sampled_from(["not supported", "unknown field", "Extra inputs are not permitted"]), st.text(), st.text())
def test_healing_takes_nothing_but_what_it_names(refused: str, message: str, param: str) -> None:
    error = ServerReport(status=400, message=f"{message} {refused} '{param}'", param=param or None)

    change = mend(BODY, error)

    if change is not None:
        mended = LearnedParameters().after(change).apply(BODY)
        assert {"model", "messages", "tools", "response_format"} <= mended.keys()
        assert len(BODY) - len(mended) == (0 if change.renamed_to else 2 if change.parameter == "stream" else 1)
