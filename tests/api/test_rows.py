"""Every row of the tables of fields, statuses and endings has an example: without the row it would be judged otherwise.

A row without an example fails: whoever adds a wording adds the sentence that it was seen in, in words of our own.
"""

from __future__ import annotations

import pytest

from chatcli.api import bodies, chunks, failures, fields, healing, proxy, retry, verdicts, waits
from chatcli.core.messages import Finished
from chatcli.errors import (
    AnswerFiltered,
    AuthenticationFailed,
    ContextTooLong,
    ModelNotFound,
    NotReached,
    ParameterRefused,
    QuotaExhausted,
    RateLimited,
    Rejected,
    ServerFault,
    ServerWord,
)
from tests.api.reading import Fault, read
from tests.api.refusals import FILTERED_CODES, OVERFLOW_CODES, heal, refuse
from tests.ground.answers import chunk
from tests.ground.rows import Rows, unused


def finish_fault(raw: str) -> object:
    """Return the code of the error that an ending with *raw* is, None where it is none."""
    try:
        read(chunk("a", raw))
    except Fault as fault:
        return fault.payload["code"]
    return None


TABLES = [
    Rows(
        failures,
        "_STATUS_OF_WORD",
        lambda word: (
            failures.in_stream(
                {"error": {"message": "m", "type": word}}, host="h", model="n", key_source=None
            ).server.status
        ),
        [
            ((word,), status)
            for status, words in {
                400: "invalid_request_error invalid_request invalid_prompt badrequesterror invalid_argument "
                f"tool_use_failed {FILTERED_CODES} {OVERFLOW_CODES}",
                401: "authentication authentication_error invalid_api_key auth_error",
                402: "payment_required insufficient_quota billing_error",
                403: "permission_denied permission_error forbidden",
                404: "not_found not_found_error model_not_found",
                408: "timeout request_timeout timeout_error",
                413: "payload_too_large request_too_large",
                422: "unprocessable unprocessable_entity",
                429: "rate_limit_exceeded rate_limit_error throttling_error too_many_requests resource_exhausted",
                502: "provider_unavailable bad_gateway",
                529: "overloaded_error provider_overloaded engine_overloaded_error slow_down",
            }.items()
            for word in words.split()
        ],
    ),
    Rows(
        failures,
        "_REQUEST_ID_HEADERS",
        lambda name: (
            failures.classify(500, {name: "id-1"}, b"", host="h", model="n", key_source=None).server.request_id
        ),
        [((name,), "id-1") for name in ("X-Request-Id", "Request-Id", "apim-request-id", "x-generation-id", "CF-Ray")],
    ),
    Rows(
        bodies,
        "_MESSAGE_KEYS",
        lambda key: bodies.read({key: "told"}).text,
        [
            ((key,), "told")
            for key in (
                *("message", "Message", "error", "detail", "errors", "error_description", "error_msg", "msg"),
                *("status_msg", "base_resp", "x_groq", "choices", "description", "reason", "title"),
            )
        ],
    ),
    Rows(
        bodies,
        "_CODE_KEYS",
        lambda key: bodies.read({"message": "m", key: "e17"}).code,
        [((key,), "e17") for key in ("code", "error_code", "type", "error_type", "status", "status_code", "__type")],
    ),
    Rows(
        bodies,
        "_STATUS_KEYS",
        lambda key: bodies.read({"message": "m", key: 418}).status,
        [((key,), 418) for key in ("status", "code", "status_code", "statusCode", "raw_status_code")],
    ),
    Rows(
        verdicts,
        "_VERDICTS",
        lambda status, *said: (type(refuse(status, *said)), refuse(status, *said).hint or refuse(status, *said).what),
        [
            ((302,), (Rejected, "h.example redirects without saying where (302 Found)")),
            ((407,), (NotReached, "check the proxy variables of your environment")),
            ((400, "it was flagged"), (AnswerFiltered, "rephrase the message, or choose another model")),
            ((402,), (QuotaExhausted, "waiting does not help: check its balance and limits")),
            ((429,), (RateLimited, "wait a little and try again")),
            ((401,), (AuthenticationFailed, "check the key, or set another one")),
            ((400, "prompt is too long"), (ContextTooLong, "shorten it, or start anew")),
            ((400, "no vision support"), (Rejected, "choose a model that does, or send it without them")),
            ((404, "not a chat model"), (Rejected, "choose a chat model: `chat models` lists what there is")),
            ((404, "unknown model"), (ModelNotFound, "`chat models` lists what there is")),
            ((405,), (Rejected, "is base_url right? Most end in /v1")),
            ((400, "Unknown name 'top_k'"), (ParameterRefused, "change it, or leave it out: /unset top_k")),
            ((500,), (ServerFault, "try again later")),
            ((418,), (Rejected, "h.example rejected the request for `gpt-x` (418 I'm a Teapot): m")),
        ],
    ),
    Rows(
        verdicts,
        "_OVERFLOW_STATUSES",
        lambda status: type(refuse(status, "prompt is too long")),
        [((status,), ContextTooLong) for status in (400, 413, 422, 500)],
    ),
    Rows(verdicts, "_FAULTS", lambda status: type(refuse(status)), [((408,), ServerFault), ((425,), ServerFault)]),
    Rows(
        verdicts,
        "_CONTENT_FIELDS",
        lambda name: type(refuse(400, "m", param=name)),
        [((name,), Rejected) for name in ("messages", "model", "input", "prompt")],
    ),
    Rows(
        healing,
        "_PROTECTED",
        lambda name: healing.heal({name: 1}, ServerWord(status=400, message="not supported", param=name)),
        [((name,), None) for name in ("messages", "prompt", "model", "tools", "functions", "response_format")],
    ),
    Rows(
        healing,
        "_TWINS",
        lambda name: healing.heal({name: 1}, ServerWord(status=400, message="not supported", param=name)).renamed_to,  # type: ignore[union-attr]  # it is mended
        [
            (("max_tokens",), "max_completion_tokens"),
            (("max_completion_tokens",), "max_tokens"),
        ],
    ),
    Rows(
        healing,
        "_ABOUT_THE_ANSWER",
        lambda code: heal("not supported", code),
        [(("tool_use_failed",), False)],
    ),
    Rows(
        chunks,
        "FINISH_REASONS",
        lambda raw: read(chunk("a", raw)).choice.finish,
        [
            ((raw,), Finished(reason, raw))
            for reason, words in {
                "stop": "stop eos end end_turn STOP stop_sequence",
                "length": "length max_tokens MAX_TOKENS model_length model_context_window_exceeded",
                "tool_calls": "tool_calls function_call tool_use",
                "content_filter": "content_filter SAFETY RECITATION sensitive refusal",
            }.items()
            for raw in words.split()
        ],
    ),
    Rows(
        chunks,
        "FAULTY_FINISHES",
        finish_fault,
        [((raw,), raw) for raw in ("error", "network_error", "insufficient_system_resource", "aborted", "abort")],
    ),
    Rows(
        fields,
        "_REASONING_FIELDS",
        lambda name: fields.reasoning_of({name: "hm"}),
        [((name,), "hm") for name in ("reasoning_content", "reasoning", "reasoning_text")],
    ),
    Rows(
        waits,
        "_UNIT_S",
        waits.duration_s,
        [(("5ms",), 0.005), (("5 sec",), 5), (("5m",), 300), (("5 hours",), 18000), (("5d",), 432000)],
    ),
    Rows(
        waits,
        "_SPELLED",
        waits.spell_s,
        [((90061,), "1 d 1 h"), ((3660,), "1 h 1 min"), ((61,), "1 min 1 s")],
    ),
    Rows(
        retry,
        "_REPEATABLE",
        lambda status: isinstance(
            retry.decide(
                retry.Failure(retry.Kind.STATUS, status=status),
                retry.Tries(),
                elapsed_s=0,
                policy=retry.Policy(),
                chance=0,
            ),
            retry.Wait,
        ),
        [((status,), True) for status in (408, 409, 425, 429, 503, 529)],
    ),
    Rows(
        proxy,
        "_SCHEMES",
        lambda scheme: proxy.proxy_for("http://h.example", {"http_proxy": f"{scheme}://p:1"}) is not None,
        [((scheme,), True) for scheme in ("http", "https", "socks5", "socks5h")],
    ),
]


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_example_is_judged_as_it_must_be(rows: Rows) -> None:
    given = [example for example, _ in rows.examples]

    assert list(zip(given, [run() for run in rows.runs], strict=True)) == rows.examples


@pytest.mark.parametrize("rows", TABLES, ids=lambda rows: rows.table)
def test_every_row_has_an_example(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unused(rows, monkeypatch) == []
