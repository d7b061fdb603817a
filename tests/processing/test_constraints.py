"""What the database refuses of sessions and jobs, and the sentence a client reads."""

import math
from typing import Any

import asyncpg
import httpx
import pytest

from apps.processing.tables import CONSTRAINT_MESSAGES, JobStatus
from tests.database import insert
from tests.factories import make_processing_job
from tests.refusals import (
    DOORS,
    Refusal,
    Row,
    assert_allowed,
    assert_refused_by_admin,
    in_the_admin,
)

ROWS: dict[str, Row] = {
    "processing_sessions": {"name": "Tonight"},
    "processing_jobs": {"job_type": "download"},
}
SESSIONS, JOBS = ROWS
ATTEMPTS = ("attempts",)

# What is wrong with the row, one thing at a time.
REFUSED = [
    Refusal("processing_sessions_status_check", SESSIONS, {"status": "queued"}, status=400),
    Refusal("processing_sessions_total_items_check", SESSIONS, {"total_items": -1}),
    Refusal("processing_sessions_completed_items_check", SESSIONS, {"completed_items": -1}),
    Refusal("processing_sessions_failed_items_check", SESSIONS, {"failed_items": -1}),
    Refusal("processing_jobs_status_check", JOBS, {"status": "done"}, status=400),
    Refusal("processing_jobs_attempts_check", JOBS, {"attempts": -1}),
    *(
        Refusal("processing_jobs_attempts_check", JOBS, {**changes, "status": "failed"}, ATTEMPTS)
        for changes in ({"attempts": 4}, {"max_attempts": -1}, {"attempts": 2, "max_attempts": 1})
    ),
    *(
        Refusal("processing_jobs_max_attempts_check", JOBS, changes, ("max_attempts",))
        for changes in ({"attempts": 3}, {"max_attempts": 0}, {"attempts": 9, "max_attempts": 9})
    ),
    Refusal("processing_jobs_progress_check", JOBS, {"progress": -0.001}),
    Refusal("processing_jobs_progress_check", JOBS, {"progress": 1.001}),
    Refusal("processing_jobs_idempotency_key_key", JOBS, {"idempotency_key": "taken"}),
]
ALLOWED = [
    (SESSIONS, {"total_items": 0, "completed_items": 0, "failed_items": 0}),
    (SESSIONS, {"total_items": 2**31 - 1}),
    (JOBS, {"attempts": 2}),
    (JOBS, {"attempts": 0, "max_attempts": 1}),
    *((JOBS, {"attempts": 3, "status": status}) for status in JobStatus if status != "queued"),
    (JOBS, {"attempts": 0, "max_attempts": 0, "status": "completed"}),
    (JOBS, {"progress": 0.0}),
    (JOBS, {"progress": 1.0}),
    (JOBS, {"progress": None}),
    (JOBS, {"priority": -1}),
    (JOBS, {"idempotency_key": None}),
    (JOBS, {"idempotency_key": "Taken"}),
]


@pytest.fixture(autouse=True)
async def taken() -> None:
    await make_processing_job(idempotency_key="taken")
    await make_processing_job(idempotency_key=None)


def test_every_message_has_a_case() -> None:
    assert {case.constraint for case in REFUSED} == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(client: httpx.AsyncClient, case: Refusal, door: Any) -> None:
    await door(case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize("case", in_the_admin(REFUSED), ids=str)
async def test_the_admin_refuses_it(admin: httpx.AsyncClient, case: Refusal) -> None:
    await assert_refused_by_admin(
        case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], admin
    )


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_progress_that_is_not_a_number_is_refused(number: float) -> None:
    """By plain SQL, because JSON has no word for it."""
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await insert(JOBS, **ROWS[JOBS], progress=number)
    assert refusal.value.constraint_name == "processing_jobs_progress_check"


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
async def test_it_is_allowed(client: httpx.AsyncClient, table: str, changes: Row) -> None:
    await assert_allowed(client, table, ROWS[table], changes)
