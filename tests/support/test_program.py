from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.support.program import Running, environment, run, start

PYTHON = (sys.executable, "-c")


def test_output_input_and_code_come_back(home: Path) -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('né'); sys.exit(int(sys.argv[1]))"

    ran = run(code, "7", home=home, stdin="grüße", program=PYTHON)

    assert (ran.stdout, ran.stderr, ran.exit_code) == ("GRÜSSE", "né", 7)


def test_without_stdin_there_is_nothing_to_read(home: Path) -> None:
    assert run("import sys; print(len(sys.stdin.read()))", home=home, program=PYTHON).stdout == "0\n"


def test_input_larger_than_a_pipe_meets_output_larger_than_a_pipe(home: Path) -> None:
    data = b"x" * 1_000_000
    echo = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"

    assert run(echo, home=home, stdin=data, program=PYTHON).stdout_bytes == data


def test_program_that_does_not_read_is_no_error(home: Path) -> None:
    assert run("pass", home=home, stdin=b"x" * 1_000_000, program=PYTHON).exit_code == 0


def test_environment_is_clean(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "HTTPS_PROXY", "http_proxy", "NO_COLOR", "CHAT_MODEL", "COLUMNS"):
        monkeypatch.setenv(name, "leak")
    monkeypatch.setenv("COVERAGE_PROCESS_START", "kept")

    seen = json.loads(run("import os, json; print(json.dumps(dict(os.environ)))", home=home, program=PYTHON).stdout)

    assert "leak" not in seen.values()
    assert seen["COVERAGE_PROCESS_START"] == "kept"
    assert all(value.startswith(str(home)) for name, value in seen.items() if name.startswith("XDG_") or name == "HOME")


def test_changes_win_and_none_removes(home: Path) -> None:
    changed = environment(home, {"TERM": None, "LANG": "C", "NO_COLOR": "1"})

    assert "TERM" not in changed
    assert (changed["LANG"], changed["NO_COLOR"]) == ("C", "1")


def test_signal_that_ends_the_program_is_its_code(home: Path) -> None:
    with start("import signal; print('up', flush=True); signal.pause()", home=home, program=PYTHON) as running:
        running.wait_for(lambda it: it.stdout_bytes == b"up\n")
        running.signal(signal.SIGTERM)

        assert running.wait().exit_code == 128 + signal.SIGTERM


def test_program_that_hangs_is_ended_and_shown(home: Path) -> None:
    code = "import signal; print('so far', flush=True); signal.pause()"

    with start(code, home=home, program=PYTHON) as running:
        running.wait_for(lambda it: b"so far" in it.stdout_bytes)
        with pytest.raises(AssertionError, match=r"did not end within 0\.05 s; stdout so far: b'so far"):
            running.wait(timeout_s=0.05)

    assert running.process.returncode == -signal.SIGKILL


def test_waiting_in_vain_shows_the_output(home: Path) -> None:
    def never(running: Running) -> bool:
        return False

    with (
        start("import sys; sys.stderr.write('why'); sys.stdin.read()", home=home, program=PYTHON) as running,
        pytest.raises(AssertionError, match="waited"),
    ):
        running.wait_for(never, timeout_s=0.05)


def test_stdout_may_be_any_descriptor(home: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)

    ran = run("print('x' * 9)", home=home, stdout=write_end, program=PYTHON)

    os.close(write_end)
    assert ran.exit_code != 0
    assert "BrokenPipe" in ran.stderr
