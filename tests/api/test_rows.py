"""Every row of the tables of fields, statuses and endings has an example: without the row it would be judged otherwise.

A row without an example fails: anyone who adds a wording adds the sentence that it was seen in, in words of our own.
"""

from __future__ import annotations

import pytest

from chatcli.api import answer_fields, finish_reasons, learned_parameters, refused_parameters, retry
from chatcli.api.failures import classify, error_keys, limits, refusals, retry_after, verdicts
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.api.http import proxy
from chatcli.api.http.broken import FailureKind
from chatcli.errors import (
    AuthenticationError,
    ContextTooLongError,
    FilteredAnswerError,
    ImagesRefusedError,
    ModelNotFoundError,
    ModelRetiredError,
    ParameterRefusedError,
    QuotaError,
    RateLimitError,
    RejectedError,
    ServerError,
    ServerReport,
    UnreachableError,
)
from chatcli.providers.endpoint import RetryPolicy
from chatcli.text import units
from tests.api.refusals import FILTERED_CODES, OVERFLOW_CODES, heal, refuse
from tests.support.hints import hint_of
from tests.support.rows import Rows, unused


def renamed(name: str) -> str | None:
    report = ServerReport(status=400, message="not supported", param=name)
    change = refused_parameters.mend({name: 1}, report)
    assert change
    return change.renamed_to


