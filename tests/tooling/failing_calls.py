"""Makes every system call of the commands fail once, in every way that fits: `python -m tests.tooling.failing_calls`.

Names of commands limit it to them. Prints what does not hold, and how many runs there were. Takes some minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.acceptance.one_failing_call import SCENES, failures
from tests.support.answers import answer
from tests.support.failing_calls import FailingCalls
from tests.support.server import Server


def main(names: list[str]) -> int:
    """Try the commands of these names, or all; return how many runs went wrong."""
    wrong, runs = 0, Counter[int]()
    with tempfile.TemporaryDirectory() as folder, Server(always=answer("Paris")) as server:
        for name in names or SCENES:
            with FailingCalls(Path(folder)) as failing:
                for complaint, ran in failures(failing, Path(folder), server.url, name):
                    runs[ran.exit_code] += 1
                    if complaint:
                        wrong += 1
                        print(f"{complaint}\n    exit {ran.exit_code}, stderr: {ran.stderr.strip()[-600:]}", flush=True)
    print(f"{sum(runs.values())} runs, {wrong} failed; exit codes: {dict(sorted(runs.items()))}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
