"""`/work/<job id>`: how far work is that somebody began, and what came of it."""

from json import loads
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from apps.accounts.services import Caller
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.errors import NotFound
from apps.shared.repositories import as_uuid
from piccolo_project.work.kinds import KINDS
from piccolo_project.work.running import OURS, fail_dead, jobs


@get("/work/{key:str}", include_in_schema=False)
async def work(request: Request[Caller, Any, Any], key: FromPath[str]) -> Template:
    job = await begun_here(key)
    kind = KINDS[job.job_type]
    result = loads(job.result or "{}")
    is_completed = job.status == JobStatus.completed
    context = {
        "job": job,
        "kind": kind,
        "so_far": result.get("so_far"),
        "is_running": job.status == JobStatus.running,
        "outcome": kind.tell(result) if is_completed else None,
        "seconds": (job.completed_at - job.started_at).total_seconds()
        if job.completed_at
        else None,
    }
    return Template("work.html", context=context)


async def begun_here(key: str) -> ProcessingJob:
    """Raises NotFound, also for work of other programs."""
    await fail_dead()
    row_id = as_uuid(key)
    job = await jobs.get(row_id) if row_id else None
    if job is None or not (job.external_run_id or "").startswith(OURS) or job.job_type not in KINDS:
        raise NotFound(f"There is no work {key} that was begun here.")
    return job
