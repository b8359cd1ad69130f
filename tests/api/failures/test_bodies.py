"""An error body of any shape gives its message, and none of them makes reading fail."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.failures.bodies import MAX_MESSAGE, page_title, read_error_body

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["error", "message", "detail", "errors", "code", "metadata", "loc", "x"]), inner
        )
    ),
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"error": {"message": "No such thing.", "type": "t"}}, "No such thing.", id="object"),
        pytest.param([{"error": {"code": 400, "message": "No."}}], "No.", id="array"),
        pytest.param({"message": "outer", "error": {"message": "inner"}}, "inner", id="object beside a message"),
        pytest.param({"error": "out of memory"}, "out of memory", id="string"),
        pytest.param({"code": "bad", "error": "Wrong field."}, "Wrong field.", id="string with a code"),
        pytest.param({"object": "error", "message": "Too hot.", "code": 400}, "Too hot.", id="flat"),
        pytest.param({"code": 20012, "message": "Gone.", "data": None}, "Gone.", id="flat with a number"),
        pytest.param({"detail": "Not Found"}, "Not Found", id="detail"),
        pytest.param(
            {"detail": [{"loc": ["body", "top_k"], "msg": "not permitted", "type": "extra_forbidden"}]},
            "top_k: not permitted",
            id="list of details",
        ),
        pytest.param(
            {"detail": [{"loc": ["body"], "msg": "wrong"}, {"loc": ["body", "n"], "msg": "too big"}]},
            "wrong; n: too big",
            id="several details",
        ),
        pytest.param(
            {"message": {"detail": [{"loc": ["body", "n"], "msg": "no"}]}}, "n: no", id="message is an object"
        ),
        pytest.param({"message": "Unauthorized", "request_id": "r1"}, "Unauthorized", id="gateway"),
        pytest.param({"Message": "Denied"}, "Denied", id="capital letter"),
        pytest.param({"errors": ["first", "second"]}, "first; second", id="list of strings"),
        pytest.param({"errors": [{"message": "first"}, {"message": "second"}]}, "first; second", id="list of errors"),
        pytest.param(
            {"statusCode": 400, "error": "Bad Request", "message": "n is too big"},
            "n is too big",
            id="status and reason",
        ),
        pytest.param({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "login fail", id="base_resp"),
        pytest.param({"choices": [], "x_groq": {"error": "over capacity"}}, "over capacity", id="inside a chunk"),
        pytest.param({"error": {"message": '{"error":{"message":"inner"}}'}}, "inner", id="JSON in the message"),
        pytest.param({"error": {"message": '{"broken'}}, '{"broken', id="what only looks like JSON"),
        pytest.param({"error": {"message": '"x" is wrong'}}, '"x" is wrong', id="message begins with a quote"),
        pytest.param({"error": {"message": "", "detail": "here"}}, "here", id="empty message"),
        pytest.param({"error": {"code": "x_code"}}, '{"error": {"code": "x_code"}}', id="code alone"),
        pytest.param({"error": True, "message": "flagged"}, "flagged", id="error is a flag"),
        pytest.param({"error": "invalid_token", "error_description": "It expired."}, "It expired.", id="OAuth"),
        pytest.param({"error": "invalid_token"}, "invalid_token", id="a word of machines alone"),
        pytest.param({"error": "Forbidden", "reason": "internal policy"}, "Forbidden", id="a word of people"),
        pytest.param(
            {"title": "Too Many Requests", "detail": "tenant is slow"}, "tenant is slow", id="problem details"
        ),
        pytest.param({"Response": {"Error": {"Code": "A.B", "Message": "No."}}}, "No.", id="within a response"),
        pytest.param({"ret_code": 3, "ret_msg": "bucket dry"}, "bucket dry", id="ret_msg"),
        pytest.param({"weird": [1, 2]}, '{"weird": [1, 2]}', id="unknown shape is shown as it is"),
        pytest.param("Invalid token", "Invalid token", id="a JSON string"),
        pytest.param({"error": {"message": "two\n\n  lines"}}, "two lines", id="line breaks"),
        pytest.param({"error": {"message": "half \ud800 pair"}}, "half \ufffd pair", id="lone surrogate"),
        pytest.param({"error": {"message": "\x1b[2J"}}, "\x1b[2J", id="control characters are not judged here"),
    ],
)
def test_message_is_found_in_every_shape(body: Any, message: str) -> None:
    assert read_error_body(json.dumps(body).encode()).message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"<html><head><title>502 Bad\nGateway</title></head>", "502 Bad Gateway", id="title"),
        pytest.param(b"<!DOCTYPE html><title></title><p>Log in &amp; go on</p>", "Log in & go on", id="first line"),
        pytest.param(b"<style>p{}</style><!-- no --><p>seen</p><script>x()", "seen", id="what nobody sees"),
        pytest.param(b"<Error><Code>AccessDenied</Code></Error>", "AccessDenied", id="XML"),
        pytest.param(b"\n\nno healthy upstream\nand more\n", "no healthy upstream", id="plain text"),
        pytest.param(b"404 page not found", "404 page not found", id="text that begins like JSON"),
        pytest.param(b'"x" is wrong', '"x" is wrong', id="text that begins with a quote"),
        pytest.param(b"\xef\xbb\xbf" + b'{"error":"marked"}', "marked", id="byte order mark"),
        pytest.param("größe".encode("latin-1"), "gr\ufffd\ufffde", id="undecodable bytes"),
        pytest.param(b'event: error\r\ndata: {"error":{"message":"mid"}}\r\n\r\n', "mid", id="an event stream"),
        pytest.param(b'{"error":"first"}\n{"error":"second"}', "first", id="a line an object"),
        pytest.param(
            b'{"error":' * 450 + b"1" + b"}" * 450,
            ('{"error":' * 100)[:199] + "…",
            id="nested deeper than anybody means",
        ),
        pytest.param(b"[" * 100_000, "[" * (MAX_MESSAGE - 1) + "…", id="endless nesting"),
        pytest.param(b'{"error":' + b"9" * 5000 + b"}", '{"error":' + "9" * 490 + "…", id="endless number"),
    ],
)
def test_first_line_is_found_in_what_is_no_json(body: bytes, message: str) -> None:
    assert read_error_body(body).message == message


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"{}", b"[]", b'""', b"<p></p>", b"\x1f\x8b\x00\x08", '{"error":""}'.encode("utf-16")]
)
def test_nothing_is_said_where_there_is_no_text(body: bytes) -> None:
    assert read_error_body(body).message is None


def test_long_messages_are_cut_for_people_only() -> None:
    said = read_error_body({"error": {"message": "word " * 200}})

    assert said.message == ("word " * 100)[: MAX_MESSAGE - 1].rstrip() + "…"
    assert said.text == ("word " * 200).rstrip()


def test_router_tells_what_the_provider_behind_it_said() -> None:
    raw = json.dumps({"error": {"message": "Slow down", "code": "slow_down"}})
    error = {"message": "Provider returned error", "code": 429, "metadata": {"provider_name": "Acme", "raw": raw}}

    said = read_error_body({"error": error})

    assert said.message == "Acme: Slow down"
    assert said.status == 429
    assert {"slow_down", "429"} <= said.words


def test_codes_of_every_level_are_collected() -> None:
    inner = {"code": "ResponsibleAIPolicyViolation"}
    error = {
        "code": "content_filter",
        "type": "t",
        "param": "prompt",
        "status": 400,
        "innererror": inner,
        "message": "no",
    }

    said = read_error_body({"error": error, "request_id": "r7"})

    assert said.words >= {"content_filter", "responsibleaipolicyviolation", "t"}
    assert (said.code, said.param, said.status, said.request_id) == ("content_filter", "prompt", 400, "r7")


def test_code_in_letters_is_preferred_to_a_number() -> None:
    assert read_error_body({"error": {"code": 400, "type": "bad_thing", "message": "m"}}).code == "bad_thing"
    assert read_error_body({"error": {"code": "1261", "message": "m"}}).code == "1261"


def test_details_of_google_tell_rule_quota_and_delay() -> None:
    details = [
        {"@type": "QuotaFailure", "violations": [{"quotaId": "RequestsPerDay-Free"}]},
        {"@type": "ErrorInfo", "reason": "API_KEY_INVALID"},
        {"@type": "RetryInfo", "retryDelay": "37s"},
        "not an object",
    ]

    said = read_error_body(
        [{"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": details}}]
    )

    assert said.retry_after_s == 37
    assert said.words >= {"requestsperday-free", "api_key_invalid", "resource_exhausted"}


def test_delay_in_the_message_is_read() -> None:
    assert read_error_body({"error": {"message": "Please try again in 1m3s. Thank you"}}).retry_after_s == 63


def test_numbers_of_an_overflow_are_read() -> None:
    said = read_error_body({"error": {"message": "m", "n_prompt_tokens": 6020, "n_ctx": 512}})

    assert (said.needed_tokens, said.window_tokens) == (6020, 512)


@pytest.mark.parametrize(
    ("loc", "param"),
    [
        pytest.param(["body", "messages", 0, "content"], "messages[0].content", id="path"),
        pytest.param(["body", "two\nlines"], "two lines", id="line break"),
        pytest.param([None, {}, "n"], "n", id="what is no step"),
        pytest.param(["body"], None, id="the body itself"),
        pytest.param("n", None, id="no path"),
    ],
)
def test_place_in_the_request_is_written_as_openai_writes_it(loc: Any, param: str | None) -> None:
    said = read_error_body({"detail": [{"loc": loc, "msg": "Field required", "type": "missing"}]})

    assert said.param == param
    assert said.message == (f"{param}: Field required" if param else "Field required")


@given(JSON)
def test_any_json_is_read_without_an_error(value: Any) -> None:
    said = read_error_body(value)

    assert said.message is None or 0 < len(said.message) <= MAX_MESSAGE


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_without_an_error(body: bytes) -> None:
    said = read_error_body(body)

    assert said.message is None or 0 < len(said.message) <= MAX_MESSAGE
    assert "\n" not in (said.message or "")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=MAX_MESSAGE))
def test_a_message_is_never_lost(message: str) -> None:
    assert read_error_body({"error": {"message": message}}).message == message


def test_an_answer_is_no_web_page() -> None:
    assert page_title(b'{"choices":[]}') is None
    assert page_title(b"data: {}") is None
    assert page_title(b" <title>Login</title>") == "Login"
    assert page_title(b"<html></html>") == ""


@pytest.mark.parametrize("opening", ["<p", "<script>", "<!--", "<title>", "<style "])
def test_markup_without_end_is_read_from_its_beginning(opening: str) -> None:
    """All of it would take minutes."""
    said = read_error_body((opening * 400_000).encode())

    assert said.is_page


@pytest.mark.parametrize("unit", ["9", "a9", "9.", "1 ", " ", '"', "{", "[", "<a ", "wait 1s ", "漢", "\\"])
def test_no_repetition_takes_long(unit: str) -> None:
    """A search that begins again at each character takes minutes, and this test its time limit."""
    said = read_error_body((unit * 500_000)[:500_000].encode())

    assert said.message is None or len(said.message) <= MAX_MESSAGE + 1
