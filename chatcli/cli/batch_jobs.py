"""`chat batch status`, `watch`, `fetch` and `cancel`: what becomes of batches at the provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from chatcli.api.batch_service import BatchClient
from chatcli.batch.journal import ResultJournal
from chatcli.batch.output_file import check_output
from chatcli.batch.remote.collection import Collection
from chatcli.batch.remote.jobs import RemoteJob
from chatcli.batch.remote.manifest import Manifest
from chatcli.batch.remote.places import endpoint_at, endpoints_at
from chatcli.batch.remote.preparation import answers_journal
from chatcli.batch.remote.request_files import requests_path
from chatcli.batch.remote.result_reader import ResultReader
from chatcli.batch.remote.watching import Watch, look_at, refresh
from chatcli.cli.batch import manifest_of, progress_of
from chatcli.cli.batch_rows import check_of, count_missing, exit_code, write_rows
from chatcli.cli.run import Run
from chatcli.errors import ChatError, IncompleteAnswerError, Remedy, UsageError
from chatcli.language import _, ngettext
from chatcli.process.startup import enable_collector
from chatcli.terminal.cells import width
from chatcli.text.units import format_number

if TYPE_CHECKING:
    import typer

_MAX_FAULTS = 5
_STATUS_COLUMNS = 11
_OUTAGES = 10  # a job takes hours, so an outage that would end a run from here does not end a watch


def status(
    run: Run,
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help=_("Number of the job; all without it."))] = None,
) -> None:
    """Show how far submitted jobs are."""
    manifest = manifest_of(run)
    jobs = [manifest.job(job)] if job else manifest.jobs()
    for file in [] if job else manifest.damaged():
        run.notes().write(_("chat: {path} is damaged; the provider lists its batches", path=file))
    if not jobs:
        run.notes().note(_("chat: no batch has been submitted"))
    for known in (_refreshed(run, saved) for saved in jobs):
        run.output().say(_status_line(known), raw=True)
        for sentence in _faults(known):
            run.notes().note(f"chat: {sentence}")


def watch(
    run: Run,
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help=_("Number of the job; else the latest."))] = None,
    delete_files: Annotated[
        bool, typer.Option("--delete-files", help=_("Delete the files at the provider afterwards."))
    ] = False,
) -> int:
    """Wait until a job has ended, then fetch its answers."""
    manifest = manifest_of(run)
    known = _submitted(manifest.job(job))
    progress = progress_of(run, prints_rows=not known.out)
    try:
        away_s = _OUTAGES * run.config.settings.defaults.max_wait
        Watch(client_of(run, known), manifest, progress, away_s).wait(known)
    except KeyboardInterrupt:
        run.notes().note(
            _(
                "chat: job {job} continues at the provider; {command} resumes",
                job=known.name,
                command=f"`chat batch watch {known.name}`",
            )
        )
        raise
    finally:
        progress.close()
    return fetch(run, known.name, delete_files=delete_files)


def fetch(
    run: Run,
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help=_("Number of the job; else the latest."))] = None,
    delete_files: Annotated[
        bool, typer.Option("--delete-files", help=_("Delete the files at the provider afterwards."))
    ] = False,
) -> int:
    """Fetch the answers of a job, and write the rows; the exit code is that of the first failed row."""
    enable_collector()
    manifest = manifest_of(run)
    known = _submitted(manifest.job(job))
    with manifest.lock(known.name):
        client = client_of(run, known)
        known = look_at(_submitted(manifest.job(known.name)), client)
        manifest.save(known)
        if known.out:
            check_output(Path(known.out), None, restart=False)
        with closing(answers_journal(known, manifest)) as journal:
            reader = ResultReader(client.exchange, check_of(known.schema), client.service.price_share)
            known = Collection(client, manifest, known, reader).collect(journal)
            write_rows(run, journal, known.titles, known.out)
            _clean_up(known, manifest, client if delete_files else None)
            return _outcome(run, known, journal)


def cancel(
    run: Run,
    job: Annotated[str, typer.Argument(metavar="JOB", help=_("Number of the job, or its id at the provider."))],
) -> None:
    """Cancel a job; answers that it has can be fetched."""
    manifest = manifest_of(run)
    known = manifest.job(job)
    with manifest.lock(known.name):
        client = client_of(run, known)
        known = look_at(manifest.job(known.name), client)
        for part in known.parts:
            if part.is_open:
                known = known.with_part(part.updated(client.cancel(part.job)))
                manifest.save(known)
    run.output().say(_status_line(known), raw=True)


def client_of(run: Run, job: RemoteJob) -> BatchClient:
    """Return the client of the batch service that has *job*; raises ChatError."""
    endpoints = endpoints_at(run.endpoints, job.place)
    return BatchClient(endpoints.exchange(endpoint_at(run.endpoints, job.place)))


def _submitted(job: RemoteJob) -> RemoteJob:
    if job.is_submitted:
        return job
    what = _("job {job} has not been submitted as a whole", job=job.name)
    command = f"`chat batch submit {job.source}`"
    raise UsageError(what, hint=_("run {command} again, with the same flags", command=command))


def _refreshed(run: Run, job: RemoteJob) -> RemoteJob:
    """Return *job* as the provider reports it now, or as it was last known if that cannot be found out."""
    if not any(part.is_open for part in job.parts):
        return job
    try:
        return refresh(job, client_of(run, job), manifest_of(run))
    except ChatError as error:
        run.notes().note(_("chat: job {job}: {problem}; this is what was last known", job=job.name, problem=error.what))
        return job


def _status_line(job: RemoteJob) -> str:
    done, failed = sum(part.done for part in job.parts), sum(part.failed for part in job.parts)
    status = _("fetched") if job.is_fetched else _(job.status)
    status += " " * (_STATUS_COLUMNS - width(status))
    counts = f"{format_number(done + failed)}/{format_number(job.requests)}"
    counts = _("{counts}, {failed} failed", counts=counts, failed=failed) if failed else counts
    ids = " ".join(part.job for part in job.parts if part.job)
    return f"{job.name}  {status}  {counts}  {job.source} -> {job.out or 'stdout'}  {ids}".rstrip()


def _faults(job: RemoteJob) -> Iterator[str]:
    """Yield why parts of *job* have failed."""
    for part in job.parts:
        for fault in part.faults[:_MAX_FAULTS]:
            yield _("job {job}, {part}: {fault}", job=job.name, part=part.job, fault=fault)


def _clean_up(job: RemoteJob, manifest: Manifest, client: BatchClient | None) -> None:
    """Remove the requests that have been answered here, and with *client* the files at the provider."""
    for part in job.parts:
        if part.state == "fetched":
            requests_path(manifest.path(job.name), part.number).unlink(missing_ok=True)
            for file in (part.file, *part.files) if client else ():
                if client and file:
                    client.delete(file)


def _outcome(run: Run, job: RemoteJob, journal: ResultJournal) -> int:
    """Report the results, and return the exit code; raises IncompleteAnswerError if rows have no answer."""
    missing = count_missing(run, journal)
    for sentence in _faults(job):
        run.notes().note(f"chat: {sentence}")
    if any(part.is_open for part in job.parts):
        what = _("job {job} has not ended: {status}", job=job.name, status=_(job.status))
        raise IncompleteAnswerError(what, hint=Remedy("watch_batch", values={"name": job.name}))
    if missing:
        what = ngettext(
            "{count} answer missing: the job {ending}",
            "{count} answers missing: the job {ending}",
            missing,
            ending=job.ending,
        )
        raise IncompleteAnswerError(what, hint=Remedy("finish_batch") if job.out else None)
    return exit_code(run, journal, job.titles or [job.parts[0].model], run.flags.fail_under or job.fail_under)
