"""Web pages are attached as text, from hosts that the user has agreed to once, and never from the own network."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from chatcli.app.configuration import Configuration
from chatcli.app.user_files import UserFiles
from chatcli.app.web_attachments import PageLoader
from chatcli.conversation.messages import TextPart
from chatcli.errors import UsageError
from chatcli.flags import Flags
from chatcli.process.environment import Environment
from tests.conftest import OpenServer
from tests.support.answers import http


def loader(home: Path, *consents: bool, flags: Flags | None = None) -> tuple[PageLoader, list[str]]:
    """Return a loader for which every name leads to this machine, and the questions that it asks."""
    environ = {"HOME": str(home)}
    environment = Environment(environ, home, io.StringIO(), io.StringIO(), io.StringIO())
    asked: list[str] = []
    answers = iter(consents)

    def confirm(question: str) -> bool:
        asked.append(question)
        return next(answers)

    config = Configuration(environment, flags or Flags(), UserFiles(home, environ))
    return PageLoader(config, confirm, lambda _host, _port: ["127.0.0.1"]), asked


def test_a_page_is_attached_as_text_and_its_host_is_asked_for_once(home: Path, server: OpenServer) -> None:
    page = "<title>T</title><p>one\u202e <b>two</b><script>evil()</script>"
    here = server(always=http(headers={"content-type": "text/html; charset=utf-8"}, body=page))
    url = f"http://a.test:{here.port}/x"
    first, asked = loader(home, True)

    attachment = first.load(url)
    again, asked_again = loader(home)
    again.load(url)

    (part,) = attachment.parts
    assert isinstance(part, TextPart)
    assert part.source == url
    assert f"[fetched from {url}: T]" in part.text
    assert "two" in part.text
    assert "evil" not in part.text
    assert "invisible" in attachment.warnings[0].message
    assert (len(asked), asked_again) == (1, [])
    assert "a.test" in asked[0]


def test_what_is_not_allowed_is_not_fetched(home: Path, server: OpenServer) -> None:
    here = server()
    refused, _ = loader(home, False)

    with pytest.raises(UsageError, match=r"a\.test is not allowed"):
        refused.load(f"http://a.test:{here.port}/x")

    assert here.connection_count == 0


def test_consent_in_advance_asks_nothing(home: Path, server: OpenServer) -> None:
    here = server(http(headers={"content-type": "text/plain"}, body="text"))
    allowed, asked = loader(home, flags=Flags(yes=("a.test",)))

    assert allowed.load(f"http://a.test:{here.port}/x").name.startswith("http://a.test")
    assert asked == []
