"""Pictures take what the makers of models publish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.request.images import Picture
from chatcli.usage.image_tokens import UNKNOWN, image_tokens

# The examples of https://platform.openai.com/docs/guides/images, and sizes around the edges of a tile.
PUBLISHED = [
    ("gpt-4o", 1024, 1024, "high", 765),
    ("gpt-4o", 2048, 4096, "high", 1105),
    ("gpt-4o", 4096, 8192, "low", 85),
    ("openai/gpt-4.1", 512, 512, None, 255),
    ("gpt-4o", 513, 512, None, 425),
    ("gpt-4o-mini", 1024, 1024, None, 2833 + 4 * 5667),
    ("o1", 512, 512, None, 225),
    ("gpt-5-2025-08-07", 512, 512, None, 210),
    ("gpt-4.1-mini", 1024, 1024, None, 1659),
    ("o4-mini", 1800, 2400, None, 2498),
    ("gpt-4.1-nano", 32, 32, None, 3),
    ("claude-sonnet-5-5", 1000, 750, None, 1000),
    ("claude-sonnet-5-5", 9000, 9000, None, 1600),
    ("qwen3.8-vl", 1024, 1024, None, UNKNOWN.most),
    ("qwen3.8-vl", 600, 600, None, 480),
    ("qwen3.8-vl", 8, 8, None, UNKNOWN.least),
]


@pytest.mark.parametrize(("model", "width", "height", "detail", "tokens"), PUBLISHED)
def test_a_picture_takes_what_is_published(
    model: str, width: int, height: int, detail: str | None, tokens: int
) -> None:
    assert image_tokens(model, Picture("image/png", width, height), detail) == tokens


@given(st.sampled_from(["gpt-4o", "gpt-5-mini", "o3", "claude-x"]), st.integers(1, 60_000), st.integers(1, 60_000))
def test_a_picture_of_unknown_size_counts_as_the_largest(model: str, width: int, height: int) -> None:
    picture = Picture("image/png", width, height)

    assert 0 < image_tokens(model, picture, None) <= image_tokens(model, None, None)
    assert image_tokens(model, None, None) == image_tokens(model, Picture("image/png"), None)


def test_low_detail_needs_no_size() -> None:
    assert image_tokens("gpt-4o", None, "low") == 85
