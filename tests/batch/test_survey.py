"""The input is read once before anything is asked: each id once, each row such that it can be asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcli.batch.rows import BadLine, BadRowError, Row
from chatcli.batch.survey import IdSet, good_rows, survey_rows


def test_bad_lines_repeated_ids_and_rows_that_cannot_be_asked_are_reported() -> None:
    rows: list[Row | BadLine] = [Row(1, "a", "x"), BadLine(2, 5, "no"), Row(3, "a", "y"), Row(4, "b"), Row(5, "c", "z")]
    reported: list[BadLine] = []

    def check(row: Row) -> None:
        if row.prompt is None:
            raise BadRowError("has no prompt")

    survey = survey_rows(rows, check, reported.append)

    assert (survey.rows, survey.bad) == (2, 3)
    assert [(bad.line, bad.column) for bad in reported] == [(2, 5), (3, 1), (4, 1)]
    assert [row.line for row in good_rows(rows, check, lambda _line: None)] == [1, 5]


@given(st.lists(st.text(max_size=3)))
def test_ids_are_known_again(ids: list[str]) -> None:
    found, known = IdSet(), set[str]()

    for id in ids:
        assert found.add(id) == (id not in known)
        known.add(id)


def test_many_ids_take_a_fixed_number_of_bytes_each() -> None:
    found = IdSet()

    assert all(found.add(str(number)) for number in range(5_000))
    assert not any(found.add(str(number)) for number in range(5_000))
    assert found._slots.buffer_info()[1] * found._slots.itemsize <= 32 * 5_000
