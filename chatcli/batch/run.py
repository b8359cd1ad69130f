"""Runs a batch: the thread that writes, and what ends it.

Workers ask, and write each result to the journal. This thread makes groups of results durable, and then writes them to
the output in the order of the rows. Ctrl+C lets the requests under way finish, a second one breaks them off; what ends
the run in any way leaves a journal from which it continues.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from chatcli.batch.breaker import Breaker
from chatcli.batch.columns import Sites
from chatcli.batch.crew import Crew, Notices, Task
from chatcli.batch.journal import ResultJournal
from chatcli.batch.output_rows import OrderedRows
from chatcli.batch.rows import Row
from chatcli.batch.totals import Totals
from chatcli.errors import SIGINT, Remedy, Stopped, UsageError
from chatcli.language import _, ngettext
from chatcli.output.progress import Progress, ProgressState
from chatcli.process.signals import InterruptGate
from chatcli.records import field, mutable

_WAIT_S = 0.25
_GROUP_S = 0.02  # results of this time share one fsync


def tasks_of(rows: Iterator[Row], journal: ResultJournal, *, width: int) -> Iterator[Task]:
    """Yield the remaining questions: each row for each of *width* models, unless the journal has the result."""
    for number, row in enumerate(rows):
        cells = range(number * width, (number + 1) * width)
        if cells.stop > journal.cells:
            return
        yield from (Task(cell, cell - cells.start, row) for cell in cells if not journal.is_answered(cell))


@mutable
class BatchRun:
    """One run of *crew*; *left* is how many results are missing at its start."""

    crew: Crew
    journal: ResultJournal
    rows: OrderedRows
    progress: Progress
    sites: Sites
    notices: Notices
    left: int
    totals: Totals = field(default_factory=Totals)
    breaker: Breaker = field(default_factory=Breaker)
    is_interrupted: bool = False

    def run(self, interrupts: InterruptGate) -> None:
        """Ask and write until all is answered; raises what ended the run early, with all that came written."""
        self.rows.begin()
        self.rows.advance()
        try:
            with interrupts.hold():
                self.crew.start()
                while self.crew.is_busy:
                    self._wait(interrupts)
                    self._write()
        finally:
            self._stop()
            if self.crew.under_way:
                self.sites.abort()
            self.crew.join()
            self.progress.close()
        self._write()
        self.journal.again.clear()
        self.rows.finish()
        if error := self.crew.error or self.breaker.error:
            raise error
        is_short = self.totals.answered < self.left and not self.crew.is_out_of_money
        if self.is_interrupted and is_short:
            raise Stopped(SIGINT)
        if is_short:
            raise UsageError(_("the input was changed while it was being read"), hint=Remedy("restart_batch"))

    def _wait(self, interrupts: InterruptGate) -> None:
        """Wait for results; the first Ctrl+C stops the workers, the second one their requests."""
        try:
            with interrupts.allow():
                self.crew.wait(_WAIT_S)
                time.sleep(_GROUP_S)
        except KeyboardInterrupt:
            if self.is_interrupted:
                self.sites.abort()
                return
            self.is_interrupted = True
            self._stop()
            told = ngettext(
                "finishing {count} request; Ctrl+C again stops at once",
                "finishing {count} requests; Ctrl+C again stops at once",
                self.crew.under_way,
            )
            self.progress.note(told)

    def _write(self) -> None:
        found = self.crew.take()
        if found:
            self.journal.sync()
            for result in found:
                self.totals.add(result)
                self.breaker.hear(result)
            self.rows.advance()
        for sentence in self.notices.take():
            self.progress.note(sentence)
        if self.crew.error or self.crew.is_out_of_money or self.breaker.error:
            self._stop()
        self.progress.update(self.state)

    def _stop(self) -> None:
        self.crew.stop()
        self.sites.close_gates()

    @property
    def state(self) -> ProgressState:
        """How far the run is."""
        totals = self.totals
        cost = totals.cost if totals.priced else None
        return ProgressState(totals.answered, self.left, totals.failed, totals.tokens, cost)
