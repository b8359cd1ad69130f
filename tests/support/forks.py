"""The earlier name of `tests.support.program.run`."""

from __future__ import annotations

from tests.support.program import run


class Forks:
    """Runs of `chat`, which are forks."""

    run = staticmethod(run)
