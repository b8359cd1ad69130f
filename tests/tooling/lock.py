"""Writes down the versions with which the tests pass, for `pip install -c`: `python -m tests.tooling.lock`.

They are those of this environment: of everything that the program, its extras and its tests need, directly or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatcli.process.installation import DISTRIBUTION
from tests.tooling.tables import ROOT

LOCK = ROOT / "tests" / "requirements.lock"
_HEAD = "# Versions with which the tests pass, for `pip install -c`; made by `python -m tests.tooling.lock`.\n"


def needed(name: str, extras: frozenset[str], known: dict[str, str]) -> None:
    """Put the versions of what the distribution *name* needs with *extras*, and of what that needs, into *known*."""
    for requirement in _requirements(name, extras):
        other = canonicalize_name(requirement.name)
        if other in known:
            continue
        try:
            known[other] = distribution(other).version
        except PackageNotFoundError:  # an extra that is not installed here
            continue
        needed(other, frozenset(requirement.extras), known)


def _requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield requirement


def main() -> None:
    """Write the file."""
    known: dict[str, str] = {}
    needed(DISTRIBUTION, frozenset({"socks", "pdf", "test"}), known)
    lines = [f"{name}=={version}\n" for name, version in sorted(known.items())]
    LOCK.write_text(_HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
