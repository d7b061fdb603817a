"""`/jobs/<id>`: the progress and the result of a job started in the admin."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from apps.accounts.callers import Caller
from apps.processing.job_kinds import describe_result, job_kinds
from apps.processing.runner import RUN_ID_PREFIX, fail_lost_jobs
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.db.repositories import parse_uuid
from apps.shared.db.times import select_bounded
from apps.shared.errors import NotFound


class ProgressNote(msgspec.Struct):
    so_far: str | None = None


@get("/jobs/{key:str}", include_in_schema=False)
async def show_job(request: Request[Caller, Any, Any], key: FromPath[str]) -> Template:
    return Template("job.html", context=describe_job(await get_own_job(key)))


def describe_job(job: ProcessingJob) -> dict[str, Any]:
    kind = job_kinds()[job.job_type]
    is_completed = job.status == JobStatus.completed
    since = job.started_at or job.created_at
    return {
        "job": job,
        "kind": kind,
        "since": since,
        "progress_note": parse_progress_note(job.result or ""),
        "is_running": job.status == JobStatus.running,
        "outcome": describe_result(kind, job.result or "null") if is_completed else None,
        "seconds": (job.completed_at - since).total_seconds() if job.completed_at else None,
    }


def parse_progress_note(result: str) -> str | None:
    try:
        return msgspec.json.decode(result, type=ProgressNote).so_far
    except (msgspec.DecodeError, RecursionError):
        return None


async def get_own_job(key: str) -> ProcessingJob:
    """Raises NotFound, also for other programs' jobs."""
    await fail_lost_jobs()
    row_id = parse_uuid(key)
    columns = (select_bounded(column) for column in ProcessingJob._meta.columns)
    row = await ProcessingJob.select(*columns).where(ProcessingJob.id == row_id).first()
    job = ProcessingJob(**row, _exists_in_db=True) if row else None
    if (
        job is None
        or not (job.external_run_id or "").startswith(RUN_ID_PREFIX)
        or job.job_type not in job_kinds()
    ):
        raise NotFound(f"Reelbase has not started a job {key}.")
    return job
