"""The workers of a run: threads that take rows, ask them, and keep the results for the thread that writes.

The threads start nothing new after `stop`, and finish their requests; `abort` breaks that off too. An error that
ends the run stops all workers, and is kept for the thread that writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from threading import Event, Lock, Thread

from chatcli.batch.gate import StoppedWorkerError
from chatcli.batch.results import Result
from chatcli.batch.rows import Row
from chatcli.conversation.messages import Notice
from chatcli.process.threads import start_thread
from chatcli.records import frozen
from chatcli.usage.spending_limit import LimitReachedError

_JOIN_S = 2.0  # a thread that is still connecting ends with the process


@frozen
class Task:
    """A row to be asked by the model of *column*; *cell* is the number of its result."""

    cell: int
    column: int
    row: Row


class Notices:
    """Hands notices from the workers to the thread that writes, each sentence once."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._new: deque[str] = deque()
        self._lock = Lock()

    def hear(self, notice: Notice) -> None:
        """Take a notice, in any thread."""
        with self._lock:
            if notice.message not in self._known:
                self._known.add(notice.message)
                self._new.append(notice.message)

    def take(self) -> list[str]:
        """Return the sentences that have come since the last call."""
        with self._lock:
            found = list(self._new)
            self._new.clear()
            return found


class Crew:
    """Runs *jobs* workers on *tasks*; *worker* returns what asks, and is called once in each thread.

    *keep* gets each result with its cell before its worker continues, in the thread of the worker.
    """

    def __init__(
        self,
        tasks: Iterator[Task],
        worker: Callable[[], Callable[[Task], Result]],
        keep: Callable[[int, Result], None],
        jobs: int,
    ) -> None:
        self._tasks = tasks
        self._worker = worker
        self._keep = keep
        self._jobs = jobs
        self._lock = Lock()
        self._news = Event()
        self._results: deque[Result] = deque()
        self._threads: list[Thread] = []
        self._is_stopped = False
        self.under_way = 0
        self.error: BaseException | None = None
        self.is_out_of_money = False

    def start(self) -> None:
        """Start the workers; raises ConfigError if the system refuses threads."""
        for number in range(self._jobs):
            self._threads.append(start_thread(Thread(target=self._work, name=f"batch {number}", daemon=True)))

    @property
    def is_busy(self) -> bool:
        """Whether results may still come."""
        return any(thread.is_alive() for thread in self._threads) or bool(self._results)

    def wait(self, seconds: float) -> None:
        """Wait until there are results, or a worker has ended; an interrupt loses none of them."""
        self._news.wait(seconds)

    def take(self) -> list[Result]:
        """Return the results that have been kept since the last call."""
        self._news.clear()
        found = []
        while self._results:
            found.append(self._results.popleft())
        return found

    def stop(self) -> None:
        """Let the workers start nothing new."""
        self._is_stopped = True

    def join(self) -> None:
        """Wait a moment for the threads to end."""
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _work(self) -> None:
        try:
            ask = self._worker()
            while task := self._next():
                try:
                    self._keep(task.cell, result := ask(task))
                finally:
                    with self._lock:
                        self.under_way -= 1
                self._results.append(result)
                self._news.set()
        except StoppedWorkerError:
            pass
        except LimitReachedError:
            self.is_out_of_money = self._is_stopped = True
        except BaseException as error:  # raised by the thread that writes
            self.error = self.error or error
            self._is_stopped = True
        self._news.set()

    def _next(self) -> Task | None:
        with self._lock:
            task = None if self._is_stopped else next(self._tasks, None)
            self.under_way += task is not None
            return task
