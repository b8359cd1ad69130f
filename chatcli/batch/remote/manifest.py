"""The manifest of jobs at providers: one folder a job, which any later run of the program can take up.

`job.json` is replaced as a whole before and after every step that costs money. Beside it are, for each part, the
requests as they were uploaded and what the answers are for.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chatcli.batch.remote.jobs import RemoteJob, encode_job, job_from_json
from chatcli.errors import ConfigError, Remedy, UsageError
from chatcli.files.faults import file_error
from chatcli.files.locks import lock_file
from chatcli.files.own import SAFE_FLAGS, ensure_private_dir, read_private, write_private
from chatcli.language import _
from chatcli.records import frozen, replace
from chatcli.text.json_values import parse_json

_JOB = "job.json"
_LOCK = "lock"
_NUMBERS = 1_000_000
_LEFTOVER_S = 86_400.0


@frozen
class Manifest:
    """The jobs in *folder*, which may not exist yet."""

    folder: Path

    def jobs(self) -> list[RemoteJob]:
        """Return all jobs, oldest first; a folder without a readable job is passed over."""
        numbers = sorted(int(path.name) for path in self._folders())
        return [job for number in numbers if (job := self._read(str(number)))]

    def damaged(self) -> list[Path]:
        """Return the files that should hold a job, and do not."""
        files = [path / _JOB for path in self._folders() if (path / _JOB).exists()]
        return sorted(file for file in files if self._read(file.parent.name) is None)

    def job(self, name: str | None) -> RemoteJob:
        """Return the job with the number or the provider's id *name*, or the latest one; raises UsageError."""
        jobs = self.jobs()
        if name and (file := self.path(name) / _JOB) in self.damaged():
            raise ConfigError(_("{file} is damaged", file=file), hint=_("look at the list of batches of the provider"))
        if not jobs:
            raise UsageError(_("no batch has been submitted"), hint=Remedy("submit_batch"))
        if name is None:
            return next((job for job in reversed(jobs) if not job.is_fetched), jobs[-1])
        found = next((job for job in jobs if name == job.name or any(name == part.job for part in job.parts)), None)
        if found is None:
            raise UsageError(_("there is no job `{name}`", name=name), hint=Remedy("list_batches"))
        return found

    def add(self, job: RemoteJob) -> RemoteJob:
        """Return *job* with a number and a folder of its own; it is not a job until it is saved."""
        ensure_private_dir(self.folder)
        self._clear()
        first = max((int(path.name) for path in self._folders()), default=0) + 1
        for number in range(first, first + _NUMBERS):
            try:
                self.path(str(number)).mkdir(mode=0o700)
            except FileExistsError:  # another process took it
                continue
            except OSError as error:
                raise file_error("create", self.path(str(number)), error) from error
            return replace(job, name=str(number))
        raise UsageError(_("{folder} is full", folder=self.folder), hint=_("remove old jobs"))

    def save(self, job: RemoteJob) -> None:
        """Write *job*, as a whole or not at all."""
        write_private(self.path(job.name) / _JOB, encode_job(job))

    def replace(self, known: RemoteJob, fresh: RemoteJob) -> None:
        """Save *fresh* in place of *known*, unless another process is working on the job, or has changed it."""
        with suppress(UsageError), self.lock(known.name):
            if self._read(known.name) == known:
                self.save(fresh)

    def forget(self, job: RemoteJob) -> None:
        """Remove *job* with all its files."""
        for path in self.path(job.name).iterdir():
            path.unlink()
        self.path(job.name).rmdir()

    def unfetched(self, out: str) -> list[RemoteJob]:
        """Return the jobs whose answers are still to come to the output *out*."""
        return [job for job in self.jobs() if out and job.out == out and job.is_begun and not job.is_fetched]

    def detach(self, out: str) -> None:
        """Take the output *out* from the jobs whose answers are still to come: it is started over."""
        for job in self.unfetched(out):
            self.replace(job, replace(job, out=""))

    def path(self, name: str) -> Path:
        """Return the folder of the job *name*."""
        return self.folder / name

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Keep other processes from working on the job *name*; raises UsageError if one does."""
        path = self.path(name) / _LOCK
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | SAFE_FLAGS, 0o600)
        except OSError as error:
            raise file_error("write", path, error) from error
        try:
            if not lock_file(descriptor):
                raise UsageError(_("another process is working on job {name}", name=name), hint=_("wait for it"))
            yield
        finally:
            os.close(descriptor)

    def _clear(self) -> None:
        """Remove the remains of killed preparations; one under way is younger."""
        for path in self._folders():
            if not (path / _JOB).exists() and time.time() - path.stat().st_mtime > _LEFTOVER_S:
                shutil.rmtree(path, ignore_errors=True)

    def _folders(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from (path for path in self.folder.iterdir() if path.name.isascii() and path.name.isdigit())

    def _read(self, name: str) -> RemoteJob | None:
        data = read_private(self.path(name) / _JOB)
        return None if data is None else job_from_json(name, parse_json(data))
