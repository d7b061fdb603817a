"""One piece of work of a kind: its job from beginning to end, and after its process is gone."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from json import loads
from typing import Any
from uuid import UUID

import msgspec
import pytest

import piccolo_conf
from apps.catalog.tasks import IMPORT_FOLDER, IMPORT_LIST
from apps.operations.backups.tasks import BACKUP
from apps.processing import runner
from apps.processing.runner import (
    ProgressCallback,
    fail_lost_jobs,
    launch_job,
    run_jobs,
    stop_jobs,
    wait_for_job,
)
from apps.shared.errors import Busy, Invalid
from tests.database import execute, fetch, value
from tests.factories import make_processing_job

DEAD = (
    "Reelbase stopped unexpectedly. What was imported so far is kept; import the folder again to "
    "continue."
)
STOPPED = "Reelbase was stopped. No backup was made."


class Report(msgspec.Struct):
    number: int


class Held:
    """Work that goes on until it is let go, and then does what is asked."""

    def __init__(self, raises: Exception | None = None) -> None:
        self.raises = raises
        self.go = asyncio.Event()

    async def __call__(self, note: ProgressCallback) -> Report:
        note("1 of 2", 0.5)
        await self.go.wait()
        if self.raises:
            raise self.raises
        return Report(7)


@pytest.fixture(autouse=True)
async def stopped() -> AsyncIterator[None]:
    yield
    await stop_jobs()


async def job(job_id: UUID) -> dict[str, Any]:
    (row,) = await fetch("SELECT * FROM processing_jobs WHERE id = $1", job_id)
    return row


async def until(query: str) -> None:
    async with asyncio.timeout(60):
        while not await value(query):
            await asyncio.sleep(0.01)


async def test_a_job_from_start_to_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PROGRESS_INTERVAL_SECONDS", 0.01)
    work = Held()
    job_id = await launch_job(BACKUP, {"of": "all"}, work)
    begun = await job(job_id)
    assert begun["external_run_id"].endswith(f":{os.getpid()}")
    assert (begun["status"], begun["job_type"]) == ("running", "backup")
    assert (begun["attempts"], begun["max_attempts"]) == (1, 1)
    assert loads(begun["payload"]) == {"of": "all"}
    assert begun["started_at"]
    await until("SELECT progress = 0.5 FROM processing_jobs")
    assert loads((await job(job_id))["result"]) == {"so_far": "1 of 2"}
    assert (await wait_for_job(job_id, 0)).status == "running"

    work.go.set()

    assert (await wait_for_job(job_id, 20)).status == "completed"
    ended = await job(job_id)
    assert (ended["progress"], loads(ended["result"])) == (1.0, {"number": 7})
    assert ended["completed_at"] >= ended["started_at"]
    assert ended["error_message"] is None
    assert not runner.tasks


async def test_one_job_of_a_kind_runs_at_a_time() -> None:
    first, second = Held(), Held()
    job_id = await launch_job(IMPORT_FOLDER, {}, first)
    for kind in (IMPORT_FOLDER, IMPORT_LIST):
        with pytest.raises(Busy) as refusal:
            await launch_job(kind, {}, second)
        assert refusal.value.message == (
            f"{kind.title}: already running. Try again when it has finished.\n/jobs/{job_id}"
        )
    other = await launch_job(BACKUP, {}, second)
    assert await value("SELECT count(*) FROM processing_jobs") == 2
    second.go.set()
    first.go.set()
    await wait_for_job(job_id, 20)
    await wait_for_job(other, 20)
    await launch_job(IMPORT_LIST, {}, first)


async def test_two_at_the_same_moment() -> None:
    work = Held()
    answers = await asyncio.gather(
        *(launch_job(BACKUP, {}, work) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["Busy", "Busy", "Busy", "UUID"]
    assert await value("SELECT count(*) FROM processing_jobs") == 1


async def test_what_is_wrong_is_a_sentence() -> None:
    work = Held(Invalid("It is no folder."))
    work.go.set()
    ended = await wait_for_job(await launch_job(BACKUP, {}, work), 20)
    assert (ended.status, ended.error_message) == ("failed", "It is no folder.")
    assert ended.result is None
    assert ended.completed_at


async def test_unexpected_errors_are_logged_without_values(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Held(ZeroDivisionError("hush"))
    work.go.set()
    ended = await wait_for_job(await launch_job(BACKUP, {}, work), 20)
    assert ended.status == "failed"
    assert ended.error_message == "Something went wrong. The log has the details."
    (line,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert line.getMessage().startswith("Backup failed: ZeroDivisionError.\n")
    assert "raise self.raises" in line.getMessage()
    assert "hush" not in caplog.text


async def test_the_program_stops() -> None:
    async with run_jobs():
        job_id = await launch_job(BACKUP, {}, Held())
    ended = await job(job_id)
    assert (ended["status"], ended["error_message"]) == ("cancelled", STOPPED)
    assert ended["completed_at"]
    work = Held()
    work.go.set()
    assert (await wait_for_job(await launch_job(BACKUP, {}, work), 20)).status == "completed"


async def test_jobs_whose_process_is_gone_are_failed() -> None:
    ours, theirs = "reelbase:elsewhere:1", "somebody-elses-run"
    started = {"status": "running", "attempts": 1, "job_type": "import_folder"}
    dead = await make_processing_job(**started, external_run_id=ours)
    untouched = [
        await make_processing_job(**started, external_run_id=theirs),
        await make_processing_job(**started),
        await make_processing_job(**started | {"job_type": "download"}, external_run_id=ours),
        await make_processing_job(job_type="import_folder", external_run_id=ours),
    ]
    before = [await job(each.id) for each in untouched]
    alive = await launch_job(BACKUP, {}, Held())
    await fail_lost_jobs()
    ended = await job(dead.id)
    assert (ended["status"], ended["error_message"]) == ("failed", DEAD)
    assert ended["completed_at"]
    assert [await job(each.id) for each in untouched] == before
    assert (await job(alive))["status"] == "running"


async def test_lost_jobs_are_failed_at_the_start() -> None:
    dead = await make_processing_job(
        status="running", attempts=1, job_type="import_folder", external_run_id="reelbase:there:1"
    )
    async with run_jobs():
        await until("SELECT bool_and(status = 'failed') FROM processing_jobs")
    assert (await job(dead.id))["error_message"] == DEAD


@asynccontextmanager
async def no_jobs_to_be_found() -> AsyncIterator[None]:
    await execute("ALTER TABLE processing_jobs RENAME TO hidden_jobs")
    try:
        yield
    finally:
        await execute("ALTER TABLE hidden_jobs RENAME TO processing_jobs")


async def test_an_end_that_cannot_be_recorded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runner, "PROGRESS_INTERVAL_SECONDS", 0.01)
    work = Held()
    job_id = await launch_job(IMPORT_FOLDER, {}, work)
    async with no_jobs_to_be_found():
        await asyncio.sleep(0.05)  # Progress that cannot be noted is no reason to stop.
        work.go.set()
        async with asyncio.timeout(60):
            await runner.tasks[job_id]
    assert f"Could not record the end of job {job_id}: UndefinedTableError." in caplog.text
    await fail_lost_jobs()
    assert (await job(job_id))["error_message"] == DEAD


async def test_a_start_without_the_database(caplog: pytest.LogCaptureFixture) -> None:
    async with no_jobs_to_be_found(), run_jobs():
        async with asyncio.timeout(60):
            while not caplog.text:
                await asyncio.sleep(0.01)
    assert "jobs of earlier processes: UndefinedTableError." in caplog.text


async def test_a_job_that_is_deleted_meanwhile(caplog: pytest.LogCaptureFixture) -> None:
    work = Held()
    job_id = await launch_job(BACKUP, {}, work)
    await execute("DELETE FROM processing_jobs")
    work.go.set()
    async with asyncio.timeout(60):
        await runner.tasks[job_id]
    assert caplog.text == ""
    assert not runner.tasks


async def test_no_connection_of_the_pool_is_held() -> None:
    await launch_job(BACKUP, {}, Held())
    pool = piccolo_conf.DB.pool
    assert pool is not None
    assert pool.get_idle_size() == pool.get_size()
