"""The one command knows every bench there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, main

HERE = Path(__file__).parent
RUNS_ALONE = 'if __name__ == "__main__":'


def test_every_bench_is_part_of_the_one_command() -> None:
    files = {path.stem for path in HERE.glob("*.py") if f"\n{RUNS_ALONE}" in path.read_text()}

    assert set(BENCHES) == files - {"__main__", "starter"}


def test_an_unknown_bench_is_named_and_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"])

    assert "nothing" in capsys.readouterr().err
