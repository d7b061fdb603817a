"""`/work/<job id>`: how far work is that somebody began, and what came of it."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from apps.accounts.services import Caller
from apps.processing.kinds import describe_result, job_kinds
from apps.processing.runner import OURS, fail_dead
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.db.repositories import as_uuid
from apps.shared.errors import NotFound
from piccolo_project.admin.times import bounded


class SoFar(msgspec.Struct):
    so_far: str | None = None


@get("/work/{key:str}", include_in_schema=False)
async def work(request: Request[Caller, Any, Any], key: FromPath[str]) -> Template:
    job = await begun_here(key)
    kind = job_kinds()[job.job_type]
    is_completed = job.status == JobStatus.completed
    since = job.started_at or job.created_at
    context = {
        "job": job,
        "kind": kind,
        "since": since,
        "so_far": so_far(job.result or ""),
        "is_running": job.status == JobStatus.running,
        "outcome": describe_result(kind, job.result or "null") if is_completed else None,
        "seconds": (job.completed_at - since).total_seconds() if job.completed_at else None,
    }
    return Template("work.html", context=context)


def so_far(result: str) -> str | None:
    try:
        return msgspec.json.decode(result, type=SoFar).so_far
    except (msgspec.DecodeError, RecursionError):
        return None


async def begun_here(key: str) -> ProcessingJob:
    """Raises NotFound, also for work of other programs."""
    await fail_dead()
    row_id = as_uuid(key)
    columns = (bounded(column) for column in ProcessingJob._meta.columns)
    row = await ProcessingJob.select(*columns).where(ProcessingJob.id == row_id).first()
    job = ProcessingJob(**row, _exists_in_db=True) if row else None
    if (
        job is None
        or not (job.external_run_id or "").startswith(OURS)
        or job.job_type not in job_kinds()
    ):
        raise NotFound(f"There is no work {key} that was begun here.")
    return job
