"""`chat batch`: many prompts from a file, answered in order into another one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from chatcli.app.endpoint_client import EndpointClient
from chatcli.app.outputs import is_plain
from chatcli.batch.estimate import estimate_lines
from chatcli.batch.job import DEFAULT_JOBS, BatchJob, BatchOptions, prepare_batch
from chatcli.batch.journal import ResultJournal, open_journal
from chatcli.batch.output_file import OutputFile, Sink, check_output, journal_path
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.run import BatchRun
from chatcli.batch.source import STDIN, open_source
from chatcli.batch.totals import Score, describe_failures, score_table
from chatcli.cli.run import Run
from chatcli.errors import ChatError, LowScoreError, RejectedError, Remedy, UsageError
from chatcli.language import N_, _, ngettext
from chatcli.output.progress import BarProgress, LineProgress, Progress
from chatcli.process.signals import InterruptGate
from chatcli.process.startup import enable_collector
from chatcli.process.streams import is_terminal

if TYPE_CHECKING:
    import typer

_CONTINUE = N_("{summary}. Run the same command again to continue")
_RETRY = N_("{summary}. --retry-failed asks them again")


def batch(
    run: Run,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=_("JSON Lines, CSV or lines of text; - stands for stdin."))
    ],
) -> int:
    """Answer every row of *file*; the exit code is that of the first failed row, or of a score that is too low."""
    check_flags(run)
    options = options_of(run)
    with ExitStack() as stack:

        def folder() -> Path:
            return Path(stack.enter_context(TemporaryDirectory(prefix="chat-batch-")))

        source = open_source(file, run.files, run.environment.stdin.buffer, folder)
        job = prepare_batch(run.endpoints, source, options, run.notes())
        check_scores(run, job)
        if run.config.shows_requests:
            run.environment.stdout.write(preview(run, job))
            return 0
        if run.flags.out is None:
            run.notes().note(_("chat: rows go to stdout; without --out an interrupted run starts over"))
        journal, sink = open_output(run, job, file, folder, stack)
        return _run(run, job, journal, sink)


def options_of(run: Run) -> BatchOptions:
    """Return the options that the flags set; raises UsageError."""
    flags = run.flags
    return BatchOptions(_jobs(run), _limit(run), run.flags.max_cost, flags.retry_failed, flags.skip_bad)


def check_scores(run: Run, job: BatchJob) -> None:
    """Raise UsageError if a score is wanted and no row of *job* has one."""
    if share_of(run.flags.fail_under) is not None and not job.survey.expecting:
        raise UsageError(_("--fail-under needs rows with `expect`"), kept=_("nothing was sent"))


def manifest_of(run: Run) -> Manifest:
    """Return the manifest of the user's jobs at providers."""
    return Manifest(run.config.sources.dirs.batches)


def preview(run: Run, job: BatchJob) -> str:
    """Return what the run would take; with --curl, the request of the first row for each model."""
    if not run.flags.curl:
        return "\n".join([*estimate_lines(job.rows(), job.columns, job.requests), ""])
    row = next(job.rows())
    shown = [
        EndpointClient(run.endpoints, placed.endpoint).preview(
            job.requests.request(row, placed.column.model, placed.column.options), "curl"
        )
        for placed in job.columns
    ]
    return run.endpoints.redact("".join(shown))


def check_flags(run: Run) -> None:
    """Raise UsageError for a flag that needs an output, or a single model."""
    if run.flags.fallback and len(run.flags.model) > 1:
        raise UsageError(_("--fallback replaces one model, and several are asked"), kept=_("nothing was sent"))
    if run.flags.out is None and (run.flags.retry_failed or run.flags.restart):
        flag = "--retry-failed" if run.flags.retry_failed else "--restart"
        what = _("{flag} needs --out", flag=flag)
        raise UsageError(what, kept=_("nothing was sent"), hint=_("name the output of the earlier run"))


def open_output(
    run: Run, job: BatchJob, file: str, folder: Callable[[], Path], stack: ExitStack
) -> tuple[ResultJournal, Sink]:
    """Return the journal and the output; without an output file the journal lasts as long as the run."""
    out, restart = run.flags.out, run.flags.restart
    identity = job.identity(run.endpoints)
    if out is None:
        journal = open_journal(folder() / "journal", identity, job.cells)
        stack.callback(journal.close)
        return journal, run.environment.stdout
    path = run.files.path(out)
    check_output(path, None if file == STDIN else run.files.path(file), restart=restart)
    _leave_to_provider(run, str(path))
    journal = open_journal(journal_path(path), identity, job.cells, restart=restart)
    stack.callback(journal.close)
    opened = OutputFile(path)
    stack.callback(opened.close)
    return journal, opened


