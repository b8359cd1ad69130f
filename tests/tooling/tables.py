"""Write the tables of the README and the example settings anew from the code: `python -m tests.tooling.tables`."""

from __future__ import annotations

from pathlib import Path

from chatcli.help import tables
from chatcli.settings.example import example

ROOT = Path(__file__).parents[2]


def refreshed(readme: str) -> str:
    """Return *readme* with the text between the marks of each table made from the code."""
    for name, make in tables.TABLES.items():
        before, mark, rest = readme.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        readme = before + mark + make() + end + after
    return readme


def main() -> None:
    """Write both files."""
    readme = ROOT / "README.md"
    readme.write_text(refreshed(readme.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "config.example.toml").write_text(example(), encoding="utf-8")


if __name__ == "__main__":
    main()
