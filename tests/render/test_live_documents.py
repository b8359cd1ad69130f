"""A sample of the documents of `python -m tests.tooling.documents`, which draws any number of them."""

from __future__ import annotations

import pytest

from tests.tooling.documents import WIDTHS, Documents, faults_of


@pytest.mark.parametrize("size", [1, 7, 40])
@pytest.mark.parametrize("width", WIDTHS)
def test_generated_documents_lose_no_letter(width: int, size: int) -> None:
    documents = Documents(width * size)
    for _ in range(8):
        text = documents.next()

        assert list(faults_of(text, [size, 3], width)) == [], text
