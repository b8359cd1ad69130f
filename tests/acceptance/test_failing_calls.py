"""K 115: one system call fails, whichever it is: no traceback, no "bug", nothing lost. In full: tests.tooling."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.one_failing_call import SCENES, failures, furnish
from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer
from tests.support.failing_calls import FailingCalls

MOST = 8  # calls of each command


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailingCalls]:
    with FailingCalls(tmp_path_factory.mktemp("failing")) as opened:
        yield opened


@pytest.mark.parametrize("name", SCENES)
def test_k115_a_system_call_that_fails_loses_nothing(
    failing: FailingCalls, server: OpenServer, tmp_path: Path, name: str
) -> None:
    runs = list(failures(failing, tmp_path, server(always=answer("Paris")).url, name, most=MOST))

    assert len(runs) >= MOST
    assert [f"{wrong}: {ran.stderr}" for wrong, ran in runs if wrong] == []


def test_k115_the_call_that_should_fail_does(failing: FailingCalls, tmp_path: Path) -> None:
    furnish(tmp_path, "http://127.0.0.1:9/v1")
    arguments, stdin = SCENES["keys set"].arguments, SCENES["keys set"].stdin
    calls = failing.calls(*arguments, home=tmp_path, stdin=stdin)
    at = next(number for number, call in enumerate(calls, 1) if call.kind == "write" and "keys.json" in call.what)

    ran = failing.run(*arguments, home=tmp_path, stdin=stdin, at=at, error=errno.ENOSPC)

    assert ran.exit_code == 3
    assert "No space left on device" in ran.stderr


def test_k115_an_answer_needs_no_thread(failing: FailingCalls, server: OpenServer, tmp_path: Path) -> None:
    scene, template, home = SCENES["ask"], tmp_path / "template", tmp_path / "home"
    furnish(template, server(always=answer("Paris")).url)
    shutil.copytree(template, home)
    calls = failing.calls(*scene.arguments, home=home)
    threads = [number for number, call in enumerate(calls, 1) if call.kind == "thread"]

    for at in threads:
        shutil.rmtree(home)
        shutil.copytree(template, home)
        ran = failing.run(*scene.arguments, home=home, at=at, error=errno.EAGAIN)
        assert (ran.exit_code, ran.stderr, scene.is_done(home, ran)) == (0, "", True)
    assert len(threads) > 1


def test_k115_a_conversation_needs_no_thread(
    failing: FailingCalls, server: OpenServer, terminal: OpenTerminal, home: Path
) -> None:
    """Every thread is refused: streams are drawn, several models answer, files and past prompts are found."""
    scripted = server(answer("# Paris"), answer("Rome"), answer("Berne"), always=answer("Oslo"))
    home.joinpath("notes.txt").write_text("a note")

    opened = terminal("-m", "m", server=scripted, env=failing.no_threads)
    opened.wait_for(is_at_prompt)
    steps = [("Capital?", "Paris"), ("/compare a b", "which answer"), ("what of @notes.txt", "Oslo")]
    for typed, shown in steps:
        opened.type(typed)
        opened.press("enter")
        opened.wait_for(shown)
        if shown == "which answer":
            opened.press("ctrl-c")
        opened.wait_for(is_at_prompt)
    opened.type("/exit")
    opened.press("enter")

    assert opened.wait_exit() == 0
    assert "thread" not in "\n".join(opened.history)
    assert b"a note" in scripted.requests[-1].body
