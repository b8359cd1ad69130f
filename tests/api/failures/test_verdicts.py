"""The sentence about a failure names the host, what must be changed, and how."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from chatcli.api.failures.classify import classify
from chatcli.api.failures.diagnosis import FailedRequest
from chatcli.errors import ChatError, ImagesRefusedError, RejectedError
from tests.support.hints import hint_of


def judge(status: int, body: Any = b"", headers: dict[str, str] | None = None, **asked: Any) -> ChatError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    known: dict[str, Any] = {"host": "api.foo.com", "model": "gpt-x", "key_source": "$FOO_KEY"}
    known |= {"sent": {"temperature": 1}, **asked}
    return classify(status, headers or {}, raw, FailedRequest(**known))


def said(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def told(error: ChatError) -> str:
    """Return what happened and what to do, however the two are joined in the end."""
    return ". ".join(filter(None, (error.what, hint_of(error))))


@pytest.mark.parametrize(
    ("error", "substance"),
    [
        pytest.param(
            judge(401, said("Incorrect API key.")),
            ("$FOO_KEY", "api.foo.com: Incorrect API key", "check the key"),
            id="key",
        ),
        pytest.param(
            judge(401, key_source=None),
            ("api.foo.com", "(401 Unauthorized)", "`chat keys set PROVIDER`"),
            id="no key",
        ),
        pytest.param(
            judge(403, said("Forbidden.")),
            ("api.foo.com", "$FOO_KEY", "(403): Forbidden", "what the key is allowed to do"),
            id="forbidden",
        ),
        pytest.param(
            judge(402, said("Insufficient Balance")),
            (
                "$FOO_KEY at api.foo.com",
                "credit or quota",
                "(402 Payment Required): Insufficient Balance",
                "balance and limits",
            ),
            id="money",
        ),
        pytest.param(
            judge(429, said("Slow down. Please try again in 41.724s.")),
            ("rate limit of api.foo.com", "`gpt-x`: Slow down.", "again in 42 s"),
            id="rate limit",
        ),
        pytest.param(
            judge(429, model=""),
            ("rate limit of api.foo.com reached. wait",),
            id="rate limit without a model",
        ),
        pytest.param(
            judge(404, said('model "gpt-x" not found, try pulling it first')),
            ("api.foo.com", 'no model `gpt-x`: model "gpt-x" not found', "`ollama pull gpt-x`"),
            id="model to pull",
        ),
        pytest.param(
            judge(404, said("model not found"), host="localhost:11434", local=True),
            ("localhost:11434", "no model `gpt-x`: model not found", "`ollama pull gpt-x`"),
            id="model on this machine",
        ),
        pytest.param(
            judge(404, said("no such model")),
            ("api.foo.com", "no model `gpt-x`: no such model", "`chat models`"),
            id="model",
        ),
        pytest.param(
            judge(404, said("This model is only supported in v1/responses")),
            ("`gpt-x` cannot chat at api.foo.com: This model", "Responses API: choose another model"),
            id="responses only",
        ),
        pytest.param(
            judge(404, said("This is not a chat model")),
            ("`gpt-x` cannot chat at api.foo.com: This is", "choose a chat model; `chat models`"),
            id="not a chat model",
        ),
        pytest.param(
            judge(404, b"404 page not found"),
            ("api.foo.com", "this path (404): page not found", "check base_url", "/v1"),
            id="path",
        ),
        pytest.param(
            judge(404, said("No fixture matched")),
            ("api.foo.com rejected", "`gpt-x` (404 Not Found): No fixture matched"),
            id="404 for a reason of its own",
        ),
        pytest.param(
            judge(400, said("Too hot", param="temperature")),
            ("api.foo.com", "`temperature` for `gpt-x`: Too hot", "change it; drop -o temperature"),
            id="parameter",
        ),
        pytest.param(
            judge(413, sent_bytes=12_345_678),
            ("12.3 MB", "too large for api.foo.com (413)", "attach less"),
            id="size",
        ),
        pytest.param(
            judge(422, said("no"), sent_bytes=999),
            ("api.foo.com rejected", "999 B for `gpt-x` (422 Unprocessable Entity): no"),
            id="422 with its size",
        ),
        pytest.param(
            judge(502, b"<title>502 Bad Gateway</title>"),
            ("api.foo.com failed (502): Bad Gateway. try again later",),
            id="gateway",
        ),
        pytest.param(
            judge(500, b"", local=True),
            ("api.foo.com failed (500 Internal Server Error). check", "output of the server"),
            id="server on this machine",
        ),
        pytest.param(judge(529), ("api.foo.com failed (529). try again later",), id="status without a name"),
        pytest.param(
            judge(407),
            ("proxy", "api.foo.com", "login (407)", "proxy variables"),
            id="proxy",
        ),
        pytest.param(
            judge(400, said("Flagged by content policy")),
            ("content filter of api.foo.com", "Flagged by content policy", "rephrase the message"),
            id="filter",
        ),
        pytest.param(
            judge(400, said("context window exceeded")),
            ("context window of `gpt-x` at api.foo.com: context window exceeded", "shorten it"),
            id="overflow without numbers",
        ),
    ],
)
def test_sentence_names_what_must_be_changed(error: ChatError, substance: Sequence[str]) -> None:
    assert [part for part in substance if part not in told(error)] == []


@pytest.mark.parametrize(
    ("location", "place", "is_proposed"),
    [
        ("https://x.com/v1/chat/completions", "https://x.com/v1", True),
        ("https://user:secret@x.com/login?token=secret#secret", "https://x.com/login", True),
        ("//x.com/v1", "https://x.com/v1", True),
        ("/login", "/login", False),
        ("https://x.com/v1/chat/completions/", "https://x.com/v1/chat/completions/", False),
        ("ftp://x.com/v1", "ftp://x.com/v1", False),
        ("https://x.com/v1/", "https://x.com/v1/", True),
    ],
)
def test_redirect_names_its_target_and_is_not_followed(location: str, place: str, is_proposed: bool) -> None:
    """An address is proposed where the settings would take it as it stands."""
    error = judge(307, b"", {"Location": location})

    assert type(error) is RejectedError
    assert told(error).startswith(f"api.foo.com redirects to {place}. ")
    assert ("set base_url to it" in told(error)) is is_proposed


@pytest.mark.parametrize("headers", [{}, {"location": "http://[::1"}, {"location": "?token=secret"}])
def test_redirect_to_nowhere_is_told_as_such(headers: dict[str, str]) -> None:
    assert told(judge(302, b"", headers)) == "api.foo.com sent a redirect without a target (302 Found)"


WITH_A_PICTURE = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]}
BLIND = [
    (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    (404, "No endpoints found that support image input"),
    (400, "This model does not support image inputs."),
    (422, "messages[0]: unknown variant `image_url`, expected `text`"),
    (400, "Invalid content type. image_url is only supported by certain models."),
    (400, "m-1 is not a multimodal model"),
    (400, "At most 0 image(s) may be provided in one prompt: the model has no vision"),
    (500, "this model is missing data required for image input"),
    (400, "messages.0.content: Input should be a valid string"),
    (422, "invalid type: sequence, expected a string at messages[0].content"),
    (400, "content must be a string"),
    (400, "Cannot read image: this model lacks vision"),
    (400, "当前模型不支持图片输入"),
    (404, "The model does not support the modality IMAGE"),
    (400, "At most 0 image(s) may be provided in one prompt."),
    (400, "Type mismatch of '/messages/0/content', 'array' not in 'string'"),
    (400, "This model cannot process images"),
    (400, "This model only accepts text input"),
    (400, "messages.0.content.1.type: Input should be 'text'"),
    (500, "Failed to process inputs: this model is missing data required for image input"),
]
NOT_BLIND = [
    (400, "The image is too large: 20 MB"),
    (400, "could not download the image: the url is not reachable"),
    (400, "image_url: invalid base64"),
    (400, "unsupported image format: image/heic"),
    (400, "Could not process image"),
    (400, "Only image/png and image/jpeg are supported"),
    (400, "Too many images, at most 5 are not enough"),
    (500, "the engine does not respond"),
]


@pytest.mark.parametrize(("status", "words"), NOT_BLIND)
def test_what_is_wrong_with_a_picture_says_nothing_about_the_model(status: int, words: str) -> None:
    assert "not accept images" not in judge(status, said(words), sent=WITH_A_PICTURE).what


@pytest.mark.parametrize(("status", "words"), BLIND)
def test_where_no_pictures_were_sent_none_are_spoken_of(status: int, words: str) -> None:
    assert "not accept images" not in judge(status, said(words)).what


@pytest.mark.parametrize(("status", "words"), BLIND)
def test_a_model_that_sees_no_pictures_is_named(status: int, words: str) -> None:
    error = judge(status, said(words), sent=WITH_A_PICTURE)

    assert type(error) is ImagesRefusedError
    assert error.what.startswith("`gpt-x` at api.foo.com does not accept images")
    assert "choose a model" in hint_of(error)
