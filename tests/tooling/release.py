"""Build the distributions twice and judge them before anyone else does: `python -m tests.tooling.release`.

Both builds come from the files of the last commit, in folders of other names and under another umask and time zone, and
must be the same bytes. Then twine and check-wheel-contents judge them, and the wheel is installed into a new
environment, run and removed again, after which nothing may be left. `--audit` looks for known weaknesses of the
installed libraries, which asks a server; `--keep FOLDER` keeps the distributions. Needs `pip install -e '.[release]'`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatcli.process.installation import DISTRIBUTION
from tests.tooling.tables import ROOT

# The two builds differ in whatever should make no difference.
WAYS: Sequence[tuple[str, int, Mapping[str, str]]] = (
    ("one", 0o022, {"TZ": "UTC", "LANG": "C.UTF-8"}),
    ("another-name", 0o077, {"TZ": "Asia/Shanghai", "LANG": "C"}),
)
SHARED = ("share/man/man1/chat.1", "share/bash-completion/completions/chat", "share/zsh/site-functions/_chat")


def run(*argv: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None, umask: int = -1) -> str:
    """Run a program and return its output; raises SystemExit with all that it said if it fails."""
    ran = subprocess.run(
        list(map(str, argv)),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        umask=umask,
    )
    if ran.returncode:
        sys.exit(f"{' '.join(map(str, argv))} failed:\n{ran.stdout}")
    return ran.stdout


def checkout(folder: Path) -> Path:
    """Write the files of the last commit below *folder* and return where they are."""
    source = folder / "source"
    source.mkdir(parents=True)
    run("git", "archive", "--output", folder / "source.tar", "HEAD")
    run("tar", "-xf", folder / "source.tar", "-C", source)
    return source


def build(folder: Path, umask: int, env: Mapping[str, str]) -> Path:
    """Build both distributions of the last commit below *folder* and return where they are."""
    source = checkout(folder)
    stamp = run("git", "log", "-1", "--format=%ct").strip()
    run(sys.executable, "-m", "build", cwd=source, env={**env, "SOURCE_DATE_EPOCH": stamp}, umask=umask)
    return source / "dist"


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in *folder*."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def install_and_remove(wheel: Path, folder: Path, *, audit: bool) -> None:
    """Install *wheel* into a new environment in *folder*, use it, and remove it without a trace."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", wheel)
    print(run(folder / "bin" / "chat", "--version").strip())
    missing = [name for name in SHARED if not (folder / name).is_file()]
    if missing:
        sys.exit(f"the wheel does not install {missing}")
    if audit:
        print(run(sys.executable, "-m", "pip_audit", "--path", next(folder.glob("lib/python*/site-packages"))))
    run(python, "-m", "pip", "uninstall", "-qy", DISTRIBUTION)
    if left := left_behind(folder):
        sys.exit(f"uninstalling leaves {left}")


def left_behind(folder: Path) -> list[Path]:
    """Return what is left of the program below *folder*."""
    named = [
        path for path in folder.rglob("*chat*") if "chatcli" in path.name or path.name.startswith(("chat", "_chat"))
    ]
    others = ("pip", "prompt_toolkit")
    return [path for path in named if path.suffix != ".lock" and not any(other in path.parts for other in others)]


def main() -> None:
    """Build, compare, judge, install, run and remove."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--audit", action="store_true", help="look for known weaknesses of the libraries too")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="copy the distributions here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        builds = [build(Path(name, way), umask, env) for way, umask, env in WAYS]
        one, other = map(digests, builds)
        print(*(f"{digest}  {file}" for file, digest in one.items()), sep="\n")
        if one != other:
            sys.exit(f"the second build differs: {other}")
        files = sorted(builds[0].iterdir())
        print(run(sys.executable, "-m", "twine", "check", "--strict", *files).strip())
        wheel = next(file for file in files if file.suffix == ".whl")
        print(run(sys.executable, "-m", "check_wheel_contents", wheel).strip())
        install_and_remove(wheel, Path(name, "environment"), audit=given.audit)
        if given.keep:
            shutil.copytree(builds[0], given.keep, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
