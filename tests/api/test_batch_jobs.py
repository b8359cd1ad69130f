"""Every service has its own words for a job; ours are one set."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from chatcli.api.batch_jobs import ENDED, JobReport, JobStatus, read_job

COUNTS = {"total": 4, "completed": 2, "failed": 1}
ERROR_LIST = {"object": "list", "data": [{"message": "no url", "line": 2}, {"message": "no url", "line": 2}]}
REPORTS: dict[str, tuple[Any, JobReport]] = {
    "reference": (
        {"id": "b", "status": "in_progress", "request_counts": COUNTS, "output_file_id": None, "errors": None},
        JobReport("b", "in progress", 4, 2, 1),
    ),
    "fields left out": ({"id": "b", "status": "completed"}, JobReport("b", "completed")),
    "ended": (
        {"id": "b", "status": "expired", "output_file_id": "o", "error_file_id": "e", "errors": ERROR_LIST},
        JobReport("b", "expired", files=("o", "e"), faults=("line 2: no url",)),
    ),
    "within an object, in capitals": (
        {"job": {"id": "b", "status": "VALIDATING", "error": "no"}, "warning": None},
        JobReport("b", "validating", faults=("no",)),
    ),
    "counts and files under other names": (
        {
            "id": "b",
            "status": "TIMEOUT_EXCEEDED",
            "total_requests": 4,
            "succeeded_requests": 2,
            "failed_requests": 1,
            "output_file": "o",
            "errors": [{"message": "slow", "count": 3}],
        },
        JobReport("b", "expired", 4, 2, 1, ("o",), ("slow",)),
    ),
    "results inline": (
        {"id": "b", "status": "completed", "results": [{"custom_id": "1"}], "error": None},
        JobReport("b", "completed", results=({"custom_id": "1"},)),
    ),
    "a word of the future": ({"id": "b", "status": "pondering"}, JobReport("b", "in progress")),
    "wrong types": ({"id": "b", "status": 3, "request_counts": [], "errors": 7}, JobReport("b", "in progress")),
}


@pytest.mark.parametrize(("told", "report"), REPORTS.values(), ids=REPORTS)
def test_a_job_is_read_in_the_words_of_each_service(told: Any, report: JobReport) -> None:
    assert read_job(told) == report


@pytest.mark.parametrize("told", [None, [], "batch", {}, {"id": 3}, {"error": {"message": "no"}}])
def test_what_is_not_a_job_is_none(told: Any) -> None:
    assert read_job(told) is None


@pytest.mark.parametrize("status", get_args(JobStatus))
def test_a_status_of_ours_is_read_as_itself(status: JobStatus) -> None:
    report = read_job({"id": "b", "status": status})

    assert report is not None
    assert report.status == status
    assert report.has_ended == (status in ENDED)
