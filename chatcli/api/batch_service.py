"""Hands batches to a provider's batch service: files up, jobs, and files down.

Creating a job is what costs money, so it is the only request that is never repeated: after a failure `find` tells
whether the job exists. Everything that is sent or received as a file goes through in pieces.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chatcli.api.batch_jobs import JobReport, read_job
from chatcli.api.error_payloads import error_in
from chatcli.api.http.patience import Patience
from chatcli.errors import ChatError, ModelNotFoundError, RejectedError, Remedy, ServerError
from chatcli.language import _
from chatcli.providers.provider import BatchService
from chatcli.records import frozen
from chatcli.text.json_values import as_list, as_object, as_objects, as_text

if TYPE_CHECKING:
    from chatcli.api.exchange import Exchange

LABEL = "chat_batch"  # the key in a job's metadata
_PIECE = 1 << 16
_MAX_FILE_BYTES = 4 << 30
_MAX_LISTED = 100
_MAX_PAGES = 100_000
_NO_SERVICE = frozenset({404, 405, 501})
_GONE = 404
_JSON: Mapping[str, str] = {"Content-Type": "application/json"}
_LIST_END = b"]}"
_SILENCE_S = 300.0  # a large file is looked at before it is answered


@frozen
class BatchClient:
    """Uses the batch service of one endpoint; every method raises ChatError."""

    exchange: Exchange

    @property
    def service(self) -> BatchService:
        """What the service is like."""
        return self.exchange.endpoint.row.batches

    def upload(self, path: Path, name: str) -> str:
        """Upload the requests in *path* as the file *name*, and return its id."""
        boundary = f"chat-{os.urandom(16).hex()}"
        head, tail = _form(boundary, name, self.service)
        size = len(head) + path.stat().st_size + len(tail)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(size)}
        told = self._call("POST", self.service.upload, _around(head, path, tail), headers)
        if found := as_text(told.get("id")):
            return found
        raise self._no_service()

    def create(self, path: Path, *, count: int, file: str, model: str, label: str) -> JobReport:
        """Create the job for the uploaded *file*, or with the *count* requests in *path* as part of it."""
        service = self.service
        fields: dict[str, Any] = {"endpoint": service.url}
        fields |= {"model": model} if service.names_model else {}
        fields |= {"completion_window": service.window} if service.window else {}
        fields |= {"metadata": {LABEL: label}} if service.takes_metadata else {}
        if service.upload:
            fields[service.input_field] = [file] if service.input_field.endswith("s") else file
            return self._report(self._call("POST", service.jobs, json.dumps(fields).encode(), _JSON))
        # The requests come last: the service reads the other fields without waiting for them.
        head = json.dumps(fields).encode().removesuffix(b"}") + b', "requests": ['
        size = len(head) + path.stat().st_size + count - 1 + len(_LIST_END)
        headers = {**_JSON, "Content-Length": str(size)}
        return self._report(self._call("POST", service.jobs, _list_of_lines(head, path), headers))

    def find(self, *, file: str, label: str) -> JobReport | None:
        """Return the job that was made of *file*, or has *label*; None if there is none among the latest ones."""
        told = self._read("GET", self.service.jobs, query=f"limit={_MAX_LISTED}")
        for entry in as_objects(told) or as_objects(as_object(told).get("data")):
            named = [entry.get(self.service.input_field), *as_list(entry.get(self.service.input_field))]
            if as_object(entry.get("metadata")).get(LABEL) == label or (file and file in named):
                return self._report(entry)
        return None

    def report(self, job: str) -> JobReport:
        """Return how far *job* is."""
        try:
            return self._report(self._call("GET", self._path(job)))
        except ChatError as error:
            if error.server.status != _GONE:
                raise
            what = _("{host} has no job {job}", host=self.exchange.endpoint.host, job=job)
            raise RejectedError(what, hint=Remedy("restart_batch"), server=error.server) from error

    def cancel(self, job: str) -> JobReport:
        """Cancel *job*; it may still take a while, and what it has answered can be fetched."""
        return self._report(self._call("POST", f"{self._path(job)}/cancel", b"{}", _JSON))

    def save_results(self, report: JobReport, path: Path) -> None:
        """Write all results of a job that has ended to *path*, one JSON object a line, in any order."""
        with path.open("wb") as target:
            for result in report.results:
                target.write(json.dumps(result).encode() + b"\n")
            for file in report.files:
                with self._transfer("GET", f"files/{quote(file, safe='')}/content") as pieces:
                    target.writelines(pieces)
                target.write(b"\n")
            if not self.service.upload and not report.results:
                target.writelines(self._paged_results(report.id))

    def delete(self, file: str) -> None:
        """Delete an uploaded or a result file; a file that no longer exists is not an error."""
        try:
            self._call("DELETE", f"files/{quote(file, safe='')}")
        except ChatError as error:
            if error.server.status != _GONE:
                raise

    def _paged_results(self, job: str) -> Iterator[bytes]:
        cursor = ""
        for _page in range(_MAX_PAGES):
            page = self._call("GET", f"{self._path(job)}/results", query=f"cursor={quote(cursor)}" if cursor else "")
            for result in as_objects(page.get("data")) or as_objects(page.get("results")):
                yield json.dumps(result).encode() + b"\n"
            cursor = as_text(page.get("next_cursor"))
            if not cursor:
                return

    def _path(self, job: str) -> str:
        return f"{self.service.jobs}/{quote(job, safe='')}"

    def _call(
        self,
        method: str,
        path: str,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
    ) -> dict[str, Any]:
        """Return the object that the service answers."""
        return as_object(self._read(method, path, content, headers, query=query))

    def _read(
        self,
        method: str,
        path: str,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
    ) -> Any:
        """Return the JSON that the service answers."""
        is_first = path in (self.service.upload, self.service.jobs)
        try:
            with self._transfer(method, path, content, headers, query=query) as pieces:
                body = b"".join(pieces)
        except ChatError as error:
            if is_first and method == "POST" and error.server.status in _NO_SERVICE and not _is_about_model(error):
                raise self._no_service() from error
            raise
        told = self.exchange.read_json(body) if body.strip() else {}
        if found := error_in(told) if isinstance(told, dict) and not told.get("id") else None:
            raise self.exchange.explain_payload(found)
        return told

    def _transfer(
        self,
        method: str,
        path: str,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
    ) -> AbstractContextManager[Iterator[bytes]]:
        url = self.exchange.endpoint.url(path)
        url += f"{'&' if '?' in url else '?'}{query}" if query else ""
        patience = Patience(first_byte_s=_SILENCE_S, stall_s=_SILENCE_S)
        return self.exchange.transfer(
            method, url, patience=patience, content=content, headers=headers, max_bytes=_MAX_FILE_BYTES
        )

    def _report(self, told: Mapping[str, Any]) -> JobReport:
        if job := read_job(told):
            return job
        raise ServerError(
            _("{host} answered without a batch job", host=self.exchange.endpoint.host), hint=Remedy("batch_here")
        )

    def _no_service(self) -> ChatError:
        host = self.exchange.endpoint.host
        return RejectedError(
            _("{host} has no batch service", host=host), kept=_("nothing was submitted"), hint=Remedy("batch_here")
        )


def _is_about_model(error: ChatError) -> bool:
    return isinstance(error, ModelNotFoundError) and bool(error.server.code or error.server.param)


def _form(boundary: str, name: str, service: BatchService) -> tuple[bytes, bytes]:
    """Return what surrounds the content of a file in a form."""
    fields = {"purpose": service.purpose} | ({"file_name": name} if service.names_file else {})
    entries = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    opening = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/jsonl\r\n\r\n"
    )
    return ("".join(entries) + opening).encode(), f"\r\n--{boundary}--\r\n".encode()


def _around(head: bytes, path: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
    yield tail


def _list_of_lines(head: bytes, path: Path) -> Iterator[bytes]:
    """Yield *head* and the lines of *path* as a JSON list, in pieces that are worth sending."""
    piece = bytearray(head)
    with path.open("rb") as file:
        for number, line in enumerate(file):
            piece += b"," + line if number else line
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
    yield bytes(piece + _LIST_END)
