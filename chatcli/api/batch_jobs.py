"""Reads what batch services say about a job, in the words and shapes of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.json_values import as_int, as_list, as_object, as_objects, as_text

JobStatus: TypeAlias = Literal[
    "validating", "in progress", "finalizing", "cancelling", "completed", "failed", "expired", "cancelled"
]
ENDED: frozenset[JobStatus] = frozenset({"completed", "failed", "expired", "cancelled"})

_WORDS: Mapping[str, JobStatus] = {
    "validating": N_("validating"),
    "queued": N_("validating"),
    "pending": N_("validating"),
    "created": N_("validating"),
    "finalizing": N_("finalizing"),
    "cancelling": N_("cancelling"),
    "canceling": N_("cancelling"),
    "cancellation_requested": N_("cancelling"),
    "completed": N_("completed"),
    "success": N_("completed"),
    "succeeded": N_("completed"),
    "failed": N_("failed"),
    "error": N_("failed"),
    "expired": N_("expired"),
    "timeout_exceeded": N_("expired"),
    "timed_out": N_("expired"),
    "cancelled": N_("cancelled"),
    "canceled": N_("cancelled"),
}
_FILES = ("output_file_id", "output_file", "error_file_id", "error_file")


@frozen
class JobReport:
    """How far a job is: *done* requests have been answered, *failed* have failed, of *total*; None if not said.

    *files* are the ids of its result files, *faults* the reasons of a failure. *results* are inline.
    """

    id: str
    status: JobStatus
    total: int | None = None
    done: int | None = None
    failed: int | None = None
    files: Sequence[str] = ()
    faults: Sequence[str] = ()
    results: Sequence[Mapping[str, Any]] = ()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED


def read_job(payload: Any) -> JobReport | None:
    """Return the job that *payload* describes, None if it is not a job; an unknown status counts as in progress."""
    job = as_object(payload)
    job = as_object(job.get("job")) or job  # as Together answers to a new job
    name = as_text(job.get("id"))
    if not name:
        return None
    status = as_text(job.get("status")).lower().replace(" ", "_").replace("-", "_")
    counts = as_object(job.get("request_counts"))
    return JobReport(
        name,
        _WORDS.get(status, N_("in progress")),
        _count(counts.get("total"), job.get("total_requests")),
        _count(counts.get("completed"), job.get("succeeded_requests")),
        _count(counts.get("failed"), job.get("failed_requests")),
        tuple(found for key in _FILES if (found := as_text(job.get(key)))),
        _faults(job),
        tuple(as_objects(job.get("results"))),
    )


def _count(*values: Any) -> int | None:
    return next((count for value in values if (count := as_int(value)) is not None), None)


def _faults(job: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the reasons of a failure, each once: in a list of errors, or as one error in either of two shapes."""
    errors = job.get("errors")
    entries = as_list(errors) or as_list(as_object(errors).get("data")) or [job.get("error")]
    found = [_fault(entry) for entry in entries]
    return tuple(dict.fromkeys(fault for fault in found if fault))


def _fault(entry: Any) -> str:
    if isinstance(entry, str):
        return as_text(entry)
    fields = as_object(entry)
    said = as_text(fields.get("message")) or as_text(fields.get("code"))
    line = as_int(fields.get("line"))
    return _("line {line}: {said}", line=line, said=said) if said and line is not None else said
