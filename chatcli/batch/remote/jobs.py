"""A job at a provider as the manifest keeps it: what was asked for, and its parts, each a job of the provider. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from chatcli.api.batch_jobs import ENDED, JobReport, JobStatus
from chatcli.batch.journal import Identity
from chatcli.conversation.model_info import Price
from chatcli.language import N_, _
from chatcli.records import asdict, field, frozen, replace
from chatcli.text.json_values import (
    as_bool,
    as_int,
    as_number,
    as_object,
    as_objects,
    as_optional_text,
    as_text,
    as_texts,
)

VERSION = 1

# A part that is being created may exist at the provider: it has to be looked for before it is created again.
PartState: TypeAlias = Literal["prepared", "creating", "submitted", "fetched"]
_STATES: Sequence[PartState] = get_args(PartState)


@frozen
class Part:
    """A file of *count* requests for one model: the column *column* of the output.

    *file* is the id of the uploaded file, *job* that of the provider's job, *files* those of its results. *status*,
    *done* and *failed* are as last reported, *faults* why the job failed. *price* is that of the model here.
    """

    number: int
    column: int
    model: str
    count: int
    price: Price | None = None
    state: PartState = "prepared"
    file: str = ""
    job: str = ""
    status: JobStatus = "validating"
    done: int = 0
    failed: int = 0
    files: Sequence[str] = ()
    faults: Sequence[str] = ()

    @property
    def has_ended(self) -> bool:
        """Whether the provider has finished with it."""
        return self.status in ENDED

    @property
    def is_open(self) -> bool:
        """Whether the provider is still working on it."""
        return self.state == "submitted" and not self.has_ended

    def updated(self, report: JobReport) -> Part:
        """Return the part with what *report* says."""
        uncounted = self.count if report.status == "completed" else 0
        done, failed = uncounted if report.done is None else report.done, report.failed or 0
        return replace(
            self,
            state="submitted" if self.state != "fetched" else "fetched",
            job=report.id,
            status=report.status,
            done=min(done, self.count),
            failed=min(failed, self.count),
            files=tuple(report.files),
            faults=tuple(report.faults),
        )


@frozen
class Place:
    """The endpoint of a job: a *provider* of the settings, or a given address with the variable of its key."""

    provider: str
    base_url: str
    is_given: bool = False
    key_env: str | None = None


@frozen
class RemoteJob:
    """A submitted batch with *rows* rows; *titles* are the names of several models, empty for one.

    *out* is the path of the output, empty if the rows are to be printed. *token* labels its jobs at the provider.
    *fail_under* is the share of expected answers below which fetching fails, as the user wrote it.
    """

    name: str
    token: str
    created_s: float
    source: str
    out: str
    identity: Identity
    place: Place
    rows: int
    titles: Sequence[str]
    schema: Mapping[str, Any] | None
    fail_under: str | None = None
    parts: Sequence[Part] = field(default_factory=tuple)

    @property
    def width(self) -> int:
        """How many results a row has."""
        return max(1, len(self.titles))

    @property
    def requests(self) -> int:
        """How many requests were submitted."""
        return sum(part.count for part in self.parts)

    @property
    def is_fetched(self) -> bool:
        """Whether every answer that there will be has been fetched."""
        return all(part.state == "fetched" for part in self.parts)

    @property
    def is_begun(self) -> bool:
        """Whether the provider may have any of it."""
        return any(part.state != "prepared" for part in self.parts)

    @property
    def is_submitted(self) -> bool:
        """Whether the provider has all of it."""
        return all(part.state in ("submitted", "fetched") for part in self.parts)

    @property
    def status(self) -> str:
        """What it is as a whole, in words: that of the part that is least far, or of the first that failed."""
        if not self.is_submitted:
            return _("not submitted")
        for status, words in _BY_PROGRESS.items():
            if any(part.status == status for part in self.parts):
                return _(words)
        return _("completed")

    @property
    def ending(self) -> str:
        """How the first part ended that did not end well, in words; empty if all did."""
        ends = {"failed": _("failed"), "expired": _("has expired"), "cancelled": _("was cancelled")}
        return next((ends[part.status] for part in self.parts if part.status in ends), _("has ended without them"))

    def label(self, part: Part) -> str:
        """Return the label of *part* at the provider."""
        return f"{self.token}-{part.number}"

    def with_part(self, part: Part) -> RemoteJob:
        """Return the job with *part* in place of the one with its number."""
        return replace(self, parts=tuple(part if part.number == known.number else known for known in self.parts))


_BY_PROGRESS: Mapping[JobStatus, str] = {  # and how each is called
    "validating": N_("validating"),
    "in progress": N_("in progress"),
    "finalizing": N_("finalizing"),
    "cancelling": N_("cancelling"),
    "failed": N_("failed"),
    "expired": N_("expired"),
    "cancelled": N_("cancelled"),
}


def encode_job(job: RemoteJob) -> bytes:
    """Return the content of the manifest's file for *job*."""
    values = {"chat_batch_job": VERSION, **asdict(job)}
    return json.dumps(values, ensure_ascii=False, default=asdict).encode("utf-8", "replace")


def job_from_json(name: str, value: Any) -> RemoteJob | None:
    """Return the job *name* from the content of its file, None if it is not one."""
    fields = as_object(value)
    if fields.get("chat_batch_job") != VERSION:
        return None
    identity, place = as_object(fields.get("identity")), as_object(fields.get("place"))
    names = {key: as_text(told) for key, told in as_object(identity.get("names")).items()}
    return RemoteJob(
        name,
        as_text(fields.get("token")),
        as_number(fields.get("created_s")) or 0.0,
        as_text(fields.get("source")),
        as_text(fields.get("out")),
        Identity(as_text(identity.get("digest")), as_text(identity.get("request")), names),
        Place(
            as_text(place.get("provider")),
            as_text(place.get("base_url")),
            as_bool(place.get("is_given")),
            as_optional_text(place.get("key_env")),
        ),
        as_int(fields.get("rows")) or 0,
        tuple(as_texts(fields.get("titles"))),
        as_object(fields.get("schema")) or None,
        as_optional_text(fields.get("fail_under")),
        tuple(map(_part, as_objects(fields.get("parts")))),
    )


def _part(fields: Mapping[str, Any]) -> Part:
    states = [state for state in _STATES if state == fields.get("state")]
    statuses = [status for status in get_args(JobStatus) if status == fields.get("status")]
    price = as_object(fields.get("price"))
    return Part(
        number=as_int(fields.get("number")) or 0,
        column=as_int(fields.get("column")) or 0,
        model=as_text(fields.get("model")),
        count=as_int(fields.get("count")) or 0,
        price=_price(price) if price else None,
        state=states[0] if states else "creating",
        file=as_text(fields.get("file")),
        job=as_text(fields.get("job")),
        status=statuses[0] if statuses else "in progress",
        done=as_int(fields.get("done")) or 0,
        failed=as_int(fields.get("failed")) or 0,
        files=tuple(as_texts(fields.get("files"))),
        faults=tuple(as_texts(fields.get("faults"))),
    )


def _price(fields: Mapping[str, Any]) -> Price:
    return Price(
        as_number(fields.get("input")) or 0.0, as_number(fields.get("output")) or 0.0, as_number(fields.get("cached"))
    )
