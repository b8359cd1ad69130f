"""The images of results go to models that accept images; for any other they are named as left out."""

from __future__ import annotations

import base64
import json
from functools import partial

import pytest

from chatcli.app.image_support import ImageSupport
from chatcli.conversation.messages import Event, ImagePart, Listener, Message, Notice, Request, TextPart, text_message
from chatcli.conversation.tool_images import LEFT_OUT
from chatcli.errors import ImagesRefusedError
from chatcli.usage.tokens import MessageCounter
from tests.cli.test_tools import calling, results
from tests.conftest import Chat, OpenServer
from tests.request.test_images import png
from tests.support.answers import answer, failure

IMAGE = ImagePart("data:image/png;base64,aGVsbG8=")
RESULT = Message("tool", (TextPart("r"), IMAGE), tool_call_id="c")
OWN = Message("user", (TextPart("q"), IMAGE))


class Server:
    """Refuses images if it is blind, and keeps how many images each request had in results."""

    def __init__(self, *, is_blind: bool) -> None:
        self.is_blind = is_blind
        self.sent: list[int] = []

    def send(self, request: Request, _show: Listener) -> None:
        images = [message.role for message in request.messages if IMAGE in message.parts]
        self.sent.append(images.count("tool"))
        if self.is_blind and images:
            raise ImagesRefusedError("no images here")


@pytest.mark.parametrize(
    ("abilities", "is_blind", "sent", "notices"),
    [
        (("vision",), False, [1, 1], 0),
        ((), False, [1, 1], 0),
        (("tools",), False, [0, 0], 1),
        ((), True, [1, 0, 0], 1),
        (("vision",), True, [1, 0, 0], 1),
    ],
    ids=["it sees", "unknown, and it sees", "known not to see", "it refuses", "it refuses what it should take"],
)
def test_images_of_results_are_sent_where_they_are_accepted_and_never_break_a_chat(
    abilities: tuple[str, ...], is_blind: bool, sent: list[int], notices: int
) -> None:
    """A refusal is remembered, and told once; the later question finds the images in the history."""
    server, shown = Server(is_blind=is_blind), list[Event]()
    support = ImageSupport(lambda _model: abilities)

    support.send(Request("m", (text_message("user", "q"), RESULT)), shown.append, server.send)
    support.send(Request("m", (RESULT, text_message("user", "next"))), shown.append, server.send)

    assert server.sent == sent
    assert sum(isinstance(event, Notice) for event in shown) == notices


def test_images_that_are_left_out_are_not_counted() -> None:
    support = ImageSupport(lambda model: ("vision",) if model == "seeing" else ("tools",))
    seeing, blind = (MessageCounter(sends=partial(support.as_sent, model)) for model in ("seeing", "blind"))

    assert blind.count(RESULT) == MessageCounter().count(text_message("tool", f"r\n{LEFT_OUT}", tool_call_id="c"))
    assert blind.count(RESULT) <= blind.bound(RESULT) < seeing.count(RESULT) <= seeing.bound(RESULT)


def test_images_of_the_user_are_sent_whatever_is_known() -> None:
    server = Server(is_blind=True)
    support = ImageSupport(lambda _model: ("tools",))

    with pytest.raises(ImagesRefusedError):
        support.send(Request("m", (OWN,)), lambda _event: None, server.send)

    assert server.sent == [0]


def test_an_image_of_a_tool_is_seen_kept_and_left_out_after_a_refusal(chat: Chat, server: OpenServer) -> None:
    """Through the whole program: it is in the store, goes with the next question, and is in the export."""
    (chat.home / "look.png").write_bytes(png(3, 2))
    url = f"data:image/png;base64,{base64.b64encode(png(3, 2)).decode()}"
    refusal = failure(400, "image input is not supported by this model")
    model = server(calling(("read_file", {"path": "look.png"})), answer("Red."), refusal, answer("Still."))
    words = ("ask", "--tools", "read_file", "--yes", "read_file", "-m", "m")

    first = chat(*words, "What is it?", server=model)
    second = chat(*words, "-c", "Sure?", server=model)
    exported = chat("sessions", "export", "--all")

    assert (first.stdout, second.stdout) == ("Red.", "Still.")
    _, seen, refused, blind = model.posts
    assert "PNG image, 3 x 2" in results(seen)[0]
    assert [part.get("image_url", {}).get("url") for part in seen.json["messages"][-1]["content"]] == [None, url]
    assert url in json.dumps(refused.json)
    assert url not in json.dumps(blind.json)
    assert "left out" in results(blind)[0]
    assert url in exported.stdout
