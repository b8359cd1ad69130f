"""A sample of the documents of `python -m tests.tooling.documents`, which draws any number of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.tooling.documents import WIDTHS, Documents, faults_of


@pytest.fixture(autouse=True, scope="module")
def _frames_alone() -> Iterator[None]:
    """Keep out of the time of a frame what is loaded once, and the search for garbage of all other tests."""
    list(faults_of("**a** `b`\n\n```python\nc\n```\n", [3], WIDTHS[0]))
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("size", [1, 7, 40])
@pytest.mark.parametrize("width", WIDTHS)
def test_generated_documents_lose_no_letter(width: int, size: int) -> None:
    documents = Documents(width * size)
    for _ in range(4):
        text = documents.next()

        assert list(faults_of(text, [size, 3], width)) == [], text
