"""What drawing a reply takes alone: no terminal, no sleep, nothing that is done for the first time.

After a pause of 33 ms the same frame takes up to three times as long, for the processor has forgotten what it needs:
what a replay takes depends on the machine, these figures depend on the program. Frames come as at 100 deltas a second.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.markdown import Markdown

from chatcli.conversation.messages import Text
from chatcli.render.intake import FRAME_S
from chatcli.render.live import Look, render
from chatcli.render.turn import TurnScreen
from tests.bench.goals import Goal
from tests.bench.replies import deltas, reply, tall_tables

SIZE = 50_000
RATE_HZ = 100
SCREEN = (80, 24)
_RUNS = 3


def report() -> tuple[str, list[Goal]]:
    """Return tables of what was measured, and the goals."""
    text = reply(SIZE)
    frames = list(frames_of(text, RATE_HZ))
    draw_s = _least(lambda: sum(drawn(frames)))
    once_s = _least(lambda: _once(text))
    longest_s = min(_longest(frames) for _ in range(_RUNS))
    rows = [
        "| drawing 50 kB, warm | |",
        "| --- | ---: |",
        f"| one render by rich | {once_s * 1000:.0f} ms |",
        f"| {len(frames)} frames of `chat` | {draw_s * 1000:.0f} ms |",
        f"| its longest frame | {longest_s * 1000:.1f} ms |",
    ]
    goals = [
        Goal("drawing alone, warm", draw_s * 1000, 1.5, "ms", once_s * 1000, "one render by rich"),
        Goal("the longest frame", longest_s * 1000, 40, "ms"),
    ]
    goals += [_table_goal(name, table) for name, table in tall_tables().items()]
    return "\n".join(rows), goals


def frames_of(text: str, rate_hz: float) -> Iterator[str]:
    """Return what each frame takes in where deltas come at this rate."""
    pieces = deltas(text)
    ends = [int(number * rate_hz * FRAME_S) for number in range(int(len(pieces) / (rate_hz * FRAME_S)) + 1)]
    yield from filter(None, ("".join(pieces[start:end]) for start, end in itertools.pairwise([*ends, len(pieces)])))


def drawn(frames: Sequence[str]) -> Iterator[int]:
    """Draw *frames*, and the end; return the bytes of each."""
    turn = TurnScreen(Look(), SCREEN, begun_s=0)
    for frame in frames:
        turn.feed(Text(frame), 0)
        yield len(turn.frame(SCREEN, 0).encode())
    turn.end(0)
    yield len(turn.frame(SCREEN, 0).encode())


def _table_goal(name: str, table: str) -> Goal:
    once = io.StringIO()
    render(table, once, size=lambda: SCREEN, look=Look())
    written = sum(drawn(list(frames_of(table, RATE_HZ))))
    return Goal(
        f"bytes of a tall table, {name}", written / 1000, 1.5, "kB", len(once.getvalue().encode()) / 1000, "one render"
    )


def _once(text: str) -> None:
    Console(file=io.StringIO(), force_terminal=True, width=SCREEN[0]).print(Markdown(text))


def _longest(frames: Sequence[str]) -> float:
    times = [time.thread_time()]
    times += [time.thread_time() for _ in drawn(frames)]
    return max(end - start for start, end in itertools.pairwise(times))


def _least(work: Callable[[], object]) -> float:
    """Return the CPU that *work* takes once it has been done."""
    work()
    taken: list[float] = []
    for _ in range(_RUNS):
        begun_s = time.thread_time()
        work()
        taken.append(time.thread_time() - begun_s)
    return min(taken)
