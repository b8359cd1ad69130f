"""What endpoints have taught outlives the run where it can, and its loss never hurts."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from chatcli.api.learned_parameters import LearnedParameters
from chatcli.app.endpoint_memory import (
    LIST_IS_FRESH_S,
    Calibration,
    CalibrationFile,
    ModelList,
    ModelListFile,
    ParameterFile,
)
from chatcli.conversation.calibration import Scale
from chatcli.conversation.model_info import ModelInfo, Price

URL = "https://api.example.com/v1"
LESSON = LearnedParameters((("max_tokens", "max_completion_tokens"),), frozenset({"temperature"}))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lessons.json"


def test_a_lesson_is_recalled_in_the_next_run(file: Path) -> None:
    ParameterFile(file).remember(URL, "m", LESSON)

    assert ParameterFile(file).recall(URL, "m") == LESSON


@pytest.mark.parametrize(("url", "model"), [(URL, "other"), ("https://other.example/v1", "m")])
def test_a_lesson_belongs_to_one_model_at_one_endpoint(file: Path, url: str, model: str) -> None:
    ParameterFile(file).remember(URL, "m", LESSON)

    assert ParameterFile(file).recall(url, model) == LearnedParameters()


def test_a_later_lesson_replaces_an_earlier_one(file: Path) -> None:
    lessons = ParameterFile(file)
    lessons.remember(URL, "m", LESSON)

    lessons.remember(URL, "m", LearnedParameters())

    assert lessons.recall(URL, "m") == LearnedParameters()


def test_the_oldest_lesson_leaves_first(file: Path) -> None:
    file.parent.mkdir(mode=0o700)
    file.write_text(json.dumps({f"{URL} m{number}": LESSON.to_json() for number in range(200)}))
    file.chmod(0o600)
    lessons = ParameterFile(file)

    lessons.remember(URL, "m0", LESSON)
    lessons.remember(URL, "new", LESSON)

    assert lessons.recall(URL, "m0") == LESSON
    assert lessons.recall(URL, "m1") == LearnedParameters()
    assert len(json.loads(file.read_text())) == 200


def test_lessons_are_for_their_owner_alone(file: Path) -> None:
    ParameterFile(file).remember(URL, "m", LESSON)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


DAMAGED = [b"", b"{", b"\xff\xfe", b"[]", b"7", b"[" * 100_000, b'{"%s m": 5}', b'{"https://api.example.com/v1 m": []}']


@pytest.mark.parametrize("content", DAMAGED, ids=[repr(content[:12]) for content in DAMAGED])
def test_what_cannot_be_read_is_forgotten_and_learnt_anew(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700)
    file.write_bytes(content)
    file.chmod(0o600)
    lessons = ParameterFile(file)

    assert lessons.recall(URL, "m") == LearnedParameters()
    lessons.remember(URL, "m", LESSON)
    assert lessons.recall(URL, "m") == LESSON


def test_without_a_place_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the place of the directory")
    lessons = ParameterFile(tmp_path / "state" / "lessons.json")

    lessons.remember(URL, "m", LESSON)

    assert lessons.recall(URL, "m") == LearnedParameters()


def test_what_was_learnt_of_tokens_is_recalled_and_smoothed(tmp_path: Path) -> None:
    gauges = CalibrationFile(tmp_path / "gauges.json")

    assert gauges.recall(URL, "m") == Calibration()
    gauges.remember(URL, "m", Calibration(Scale(1.0, 4.0)))
    gauges.remember(URL, "m", Calibration(window_tokens=4_096))
    gauges.remember(URL, "m", Calibration(Scale(2.0, 14.0)))

    assert gauges.recall(URL, "m") == Calibration(Scale(1.3, 7.0), 4_096)
    gauges.remember(URL, "m", Calibration(Scale(0.9, 1.0, by_bytes=True)))
    assert gauges.recall(URL, "m").scale == Scale(0.9, 1.0, by_bytes=True), "bytes and tokens are not mixed"
    assert gauges.recall(URL, "other") == Calibration()


def test_what_a_server_last_reported_is_kept_apart_from_what_it_refused(tmp_path: Path) -> None:
    gauges = CalibrationFile(tmp_path / "gauges.json")

    gauges.remember(URL, "m", Calibration(seen_tokens=8_192))
    gauges.remember(URL, "m", Calibration(Scale(1.0, 4.0), 4_096))

    assert gauges.recall(URL, "m") == Calibration(Scale(1.0, 4.0), 4_096, 8_192)


NONSENSE = [
    '{"each": -1.0, "around": 0.0, "window": -5}',
    '{"each": "x", "window": true}',
    '{"each": 1.0}',
    '{"each": 1.0, "around": 1e9}',
    '{"each": 1e999, "around": 0.0}',
    "5",
]


@pytest.mark.parametrize("row", NONSENSE)
def test_nonsense_about_tokens_is_not_known(tmp_path: Path, row: str) -> None:
    file = tmp_path / "gauges.json"
    file.write_text(f'{{"a m": {row}}}')
    file.chmod(0o600)

    assert CalibrationFile(file).recall("a", "m") == Calibration()


LISTED = [ModelInfo("a", 5, 6, Price(1, 2), ("vision",)), ModelInfo("b")]


def test_a_list_of_models_is_recalled_for_a_day(tmp_path: Path) -> None:
    at = 0.0
    rosters = ModelListFile(tmp_path / "models.json", now=lambda: 1e9 + at)

    rosters.remember(URL, LISTED)
    at = LIST_IS_FRESH_S - 1
    fresh = rosters.recall(URL)
    at = LIST_IS_FRESH_S

    assert fresh == ModelList(LISTED, LIST_IS_FRESH_S - 1)
    assert rosters.recall(URL) is None
    at = -5
    assert rosters.recall(URL) is None, "a clock that went back proves nothing"


ROWS: list[tuple[str, list[ModelInfo]]] = [
    ('{"name": 5}', []),
    ("7", []),
    ('{"x": "m"}', []),
    ('{"name": "m", "price": {"x": 1}}', [ModelInfo("m")]),
    ('{"name": "m", "price": {"input": "1", "output": 2}}', [ModelInfo("m")]),
    ('{"name": "m", "price": {"input": 1, "output": 2, "cached": []}}', [ModelInfo("m", price=Price(1, 2))]),
    ('{"name": "m", "window_tokens": "5", "answer_tokens": 6}', [ModelInfo("m", answer_tokens=6)]),
    ('{"name": "m", "abilities": {"vision": 1}}', [ModelInfo("m")]),
    ('{"name": "m", "abilities": ["vision", 5]}', [ModelInfo("m", abilities=("vision",))]),
]


@pytest.mark.parametrize(("row", "models"), ROWS, ids=[row for row, _ in ROWS])
def test_of_a_row_what_is_of_another_kind_is_missing(tmp_path: Path, row: str, models: list[ModelInfo]) -> None:
    file = tmp_path / "models.json"
    file.write_text(f'{{"{URL}": {{"at": 5, "models": [{row}, {{"name": "good"}}]}}}}')
    file.chmod(0o600)

    assert ModelListFile(file, now=lambda: 6).recall(URL) == ModelList([*models, ModelInfo("good")], 1)
