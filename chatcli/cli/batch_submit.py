"""`chat batch submit`: hands a batch to the provider's batch service."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from chatcli.batch.job import prepare_batch
from chatcli.batch.output_file import check_output
from chatcli.batch.remote.jobs import RemoteJob
from chatcli.batch.remote.preparation import Preparation, answers_journal
from chatcli.batch.remote.submission import Submission
from chatcli.batch.source import STDIN, open_source
from chatcli.batch.totals import describe_failures
from chatcli.cli.batch import check_flags, check_scores, manifest_of, options_of, preview
from chatcli.cli.batch_jobs import client_of
from chatcli.cli.run import Run
from chatcli.errors import IncompleteAnswerError, RateLimitError, Remedy, ServerError, UnreachableError, UsageError
from chatcli.process.startup import enable_collector
from chatcli.text.phrases import count_noun

if TYPE_CHECKING:
    import typer


_PASSING = (IncompleteAnswerError, RateLimitError, ServerError, UnreachableError)


def submit(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines, CSV or lines of text; - stands for stdin.")],
) -> int:
    """Submit every row of *file* to the provider's batch service, and print the number of the job."""
    if run.flags.fallback:
        what = "--fallback cannot replace a model that a provider asks for a batch"
        raise UsageError(what, kept="nothing was submitted", hint="`chat batch FILE` asks from here")
    if run.flags.max_cost is not None:
        what = "--max-cost cannot limit what a provider does with a batch"
        raise UsageError(what, kept="nothing was submitted", hint="--dry-run estimates it")
    check_flags(run)
    enable_collector()
    with ExitStack() as stack:

        def folder() -> Path:
            return Path(stack.enter_context(TemporaryDirectory(prefix="chat-batch-")))

        source = open_source(file, run.files, run.environment.stdin.buffer, folder)
        batch = prepare_batch(run.endpoints, source, options_of(run), run.notes())
        check_scores(run, batch)
        if run.config.shows_requests:
            run.environment.stdout.write(preview(run, batch))
            return 0
        out = str(run.files.path(run.flags.out)) if run.flags.out else ""
        if out:
            check_output(Path(out), None if file == STDIN else run.files.path(file), restart=run.flags.restart)
        job = _prepared(run, Preparation(run.endpoints, manifest_of(run), batch, file, out))
    if not job.parts:
        return _leave_out(run, job)
    _submit(run, job)
    return 0


def _prepared(run: Run, preparation: Preparation) -> RemoteJob:
    """Return the job to submit: a new one, or one whose submission was interrupted."""
    identity = preparation.job.identity(run.endpoints)
    known = preparation.known(identity)
    if run.flags.restart:
        preparation.manifest.detach(preparation.out)
    elif known and known.is_submitted:
        what = f"these rows have been submitted as job {known.name}"
        raise UsageError(
            what, kept="nothing was submitted", hint=Remedy("watch_or_restart_batch", values={"name": known.name})
        )
    elif known and known.is_begun:
        return known
    elif known:  # rows may have been answered since
        with preparation.manifest.lock(known.name):
            preparation.manifest.forget(known)
    client = run.endpoints.client(run.endpoints.exchange(preparation.job.columns[0].endpoint))
    return preparation.prepare(identity, client.body, restart=run.flags.restart)


def _leave_out(run: Run, job: RemoteJob) -> int:
    """Say why no row is submitted; the exit code is that of the first failed row."""
    with closing(answers_journal(job, manifest_of(run))) as journal:
        told = "every row has an answer"
        if journal.failures:
            told = f"no row is left, but {describe_failures(journal.failures)}. --retry-failed submits them again"
        run.notes().note(f"chat: nothing was submitted: {told}")
        return journal.first_failure()


def _submit(run: Run, job: RemoteJob) -> None:
    manifest, notes = manifest_of(run), run.notes()
    # The journal is open meanwhile, so that nothing else asks the same rows.
    with manifest.lock(job.name), closing(answers_journal(job, manifest)):
        submission = Submission(client_of(run, job), manifest, lambda sentence: notes.note(f"chat: {sentence}"))
        try:
            job = submission.submit(manifest.job(job.name))
        except KeyboardInterrupt:
            notes.note("chat: submitting was interrupted. Run the same command again to continue")
            raise
        except _PASSING as error:
            known = [error.hint] if isinstance(error.hint, str | Remedy) else error.hint or ()
            error.hint = (*known, Remedy("resume_submission"))
            raise
    run.environment.stdout.write(f"{job.name}\n")
    run.environment.stdout.flush()
    told = f"submitted as job {job.name}: {count_noun(job.requests, 'request')} in {count_noun(len(job.parts), 'part')}"
    notes.note(f"chat: {told}. `chat batch watch {job.name}` waits for the answers")
