"""Compiles the catalogues of messages while the package is built, for hatchling."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Writes a `.mo` file beside each `.po` file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile them all."""
        for source in sorted(Path(self.root, "chatcli", "locale").rglob("*.po")):
            with source.open("rb") as file:
                catalogue = read_po(file)
            # Babel would write down when it ran, and equal sources would give different files.
            catalogue.creation_date = catalogue.revision_date = datetime.fromtimestamp(0, UTC)
            with source.with_suffix(".mo").open("wb") as file:
                write_mo(file, catalogue)