TABLES = [
    Rows(
        classify,
        "_STATUS_OF_WORD",
        lambda word: (
            classify.in_stream({"error": {"message": "m", "type": word}}, FailedRequest("h", "n", None)).server.status
        ),
        [
            ((word,), status)
            for status, words in {
                400: "invalid_request_error invalid_request invalid_prompt badrequesterror invalid_argument "
                f"tool_use_failed {FILTERED_CODES} {OVERFLOW_CODES}",
                401: "authentication authentication_error invalid_api_key auth_error Unauthorized unauthenticated",
                402: "payment_required insufficient_quota billing_error",
                403: "permission_denied PermissionDeniedError permission_error forbidden",
                404: "not_found NotFoundError model_not_found",
                413: "payload_too_large request_too_large",
                422: "unprocessable unprocessable_entity",
                429: "rate_limit_exceeded RateLimitError throttling_error too_many_requests resource_exhausted",
                408: "timeout request_timeout TimeoutException",
                502: "provider_unavailable bad_gateway",
                529: "overloaded_error provider_overloaded engine_overloaded_error slow_down",
            }.items()
            for word in words.split()
        ],
    ),
    Rows(
        classify,
        "_REQUEST_ID_HEADERS",
        lambda name: classify.classify(500, {name: "id-1"}, b"", FailedRequest("h", "n", None)).server.request_id,
        [((name,), "id-1") for name in ("X-Request-Id", "Request-Id", "apim-request-id", "x-generation-id", "CF-Ray")],
    ),
    Rows(
        error_keys,
        "_WORDS",
        lambda key: error_keys.words_rank.__wrapped__(key) is not None,
        [
            ((key,), True)
            for key in (
                *("message", "errorMessage", "status_msg", "Errmsg", "error", "errors", "err", "fault", "exception"),
                *("detail", "error_details", "faultstring", "description", "desc", "reason", "cause", "title", "hint"),
                *("text", "info", "output"),
            )
        ],
    ),
    Rows(
        error_keys,
        "_CODES",
        lambda key: error_keys.code_rank.__wrapped__(key) is not None,
        [
            ((key,), True)
            for key in ("code", "error_code", "errno", "type", "error_type", "__type", "status", "http_status")
        ],
    ),
    Rows(
        limits,
        "_CREDIT_CODES",
        lambda code: type(refuse(403, code=code)),
        [((code,), QuotaError) for code in ("arrearage", "1113", "1308", "30011")],
    ),
    Rows(
        refusals,
        "CONTENT_FIELDS",
        lambda name: refusals.named_field("not supported", name, {name: 1}),
        [((name,), None) for name in ("messages", "model", "input", "prompt")],
    ),
    Rows(
        refusals,
        "_REFUSED_CODES",
        lambda code: heal("m", code),
        [
            ((code,), True)
            for code in (
                *("unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"),
                "unsupported_params",
            )
        ],
    ),
    Rows(
        refusals,
        "_WRONG_CODES",
        lambda code: heal("not supported", code),
        [
            ((code,), False)
            for code in ("invalid_type", "invalid_value", "integer_above_max_value", "integer_below_min_value")
        ],
    ),
    Rows(
        learned_parameters,
        "PROTECTED",
        lambda name: learned_parameters.LearnedParameters.from_json({"dropped": [name]}).dropped,
        [((name,), frozenset()) for name in ("messages", "prompt", "model", "tools", "functions", "response_format")],
    ),
    Rows(
        refused_parameters,
        "TWINS",
        lambda name: renamed(name),
        [(("max_tokens",), "max_completion_tokens"), (("max_completion_tokens",), "max_tokens")],
    ),
    Rows(
        finish_reasons,
        "_STEMS",
        finish_reasons.finish_family,
        [(("PROHIBITED_CONTENT",), "content_filter"), (("MALFORMED",), "error"), (("max_output_tokens",), "length")],
    ),
    Rows(
        finish_reasons,
        "_PARTS",
        finish_reasons.finish_family,
        [(("FunctionCall",), "tool_calls"), (("end_turn",), "stop")],
    ),
    Rows(
        verdicts,
        "_VERDICTS",
        lambda status, message="m", code=None: (
            type(error := refuse(status, message, code=code)),
            hint_of(error) or error.what,
        ),
        [
            ((302,), (RejectedError, "h.example sent a redirect without a target (302 Found)")),
            ((407,), (UnreachableError, "check the proxy variables in your environment")),
            ((400, "it was flagged"), (FilteredAnswerError, "rephrase the message, or choose another model")),
            ((402,), (QuotaError, "waiting will not help: check its balance and limits")),
            ((429, "prompt is too long"), (ContextTooLongError, "shorten it, or start a new chat")),
            ((429,), (RateLimitError, "wait a moment and try again")),
            (
                (403, "RBAC: access denied"),
                (RejectedError, "the key was not checked: try another network, or check base_url"),
            ),
            (
                (451, "Country not supported"),
                (RejectedError, "the key is not the reason: try another network, or another provider"),
            ),
            ((401,), (AuthenticationError, "check the key, or use another one")),
            ((400, "prompt is too long"), (ContextTooLongError, "shorten it, or start a new chat")),
            (
                (400, "no vision support"),
                (ImagesRefusedError, "choose a model that does, or send the message without them"),
            ),
            ((404, "not a chat model"), (RejectedError, "choose a chat model; `chat models` lists them")),
            ((410, "this model was retired"), (ModelRetiredError, "`chat models` lists them")),
            ((404, "unknown model"), (ModelNotFoundError, "`chat models` lists them")),
            (
                (400, "Failed to call a function", "tool_use_failed"),
                (RejectedError, "run the command again; another model may do better"),
            ),
            (
                (400, "tools are not supported"),
                (
                    RejectedError,
                    "-m NAME picks a model that supports tools; without --tools and tools.enabled, none are offered",
                ),
            ),
            ((405,), (RejectedError, "check base_url: most end in /v1")),
            (
                (400, "Unknown name 'top_k'"),
                (ParameterRefusedError, "change it; drop -o top_k, or remove it from the settings"),
            ),
            ((500,), (ServerError, "try again later")),
            ((418,), (RejectedError, "h.example rejected the request for `gpt-x` (418 I'm a Teapot): m")),
        ],
    ),
    Rows(verdicts, "_FAULTS", lambda status: type(refuse(status)), [((408,), ServerError), ((425,), ServerError)]),
    Rows(
        refused_parameters,
        "_ABOUT_THE_ANSWER",
        lambda code: heal("not supported", code),
        [((code,), False) for code in ("tool_use_failed", "json_validate_failed")],
    ),
    Rows(
        answer_fields,
        "_WORDS",
        lambda name: answer_fields.reasoning_of({"reasoning": [{name: "hm"}]}),
        [((name,), "hm") for name in ("text", "thinking", "content", "summary")],
    ),
    Rows(
        retry_after,
        "_UNIT_S",
        retry_after.duration_s,
        [(("5ms",), 0.005), (("5 sec",), 5), (("5m",), 300), (("5 hours",), 18000), (("5d",), 432000)],
    ),
    Rows(
        units,
        "_SPANS_S",
        units.format_duration,
        [((90061,), "1 d 1 h"), ((3660,), "1 h 1 min"), ((121,), "2 min 1 s")],
    ),
    Rows(
        retry,
        "_REPEATABLE",
        lambda status: isinstance(
            retry.decide(
                retry.Failure(FailureKind.STATUS, status=status),
                retry.Tries(),
                elapsed_s=0,
                policy=RetryPolicy(),
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
