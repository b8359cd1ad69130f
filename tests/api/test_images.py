"""Images in an answer are found wherever a server puts them, once each, and an answer of images alone is an answer."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.images import images_of
from chatcli.conversation.messages import Image, ImagePart
from chatcli.conversation.sendable import IMAGE_STAND_IN, as_sent
from tests.api.reading import DONE, events_of, folded, whole_events_of
from tests.support.answers import chunk

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(60))).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(60))).decode()
DATA = f"data:image/png;base64,{PNG}"
LINK = "https://x.example/a.png?sig=1"
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"
SVG_DATA = f"data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"

# what a message or delta says: the URLs of its images
FORMS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "OpenRouter": ({"images": [{"type": "image_url", "image_url": {"url": DATA}, "index": 0}]}, [DATA]),
    "a plain address": ({"images": [{"type": "image", "url": DATA}]}, [DATA]),
    "a list of texts": ({"images": [DATA, LINK]}, [DATA, LINK]),
    "bare base64": ({"images": [PNG]}, [DATA]),
    "the Images API": ({"images": [{"b64_json": PNG}, {"url": LINK}]}, [DATA, LINK]),
    "a part of the content": ({"content": [{"type": "image_url", "image_url": {"url": DATA}}]}, [DATA]),
    "a part with its address": ({"content": [{"type": "image_url", "image_url": LINK}]}, [LINK]),
    "Anthropic's source": (
        {"content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]},
        [DATA],
    ),
    "Anthropic's address": ({"content": [{"type": "image", "source": {"type": "url", "url": LINK}}]}, [LINK]),
    "MCP": ({"content": [{"type": "image", "data": PNG, "mimeType": "image/png"}]}, [DATA]),
    "Gemini": ({"content": [{"inlineData": {"mimeType": "image/png", "data": PNG}}]}, [DATA]),
    "Gemini in Python": ({"content": [{"inline_data": {"mime_type": "image/png", "data": PNG}}]}, [DATA]),
    "DashScope": ({"content": [{"image": LINK}]}, [LINK]),
    "one part, not in a list": ({"content": {"type": "image_url", "image_url": {"url": DATA}}}, [DATA]),
    "one image": ({"image": {"url": DATA}}, [DATA]),
    "a wrong type": ({"images": [f"data:application/octet-stream;base64,{JPEG}"]}, [f"data:image/jpeg;base64,{JPEG}"]),
    "a type in capitals": ({"images": [f"DATA:IMAGE/PNG;BASE64,{PNG}"]}, [DATA]),
    "broken lines": ({"images": [f"data:image/png;base64,{PNG[:20]}\n{PNG[20:]}"]}, [DATA]),
    "the other alphabet, unpadded": (
        {"images": ["data:image/png;base64," + PNG.replace("+", "-").replace("/", "_").rstrip("=")]},
        [DATA],
    ),
    "a drawing": ({"images": [f"data:image/svg+xml,{SVG}"]}, [SVG_DATA]),
    "unreadable data": ({"images": ["data:image/png;base64,?"]}, ["data:image/png;base64,?"]),
    "nothing": ({"images": None, "content": "x", "image": {}}, []),
    "no image": (
        {"content": [{"type": "input_audio", "input_audio": {"data": PNG}}, {"type": "text", "text": "x"}]},
        [],
    ),
    "words": ({"images": ["a cat", 7, None, [], {"url": ""}]}, []),
}


@pytest.mark.parametrize(("said", "urls"), FORMS.values(), ids=FORMS)
def test_an_image_is_found_in_every_form_and_once(said: dict[str, Any], urls: list[str]) -> None:
    whole = {"choices": [{"message": {"role": "assistant", **said}, "finish_reason": "stop"}]}

    for events in (
        events_of(chunk(**said), chunk(**said), chunk(finish="stop"), DONE),
        whole_events_of(whole),
    ):
        assert [event.url for event in events if isinstance(event, Image)] == urls


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=8) | st.sampled_from([PNG, DATA, LINK]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["images", "image", "content", "type", "url", "data", "image_url"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read(value: Any) -> None:
    assert all(url.startswith(("data:image/", "https://")) for url in images_of({"images": value, "content": value}))


def test_an_answer_of_images_alone_is_complete_and_kept() -> None:
    reply = folded(events_of(chunk(images=[DATA]), chunk(finish="stop"), DONE))

    assert (reply.is_empty, reply.is_complete, reply.why) == (False, True, "")
    assert reply.message().parts == (ImagePart(DATA),)


@pytest.mark.parametrize("entry", [{"b64_json": PNG}, {"url": LINK, "revised_prompt": "x"}], ids=["data", "address"])
def test_an_answer_of_the_images_api_is_an_answer(entry: dict[str, Any]) -> None:
    reply = folded(whole_events_of({"created": 1, "data": [entry]}))

    assert [image.url for image in reply.choice.images] == [LINK if "url" in entry else DATA]
    assert reply.is_complete


def test_an_end_before_an_image_was_none() -> None:
    """`stop` in every chunk ends nothing; only [DONE] completes the stream then."""
    cut = folded(events_of(chunk("x", "stop"), chunk(images=[DATA])))
    done = folded(events_of(chunk("x", "stop"), chunk(images=[DATA]), DONE))

    assert (cut.is_complete, done.is_complete) == (False, True)


def test_an_image_in_the_text_is_found_at_the_end_and_stays_there() -> None:
    text = f"Here ![a cat]({DATA}) it is, and `data:image/png;base64,` is how it begins"

    reply = folded(
        events_of(*(chunk(text[at : at + 50]) for at in range(0, len(text), 50)), chunk(finish="stop"), DONE)
    )

    assert [(image.url, image.is_in_text) for image in reply.choice.images] == [(DATA, True)]
    assert reply.message().text == text
    assert len(reply.message().parts) == 1


def test_images_of_answers_are_not_sent_back() -> None:
    large = f"data:image/png;base64,{'A' * 4000}"
    alone = folded(events_of(chunk(images=[DATA]), chunk(finish="stop"), DONE)).message()
    written = folded(
        events_of(chunk(f"Here ![cat]({large})."), chunk(images=[LINK]), chunk(finish="stop"), DONE)
    ).message()
    short = folded(events_of(chunk(f"![dot]({DATA})"), chunk(finish="stop"), DONE)).message()

    assert as_sent(alone).text == IMAGE_STAND_IN
    assert as_sent(written).text == "Here ![cat](data:image/png)."
    assert len(as_sent(written).parts) == 1
    assert as_sent(short).text == f"![dot]({DATA})"  # a model may have written it
