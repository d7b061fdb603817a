"""A piece of work is a task of this process, and a processing job tells of it.

For as long as it works, the process holds an advisory lock of the work's kind: no second one is
begun, by whichever process, and others can tell a job that goes on from one whose process is gone.
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

from apps.processing.kinds import JobKind, job_kinds
from apps.processing.repositories import ProcessingJobRepository
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.db.actors import run_in_background
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, NotFound

NOTED_SECONDS = 1.0
OURS = "reelbase:"
"""With it begins the `external_run_id` of a job that runs here, and of no other."""

DEAD = """
UPDATE processing_jobs SET status = 'failed', completed_at = now(),
    error_message = 'The program ended meanwhile. ' || kinds.cut_short
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS kinds (job_type, lock, cut_short)
WHERE processing_jobs.job_type = kinds.job_type AND status = 'running'
  AND starts_with(external_run_id, $4) AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = 0 AND objid = kinds.lock AND objsubid = 1)"""
"""A lock is taken before its job is there to be seen, and given back after the job has ended."""

log = logging.getLogger("reelbase.work")

Note: TypeAlias = Callable[[str, float | None], None]
"""Is told how far work is: in words, and from 0 to 1 where that is known."""

Run: TypeAlias = Callable[[Note], Awaitable[msgspec.Struct]]

tasks: dict[UUID, asyncio.Task[None]] = {}
"""Job → what works on it here."""


class Progress:
    """Written down once a second, if there is something new."""

    def __init__(self) -> None:
        self.said: tuple[str, float | None] | None = None

    def note(self, text: str, share: float | None = None) -> None:
        self.said = text, share

    async def keep_writing(self, job_id: UUID) -> None:
        while True:
            await asyncio.sleep(NOTED_SECONDS)
            if self.said:
                (text, share), self.said = self.said, None
                with suppress(Exception):  # The next one may be; the work goes on.
                    await jobs.update(job_id, progress=share, result={"so_far": text})


jobs = ProcessingJobRepository()


async def begin(kind: JobKind, payload: Mapping[str, Any], run: Run) -> UUID:
    """Answers the job that tells of it. Raises Busy while one of this kind runs."""
    await fail_dead()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_alone(kind))
        job = await jobs.create(
            job_type=kind.job_type,
            status=JobStatus.running,
            attempts=1,
            max_attempts=1,
            payload=dict(payload),
            external_run_id=f"{OURS}{socket.gethostname()[:60]}:{os.getpid()}",
            started_at=datetime.now(UTC),
        )
        held = stack.pop_all()
    tasks[job.id] = task = asyncio.create_task(_work(held, job.id, kind, run))
    task.add_done_callback(lambda _: tasks.pop(job.id))
    await asyncio.sleep(0)  # One that is cancelled before it runs would give nothing back.
    return job.id


async def wait(job_id: UUID, seconds: float) -> ProcessingJob:
    """The job when its work has ended, or as it is by then."""
    if task := tasks.get(job_id):
        await asyncio.wait([task], timeout=seconds)
    return await jobs.get(job_id)


async def stop() -> None:
    """Whatever works here ends in good order."""
    while working := list(tasks.values()):
        for task in working:
            task.cancel()
        await asyncio.wait(working)


async def fail_dead() -> None:
    """Jobs whose process was killed are not running any more."""
    await run_in_background(_fail_dead())


async def _fail_dead() -> None:
    kinds = job_kinds().values()
    async with get_engine().connection() as connection:
        await connection.execute(
            DEAD,
            [kind.job_type for kind in kinds],
            [kind.lock for kind in kinds],
            [kind.cut_short for kind in kinds],
            OURS,
        )


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """Around the life of a process that may be asked to work."""
    tidying = asyncio.create_task(_tidy())
    try:
        yield
    finally:
        tidying.cancel()
        await stop()


async def _tidy() -> None:
    try:
        await fail_dead()
    except Exception as error:  # It is done again whenever somebody looks.
        log.warning("Jobs of an earlier process were not looked for: %s.", type(error).__name__)


@asynccontextmanager
async def _alone(kind: JobKind) -> AsyncIterator[None]:
    """On a connection of its own: PostgreSQL gives the lock back when the process is gone."""
    connection = await get_engine().get_new_connection()
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", kind.lock):
            raise Busy(await _what_runs(kind))
        yield
    finally:
        await connection.close()


async def _what_runs(kind: JobKind) -> str:
    types = [each.job_type for each in job_kinds().values() if each.lock == kind.lock]
    is_running = ProcessingJob.status == JobStatus.running
    found = await ProcessingJob.objects().where(is_running, ProcessingJob.job_type.is_in(types))
    where = "".join(f"\n/jobs/{job.id}" for job in found[:1])
    return f"{kind.title}: already running. Try again when it has finished.{where}"


async def _work(held: AsyncExitStack, job_id: UUID, kind: JobKind, run: Run) -> None:
    progress = Progress()
    async with held:
        writing = run_in_background(progress.keep_writing(job_id))
        try:
            result = msgspec.to_builtins(await run(progress.note))
            end = {"status": JobStatus.completed, "progress": 1.0, "result": result}
        except asyncio.CancelledError:
            end = _cut_short(JobStatus.cancelled, f"The program was stopped. {kind.cut_short}")
        except Exception as error:
            end = _cut_short(JobStatus.failed, _reason(kind, error))
        finally:
            writing.cancel()
            await asyncio.wait([writing])
        await run_in_background(_end(job_id, end))


async def _end(job_id: UUID, end: Mapping[str, Any]) -> None:
    try:
        await jobs.update(job_id, completed_at=datetime.now(UTC), **end)
    except NotFound:
        pass  # Somebody has deleted it meanwhile.
    except Exception as error:  # Then it is dead to whoever looks.
        log.warning("The end of job %s was not noted: %s.", job_id, type(error).__name__)


def _cut_short(status: JobStatus, sentence: str) -> dict[str, Any]:
    return {"status": status, "result": None, "error_message": sentence}


def _reason(kind: JobKind, error: Exception) -> str:
    if known := translate_error(error):
        return known.message
    log.error("%s failed: %s.\n%s", kind.title, type(error).__name__, where(error))
    return "Something went wrong. The log has the details."


def where(error: Exception) -> str:
    """The lines of code that it went through, without its message: that may hold a value."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()
