"""Regenerate the files that are made from the code: `python -m tests.tooling.tables`.

They are the help topics in `docs/help/`, the example settings, the man page and the completion scripts in `share/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatcli.help.tables import all_topics
from chatcli.settings.example import example
from tests.tooling.man_page import completion_scripts, man_page

ROOT = Path(__file__).parents[2]
TOPICS = ROOT / "docs" / "help"
SHARED = ROOT / "share"  # what the wheel puts into share/ of the environment


def generated() -> Mapping[Path, str]:
    """Return the text of each file that is made from the code."""
    pages = {TOPICS / f"{topic.name}.md": topic.text for topic in all_topics()}
    scripts = {SHARED / "completions" / name: script for name, script in completion_scripts().items()}
    return {**pages, ROOT / "config.example.toml": example(), SHARED / "man" / "chat.1": man_page(), **scripts}


def main() -> None:
    """Write them, and remove pages of topics that are gone."""
    files = generated()
    TOPICS.mkdir(exist_ok=True)
    for path in set(TOPICS.glob("*.md")) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
