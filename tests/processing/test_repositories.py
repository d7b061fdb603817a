"""Which jobs are taken, in which order, and what becomes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from apps.processing.repositories import ProcessingJobRepository
from apps.processing.tables import CONSTRAINT_MESSAGES, JobStatus, ProcessingJob
from apps.shared.db.errors import translate_error
from apps.shared.errors import Invalid
from tests.factories import make_processing_job, make_processing_session

jobs = ProcessingJobRepository()


def seconds(number: float) -> datetime:
    """From now."""
    return datetime.now(UTC) + timedelta(seconds=number)


async def take(limit: int = 1) -> list[str]:
    return [job.job_type for job in await jobs.take_queued(limit)]


async def test_the_highest_priority_first_then_the_oldest() -> None:
    for job_type, priority in [("a", 0), ("b", 5), ("c", -1), ("d", 5), ("e", 0), ("f", 9)]:
        await make_processing_job(job_type=job_type, priority=priority)
    assert await take() == ["f"]
    assert await take(2) == ["b", "d"]
    assert await take(10) == ["a", "e", "c"]
    assert await take(10) == []


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4])
async def test_no_more_than_the_limit(limit: int) -> None:
    for job_type in "abc":
        await make_processing_job(job_type=job_type)
    assert await take(limit) == list("abc")[:limit]
    assert await ProcessingJob.count().where(ProcessingJob.status == "running") == min(limit, 3)


async def test_an_empty_queue_gives_none() -> None:
    assert await jobs.take_queued() == []


async def test_a_negative_limit_is_refused() -> None:
    await make_processing_job()  # Where there is none PostgreSQL may not even look at the limit.
    with pytest.raises(asyncpg.DataError) as raised:
        await jobs.take_queued(-1)
    assert isinstance(translate_error(raised.value), Invalid)


@pytest.mark.parametrize(
    ("values", "is_taken"),
    [
        ({}, True),
        ({"next_attempt_at": seconds(-1)}, True),
        ({"next_attempt_at": seconds(3600)}, False),
        ({"attempts": 2, "max_attempts": 3}, True),
        *(({"status": status}, status is JobStatus.queued) for status in JobStatus),
    ],
)
async def test_what_is_due_is_taken(values: dict[str, Any], is_taken: bool) -> None:
    await make_processing_job(job_type="other", status="completed")
    made = await make_processing_job(priority=9, **values)
    await make_processing_job(job_type="after")
    before = await jobs.get(made.id)
    assert await take(9) == (["download", "after"] if is_taken else ["after"])
    after = await jobs.get(made.id)
    if is_taken:
        assert (after.status, after.attempts) == ("running", before.attempts + 1)
    else:
        assert after.to_dict() == before.to_dict()


async def test_a_taken_job_is_running() -> None:
    session = await make_processing_session()
    made = await make_processing_job(
        session_id=session.id,
        attempts=1,
        priority=4,
        next_attempt_at=seconds(-60),
        payload={"url": ["a", 1]},
        error_message="The first attempt failed.",
    )
    kept = await jobs.get(made.id)
    (taken,) = await jobs.take_queued()
    assert isinstance(taken, ProcessingJob)
    assert (taken.status, taken.attempts) == ("running", 2)
    assert taken.next_attempt_at is None
    assert taken.started_at is not None
    assert kept.updated_at < taken.updated_at == taken.started_at
    changed = {"status", "attempts", "next_attempt_at", "started_at", "updated_at"}
    assert taken.to_dict() == (await jobs.get(made.id)).to_dict()
    same = kept.to_dict().keys() - changed
    assert {name: taken[name] for name in same} == {name: kept[name] for name in same}


async def test_a_job_is_taken_until_its_attempts_are_used_up() -> None:
    made = await make_processing_job(max_attempts=2)
    for attempt in (1, 2):
        (taken,) = await jobs.take_queued()
        assert (taken.id, taken.attempts) == (made.id, attempt)
        assert await jobs.take_queued() == []
        if attempt == 1:
            await jobs.update(made.id, status="queued", next_attempt_at=seconds(-1))
    with pytest.raises(asyncpg.CheckViolationError) as raised:
        await jobs.update(made.id, status="queued")
    refused = translate_error(raised.value)
    assert isinstance(refused, Invalid)
    assert refused.message == CONSTRAINT_MESSAGES["processing_jobs_max_attempts_check"]
    assert await jobs.take_queued() == []
    await jobs.update(made.id, status="queued", max_attempts=3)
    assert [(job.id, job.attempts) for job in await jobs.take_queued()] == [(made.id, 3)]


async def test_taking_many_is_one_statement(queries: list[str]) -> None:
    await ProcessingJob.insert(*[ProcessingJob(job_type="cut") for _ in range(50)])
    queries.clear()
    assert len(await jobs.take_queued(40)) == 40
    assert len(queries) == 1
