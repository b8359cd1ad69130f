"""What the window costs: `python -m tests.bench.window`.

For chats of 10, 1 000 and 10 000 turns: fitting one more question once all is counted, a whole turn of a session (fit,
request, answer, bookkeeping, no network), and what encoding the whole history again takes, as a client without a memory
does with every turn. Then the vocabularies: seconds and megabytes to load, megabytes of text a second.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from chatcli.conversation.messages import Event, Listener, Request, text_message
from chatcli.conversation.session import Session
from chatcli.conversation.token_budget import TokenBudget
from chatcli.conversation.tree import Tree
from chatcli.usage.tokens import counter_for
from chatcli.usage.vocabularies import VOCABULARIES
from tests.support.scripted import ignore, says
from tests.support.sessions import make_session

RUNS = 9
TURNS = (10, 1_000, 10_000)
QUESTION = "What does the {number}th of these functions return when the list it is given has no element at all?"
ANSWER = (
    "It returns None, for nothing was found. The caller has to look for that: `if found is None`, and then decide"
    " whether a default will do or the error should be told to whoever asked. Number {number} is no exception."
)
LOAD = """
import time
from pathlib import Path

import tiktoken

from chatcli.usage.vocabularies import encoding

PAGES = Path("/proc/self/statm")


def resident():
    return int(PAGES.read_text().split()[1]) * 4096 / 1e6 if PAGES.exists() else float("nan")


before, begun = resident(), time.process_time()
loaded = encoding("{name}")
took, grown = time.process_time() - begun, resident() - before
text = Path("README.md").read_text(encoding="utf-8") * 40
begun = time.process_time()
loaded.encode(text, disallowed_special=())
print(took, grown, len(text.encode()) / 1e6 / (time.process_time() - begun))
"""


class Answering:
    """Answers every request at once."""

    def send(self, _request: Request, show: Listener) -> None:
        """Play an answer."""
        event: Event
        for event in says("A short answer."):  # type: ignore[assignment]  # these steps raise nothing
            show(event)


def chat_of(turns: int, window_tokens: int | None) -> Session:
    """Return a session with a chat of so many turns."""
    tree = Tree()
    for number in range(turns):
        question = tree.add(text_message("user", QUESTION.format(number=number)), parent=tree.head)
        tree.head = tree.add(text_message("assistant", ANSWER.format(number=number)), parent=question.id).id
    measure = TokenBudget(counter_for("gpt-4o"), window_tokens)
    return make_session(client=Answering(), model="gpt-4o", budget=measure, tree=tree)


def timed(work: Callable[[], object]) -> float:
    """Return the median time of *work* in milliseconds."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def main() -> None:
    """Print the tables."""
    print(f"{'turns':>7} {'fit, ms':>9} {'whole turn, ms':>15} {'encode all, ms':>15}")
    for turns in TURNS:
        # A window that holds all but a few turns: every one of them is looked at.
        session = chat_of(turns, None)
        everything = sum(map(session.binding.budget.count, session.conversation.history))
        session.binding.budget.window_tokens = round(everything * 8 / 7) - 50
        question = text_message("user", "And the next one?")
        fit = timed(lambda: session.requests.fit(session.conversation.turns, question))  # noqa: B023  # called at once
        turn = timed(lambda: session.turn("And the next one?", ignore))  # noqa: B023  # called at once
        texts = [message.text for message in session.conversation.history]
        fresh = counter_for("gpt-4o")
        fresh.count_text("load")
        encode = timed(lambda: sum(map(fresh.count_text, texts)))  # noqa: B023  # called at once
        print(f"{turns:7} {fit:9.2f} {turn:15.2f} {encode:15.1f}")
    print(f"\n{'vocabulary':>12} {'load, ms CPU':>13} {'MB':>6} {'MB/s':>6}")
    for name in VOCABULARIES:
        printed = subprocess.run([sys.executable, "-c", LOAD.format(name=name)], capture_output=True, check=True)
        took, grown, speed = map(float, printed.stdout.split())
        print(f"{name:>12} {took * 1000:13.0f} {grown:6.0f} {speed:6.1f}")


if __name__ == "__main__":
    main()
