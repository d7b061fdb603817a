"""Several takers at once: every job goes to exactly one of them."""

import asyncio
from contextvars import Context
from typing import Any

import piccolo_conf
from apps.processing.repositories import ProcessingJobRepository
from apps.processing.tables import ProcessingJob
from tests.database import fetch
from tests.factories import make_processing_job

jobs = ProcessingJobRepository()


async def beside(limit: int) -> list[ProcessingJob]:
    """What another taker gets, which is not in our transaction; it must not wait for ours."""
    taking = asyncio.create_task(jobs.take_queued(limit), context=Context())
    return await asyncio.wait_for(taking, 60)


def ids(found: list[ProcessingJob]) -> list[Any]:
    return [job.id for job in found]


async def test_eight_takers_get_every_job_exactly_once() -> None:
    await ProcessingJob.insert(
        *[ProcessingJob(job_type="cut", priority=number % 5) for number in range(200)]
    )
    queued = {row["id"] for row in await fetch("SELECT id FROM processing_jobs")}

    async def taker(limit: int) -> list[Any]:
        taken = []
        while found := await jobs.take_queued(limit):
            assert len(found) <= limit
            taken += ids(found)
        return taken

    taken = await asyncio.gather(*map(taker, (1, 2, 3, 5, 7, 11, 13, 20)))
    together = [key for part in taken for key in part]
    assert len(together) == 200
    assert set(together) == queued
    rows = await fetch("SELECT DISTINCT status, attempts FROM processing_jobs")
    assert rows == [{"status": "running", "attempts": 1}]


async def test_takers_do_not_wait_for_each_other() -> None:
    made = [(await make_processing_job(priority=priority)).id for priority in (3, 2, 1)]
    async with piccolo_conf.DB.transaction():
        assert ids(await jobs.take_queued(2)) == made[:2]
        assert ids(await beside(5)) == made[2:]
        assert await beside(5) == []
    assert await jobs.take_queued(5) == []


async def test_a_job_locked_by_somebody_else_is_skipped() -> None:
    held, free = await make_processing_job(), await make_processing_job()
    async with piccolo_conf.DB.transaction():
        await fetch("SELECT FROM processing_jobs WHERE id = $1 FOR UPDATE", held.id)
        assert ids(await beside(1)) == [free.id]
    assert ids(await jobs.take_queued(5)) == [held.id]


async def test_a_failing_taker_returns_its_jobs() -> None:
    made = [(await make_processing_job()).id for _ in range(3)]
    before = await fetch("SELECT * FROM processing_jobs ORDER BY id")
    async with piccolo_conf.DB.transaction() as transaction:
        assert ids(await jobs.take_queued(2)) == made[:2]
        assert ids(await beside(1)) == made[2:]
        await transaction.rollback()
    assert (await fetch("SELECT * FROM processing_jobs ORDER BY id"))[:2] == before[:2]
    again = await jobs.take_queued(3)
    assert [(job.id, job.attempts) for job in again] == [(made[0], 1), (made[1], 1)]
