"""Write the help topics in `docs/help/` and the example settings anew: `python -m tests.tooling.tables`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatcli.help.tables import all_topics
from chatcli.settings.example import example

ROOT = Path(__file__).parents[2]
TOPICS = ROOT / "docs" / "help"


def generated() -> Mapping[Path, str]:
    """Return the text of each file that is made from the code."""
    pages = {TOPICS / f"{topic.name}.md": topic.text for topic in all_topics()}
    return {**pages, ROOT / "config.example.toml": example()}


def main() -> None:
    """Write them, and remove pages of topics that are gone."""
    files = generated()
    TOPICS.mkdir(exist_ok=True)
    for path in set(TOPICS.glob("*.md")) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
