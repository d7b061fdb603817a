"""Runs jobs as tasks of this process, and records them as processing jobs.

While a job runs, the process holds the advisory lock of its kind. So no process starts a second
one, and others can tell a running job from one whose process is gone.
"""

import asyncio
import logging
import os
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from apps.processing.job_kinds import JobKind, job_kinds
from apps.processing.repositories import ProcessingJobRepository
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.db.actors import run_in_background
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, NotFound

PROGRESS_INTERVAL_SECONDS = 1.0
RUN_ID_PREFIX = "reelbase:"
"""The prefix of `external_run_id` for jobs that Reelbase itself runs."""

FAIL_LOST = """
UPDATE processing_jobs SET status = 'failed', completed_at = now(),
    error_message = 'Reelbase stopped unexpectedly. ' || kinds.when_interrupted
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS kinds (job_type, lock, when_interrupted)
WHERE processing_jobs.job_type = kinds.job_type AND status = 'running'
  AND starts_with(external_run_id, $4) AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = 0 AND objid = kinds.lock AND objsubid = 1)"""
"""A lock is taken before its job becomes visible, and released after the job has finished."""

log = logging.getLogger("reelbase.work")

ProgressCallback: TypeAlias = Callable[[str, float | None], None]
"""Called with the progress: a text, and a number from 0 to 1 if known."""

JobFunction: TypeAlias = Callable[[ProgressCallback], Awaitable[msgspec.Struct]]

tasks: dict[UUID, asyncio.Task[None]] = {}
"""Job id → the task that runs it in this process."""


class JobProgress:
    """Saves a job's progress, at most once a second."""

    def __init__(self) -> None:
        self._unsaved: tuple[str, float | None] | None = None

    def report(self, text: str, share: float | None = None) -> None:
        self._unsaved = text, share

    async def keep_saving(self, job_id: UUID) -> None:
        while True:
            await asyncio.sleep(PROGRESS_INTERVAL_SECONDS)
            if self._unsaved:
                (text, share), self._unsaved = self._unsaved, None
                with suppress(Exception):  # The next update may succeed.
                    await jobs.update(job_id, progress=share, result={"so_far": text})


jobs = ProcessingJobRepository()


async def launch_job(kind: JobKind, payload: Mapping[str, Any], run: JobFunction) -> UUID:
    """Starts a job and returns its id. Raises Busy while one of this kind is running."""
    await fail_lost_jobs()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hold_job_lock(kind))
        job = await jobs.create(
            job_type=kind.job_type,
            status=JobStatus.running,
            attempts=1,
            max_attempts=1,
            payload=dict(payload),
            external_run_id=f"{RUN_ID_PREFIX}{socket.gethostname()[:60]}:{os.getpid()}",
            started_at=datetime.now(UTC),
        )
        held = stack.pop_all()
    tasks[job.id] = task = asyncio.create_task(_run_job(held, job.id, kind, run))
    task.add_done_callback(lambda _: tasks.pop(job.id))
    await asyncio.sleep(0)  # Cancelled before it starts, the task would never release the lock.
    return job.id


async def wait_for_job(job_id: UUID, seconds: float) -> ProcessingJob:
    """The job when it has finished, or after `seconds`."""
    if task := tasks.get(job_id):
        await asyncio.wait([task], timeout=seconds)
    return await jobs.get(job_id)


async def stop_jobs() -> None:
    """Cancels the jobs of this process and waits for them."""
    while running := list(tasks.values()):
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def fail_lost_jobs() -> None:
    """Marks running jobs whose process is gone as failed."""
    await run_in_background(_fail_lost_jobs())


async def _fail_lost_jobs() -> None:
    kinds = job_kinds().values()
    async with get_engine().connection() as connection:
        await connection.execute(
            FAIL_LOST,
            [kind.job_type for kind in kinds],
            [kind.lock for kind in kinds],
            [kind.when_interrupted for kind in kinds],
            RUN_ID_PREFIX,
        )


@asynccontextmanager
async def run_jobs() -> AsyncIterator[None]:
    """The lifetime of a process that may run jobs."""
    cleanup = asyncio.create_task(_clean_up())
    try:
        yield
    finally:
        cleanup.cancel()
        await stop_jobs()


async def _clean_up() -> None:
    try:
        await fail_lost_jobs()
    except Exception as error:  # Tried again whenever somebody looks at a job.
        log.warning("Could not check for jobs of earlier processes: %s.", type(error).__name__)


@asynccontextmanager
async def hold_job_lock(kind: JobKind) -> AsyncIterator[None]:
    """On its own connection, so that PostgreSQL releases the lock when the process is gone."""
    connection = await get_engine().get_new_connection()
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", kind.lock):
            raise Busy(await _describe_running_job(kind))
        yield
    finally:
        await connection.close()


async def _describe_running_job(kind: JobKind) -> str:
    types = [each.job_type for each in job_kinds().values() if each.lock == kind.lock]
    is_running = ProcessingJob.status == JobStatus.running
    found = await ProcessingJob.objects().where(is_running, ProcessingJob.job_type.is_in(types))
    link = "".join(f"\n/jobs/{job.id}" for job in found[:1])
    return f"{kind.title}: already running. Try again when it has finished.{link}"


async def _run_job(held: AsyncExitStack, job_id: UUID, kind: JobKind, run: JobFunction) -> None:
    progress = JobProgress()
    async with held:
        writing = run_in_background(progress.keep_saving(job_id))
        try:
            result = msgspec.to_builtins(await run(progress.report))
            end = {"status": JobStatus.completed, "progress": 1.0, "result": result}
        except asyncio.CancelledError:
            end = _describe_interruption(
                JobStatus.cancelled, f"Reelbase was stopped. {kind.when_interrupted}"
            )
        except Exception as error:
            end = _describe_interruption(JobStatus.failed, _explain_error(kind, error))
        finally:
            writing.cancel()
            await asyncio.wait([writing])
        await run_in_background(_record_end(job_id, end))


async def _record_end(job_id: UUID, end: Mapping[str, Any]) -> None:
    try:
        await jobs.update(job_id, completed_at=datetime.now(UTC), **end)
    except NotFound:
        pass  # Deleted in the meantime.
    except Exception as error:  # It will be found without its process, and failed.
        log.warning("Could not record the end of job %s: %s.", job_id, type(error).__name__)


def _describe_interruption(status: JobStatus, sentence: str) -> dict[str, Any]:
    return {"status": status, "result": None, "error_message": sentence}


def _explain_error(kind: JobKind, error: Exception) -> str:
    if known := translate_error(error):
        return known.message
    log.error("%s failed: %s.\n%s", kind.title, type(error).__name__, format_traceback(error))
    return "Something went wrong. The log has the details."


def format_traceback(error: Exception) -> str:
    """The traceback without the message, which may contain a value."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()
