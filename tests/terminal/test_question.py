"""The line that answers a question: Esc declines at once, and only keys that were pressed for it count."""

from __future__ import annotations

import sys

from tests.support.program import ROOT, environment
from tests.support.terminal import Terminal

ASKING = """
import os
from chatcli.terminal.question import DECLINED, ask_line, confirm

print("declined" if ask_line("Escape? ") == DECLINED else "no")
print(confirm("Again?"))
print("yes" if confirm("Protocol?") else "no")
print("stopped" if ask_line("Ctrl+C? ") == DECLINED else "no")
print([ask_line("Edited? ")])
print([ask_line("Pasted? ")])
input("Before: ")
print([ask_line("After? ")])
print([ask_line("End? ")])
reader, writer = os.pipe()
os.write(writer, b".")
print([ask_line("Woken? ", wake=reader)])
"""


def test_a_question_is_answered_by_its_own_keys_and_escape_needs_no_enter() -> None:
    with Terminal.run([sys.executable, "-c", ASKING], environment(ROOT), cwd=ROOT) as screen:
        screen.wait_for("Escape?")
        screen.type("y\x1b")
        screen.wait_for("declined")
        screen.wait_for("Again?")
        screen.type("\x1b")
        screen.wait_for("False")
        screen.wait_for("Protocol?")
        screen.type("\x1b[121u\x1b[57414u")
        screen.wait_for("yes")
        screen.wait_for("Ctrl+C?")
        screen.type("y\x1b[99;5u")
        screen.wait_for("stopped")
        screen.wait_for("Edited?")
        screen.type("\x1b[A中文x\x7f\x7f\x1b[D b\r")
        screen.wait_for("['中 b']")
        screen.wait_for("Pasted?")
        screen.type("\x1b[200~y\r\nn\r\x1b[201~")
        screen.wait_for("Pasted? yn")
        screen.type("\x15z\r")
        screen.wait_for("['z']")
        screen.wait_for("Before:")
        screen.type("one\ry\ry\r")
        screen.wait_for("After?")
        screen.type("n\r")
        screen.wait_for("['n']")
        screen.wait_for("End?")
        screen.type("\x04")
        screen.wait_for("['']")
        screen.wait_for(lambda screen: screen.text.count("['']") == 2)
        assert screen.wait_exit() == 0
