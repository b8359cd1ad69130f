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
from chatcli.language import _, ngettext
from chatcli.process.startup import enable_collector

if TYPE_CHECKING:
    import typer


_PASSING = (IncompleteAnswerError, RateLimitError, ServerError, UnreachableError)


def submit(
    run: Run,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=_("JSON Lines, CSV or lines of text; - stands for stdin."))
    ],
) -> int:
    """Submit every row of *file* to the provider's batch service, and print the number of the job."""
    _check_flags(run)
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


def _check_flags(run: Run) -> None:
    """Raise UsageError for a flag that only a run from here can obey."""
    if run.flags.fallback:
        what = _("--fallback cannot replace a model that a provider asks for a batch")
        raise UsageError(what, kept=_("nothing was submitted"), hint=_("`chat batch FILE` asks from here"))
    if run.flags.max_cost is not None:
        what = _("--max-cost cannot limit what a provider does with a batch")
        raise UsageError(what, kept=_("nothing was submitted"), hint=_("--dry-run estimates it"))
    check_flags(run)


def _prepared(run: Run, preparation: Preparation) -> RemoteJob:
    """Return the job to submit: a new one, or one whose submission was interrupted."""
    identity = preparation.job.identity(run.endpoints)
    known = preparation.known(identity)
    if run.flags.restart:
        preparation.manifest.detach(preparation.out)
    elif known and known.is_submitted:
        what = _("these rows have been submitted as job {job}", job=known.name)
        raise UsageError(
            what, kept=_("nothing was submitted"), hint=Remedy("watch_or_restart_batch", values={"name": known.name})
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
        told = _("chat: nothing was submitted: every row has an answer")
        if journal.failures:
            told = _(
                "chat: nothing was submitted: no row is left, but {failures}. --retry-failed submits them again",
                failures=describe_failures(journal.failures),
            )
        run.notes().note(told)
        return journal.first_failure()


def _submit(run: Run, job: RemoteJob) -> None:
    manifest, notes = manifest_of(run), run.notes()
    # The journal is open meanwhile, so that nothing else asks the same rows.
    with manifest.lock(job.name), closing(answers_journal(job, manifest)):
        submission = Submission(client_of(run, job), manifest, lambda sentence: notes.note(f"chat: {sentence}"))
        try:
            job = submission.submit(manifest.job(job.name))
        except KeyboardInterrupt:
            notes.note(_("chat: submitting was interrupted. Run the same command again to continue"))
            raise
        except _PASSING as error:
            known = [error.hint] if isinstance(error.hint, str | Remedy) else error.hint or ()
            error.hint = (*known, Remedy("resume_submission"))
            raise
    run.environment.stdout.write(f"{job.name}\n")
    run.environment.stdout.flush()
    told = _(
        "chat: submitted as job {job}: {requests} in {parts}. {command} waits for the answers",
        job=job.name,
        requests=ngettext("{count} request", "{count} requests", job.requests),
        parts=ngettext("{count} part", "{count} parts", len(job.parts)),
        command=f"`chat batch watch {job.name}`",
    )
    notes.note(told)