def _leave_to_provider(run: Run, out: str) -> None:
    """Raise UsageError if a provider is answering rows of the output *out*: asked here, they would be paid twice."""
    manifest = manifest_of(run)
    if run.flags.restart:
        manifest.detach(out)
    elif jobs := manifest.unfetched(out):
        what = _("rows of {path} have been submitted as job {job}", path=out, job=jobs[-1].name)
        hint = Remedy("watch_or_restart_batch", values={"name": jobs[-1].name})
        raise UsageError(what, kept=_("nothing was sent"), hint=hint)


def _run(run: Run, job: BatchJob, journal: ResultJournal, sink: Sink) -> int:
    progress = progress_of(run, prints_rows=run.flags.out is None)
    started = job.start(run.endpoints, journal, sink, progress, out=run.flags.out or "")
    enable_collector()
    try:
        started.run(InterruptGate())
    except ChatError as error:
        error.kept = error.kept or _saved(run)
        raise
    finally:
        progress.close()
        run.notes().note(f"chat: {_summary(run, job, started)}")
    if started.crew.is_out_of_money:
        raise RejectedError(_("stopped at --max-cost {cost}", cost=f"{run.flags.max_cost:g}"), kept=_saved(run))
    return exit_code_of(run, job.scores(journal), journal, run.flags.fail_under)


def exit_code_of(run: Run, scores: list[Score], journal: ResultJournal, fail_under: str | None) -> int:
    """Show the scores, and return the exit code of the first failed row; raises LowScoreError below *fail_under*."""
    least = share_of(fail_under)
    for line in score_table(scores) if scores else ():
        run.notes().note(line)
    low = next((score for score in scores if least is not None and score.share < least), None)
    if low and not journal.first_failure():
        share = f"{low.share:.1%}"
        raise LowScoreError(
            _(
                "the score of {model} is {share}, below --fail-under {least}",
                model=low.model,
                share=share,
                least=fail_under,
            )
        )
    return journal.first_failure()


def _summary(run: Run, job: BatchJob, started: BatchRun) -> str:
    answers, failures = started.journal.answers, started.journal.failures
    words = [count_answers(answers, job.cells), started.totals.describe(), describe_failures(failures)]
    if job.survey.bad:
        words.append(ngettext("{count} bad line skipped", "{count} bad lines skipped", job.survey.bad))
    told = _(", ").join(word for word in words if word)
    if answers == job.cells or run.flags.out is None:
        return told
    return _(_RETRY if answers + failures.total() == job.cells else _CONTINUE, summary=told)


def count_answers(answers: int, wanted: int) -> str:
    """Return how many of the answers that are *wanted* there are."""
    return ngettext("{answers} of {count} answer", "{answers} of {count} answers", wanted, answers=answers)


def _saved(run: Run) -> str:
    if run.flags.out is None:
        return _("the rows so far were printed")
    return _("the answers so far are in {path}", path=journal_path(Path(run.flags.out)))


def progress_of(run: Run, *, prints_rows: bool) -> Progress:
    """Return the progress on stderr; rows that are printed on a terminal leave no place for a bar."""
    notes, stderr = run.notes(), run.environment.stderr
    is_shared = prints_rows and is_terminal(run.environment.stdout)
    if run.flags.quiet or is_shared or not is_terminal(stderr) or is_plain(run.config):
        return LineProgress(notes)
    return BarProgress(notes, stderr)


def _jobs(run: Run) -> int:
    jobs = DEFAULT_JOBS if run.flags.jobs is None else run.flags.jobs
    if jobs < 1:
        raise UsageError(
            _("{flag} is not at least 1", flag=f"--jobs {jobs}"), hint=_("it is the number of requests at once")
        )
    return jobs


def _limit(run: Run) -> int | None:
    limit = run.flags.limit
    if limit is not None and limit < 1:
        raise UsageError(
            _("{flag} is not at least 1", flag=f"--limit {limit}"), hint=_("it is the number of rows to ask")
        )
    return limit


def share_of(text: str | None) -> float | None:
    """Return a share from 0 to 1 that is written as `0.8` or `80%`; raises UsageError."""
    if text is None:
        return None
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(
            _("{flag} is not a share", flag=f"--fail-under {text}"), hint=_("use a number from 0 to 1, or a percentage")
        )
    return share
