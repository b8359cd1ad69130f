"""The fixture `talk`: a conversation inside the test, whose connections end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, TypeAlias

import pytest

from tests.acceptance.talk import Talk
from tests.support.server import Server

OpenTalk: TypeAlias = Callable[..., Talk]


@pytest.fixture
def talk() -> Iterator[OpenTalk]:
    """Open conversations: `talk(server(answer("Hello"))).ask().stdout`; see `tests.acceptance.talk.Talk`."""
    with ExitStack() as stack:

        def open_talk(server: Server | str, **options: Any) -> Talk:
            return stack.enter_context(closing(Talk(server, **options)))

        yield open_talk
