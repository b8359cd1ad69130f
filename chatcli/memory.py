"""What endpoints have taught about their parameters, kept between runs in one small file.

Losing it costs one refused request; so what cannot be read is forgotten, and what cannot be written is not kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chatcli.api.healing import Learnt
from chatcli.core.values import value
from chatcli.errors import ConfigError
from chatcli.settings.paths import ensure_private_dir, read_private, write_private

_MOST = 200  # models; the oldest lesson leaves first


@value
class Lessons:
    """The lessons in the file at *path*, one for each base URL and model."""

    path: Path

    def recall(self, base_url: str, model: str) -> Learnt:
        """Return what is known of *model* at *base_url*."""
        return Learnt.from_json(self._all().get(f"{base_url} {model}"))

    def remember(self, base_url: str, model: str, learnt: Learnt) -> None:
        """Keep *learnt*, if it can be kept."""
        lessons = self._all()
        lessons.pop(key := f"{base_url} {model}", None)
        lessons[key] = learnt.to_json()
        kept = dict(list(lessons.items())[-_MOST:])
        try:
            ensure_private_dir(self.path.parent)
            write_private(self.path, json.dumps(kept, indent=1).encode())
        except ConfigError:
            return

    def _all(self) -> dict[str, Any]:
        try:
            lessons = json.loads(read_private(self.path) or b"{}")
        except (ConfigError, ValueError, RecursionError):
            return {}
        return lessons if isinstance(lessons, dict) else {}
