"""Prints the plan of the house: `python -m tests.tooling.architecture`."""

from __future__ import annotations

from pathlib import Path

from tests.floors import document

if __name__ == "__main__":
    (Path(__file__).parents[2] / "docs" / "architecture.md").write_text(document(), encoding="utf-8")
