"""The one command knows every bench there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, NOTES, PAGE, main, report, with_figures, with_notes
from tests.bench.goals import Goal, section

HERE = Path(__file__).parent
RUNS_ALONE = 'if __name__ == "__main__":'


def test_every_bench_is_part_of_the_one_command() -> None:
    files = {path.stem for path in HERE.glob("*.py") if f"\n{RUNS_ALONE}" in path.read_text()}

    assert set(BENCHES) == files - {"__main__", "starter"}


def test_an_unknown_bench_is_named_and_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"])

    assert "nothing" in capsys.readouterr().err


def test_the_goals_of_all_benches_come_in_one_table() -> None:
    goals = [Goal("a delta", 12, 2, "µs", 4.1, "httpx script"), Goal("memory", 29.6, 30, "MB")]

    text = report({"stream": f"| a |\n\n{section(goals[:1])}", "window": f"| b |\n\n{section(goals[1:])}"}, "Machine")

    assert text.index("| a delta | 12 µs | httpx script: 4.1 µs | 2.93 | 2 | **missed** |") < text.index("| a |\n")
    assert text.index("| memory | 29.6 MB | | | 30 MB | reached |") < text.index("| a |\n")
    assert "`python -m tests.bench.window`\n\n| b |" in text
    assert text.count("| goal |") == 1


def test_the_readme_gets_the_figures_of_its_rows_and_keeps_the_rest() -> None:
    startup = "\n## ask\n\n" + "\n".join(
        f"| {name} | {number}1.4 (1.00) | {number}2.1 (1.0) | 9 (1) | {number}3.0 (1) | {number}4.6 (2) |"
        for number, name in enumerate(("httpx script", "httpx script, no TLS", "chat ask", "llm"), 1)
    )
    readme = "a\n| `curl -N` | 7 ms | 7 ms | 7 ms | 11 MB |\n| 用 httpx 写的 15 行 Python | - | - | - | - |\n"
    readme += "| **`chat ask`**, saved | - | - | - | - |\n"

    figures = with_figures(readme, f"{startup}\n## ask, https\n\n| chat ask | 0 | 0 | 0 | 0 | 0 |")

    assert figures.splitlines() == [
        "a",
        "| `curl -N` | 7 ms | 7 ms | 7 ms | 11 MB |",
        "| 用 httpx 写的 15 行 Python | 11 ms | 12 ms | 13 ms | 15 MB |",
        "| **`chat ask`**, saved | **31 ms** | **32 ms** | **33 ms** | **35 MB** |",
        "| `llm` | 41 ms | 42 ms | 43 ms | 45 MB |",
    ]
    assert with_figures(figures, startup) == figures


def test_the_page_keeps_its_notes() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page.count(NOTES) == 1
    assert with_notes("# New\n", page) == "# New\n" + page[page.index(NOTES) :]
