"""Starting a job from a form: shows the result if it is quick, else a link to its page."""

from collections.abc import Mapping
from json import loads
from typing import Any

from apps.processing.job_kinds import JobKind
from apps.processing.runner import JobFunction, launch_job, wait_for_job
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.errors import Conflict

PATIENCE_SECONDS = 2.0


async def start_job(kind: JobKind, payload: Mapping[str, Any], run: JobFunction) -> str:
    """Raises Busy if one of this kind is running, and Conflict if the job failed."""
    job = await wait_for_job(await launch_job(kind, payload, run), PATIENCE_SECONDS)
    if job.status == JobStatus.running:
        return f"{kind.title}: started. Progress and result:\n/jobs/{job.id}"
    if job.status != JobStatus.completed:
        raise Conflict(str(job.error_message))
    return format_outcome(kind, job)


def format_outcome(kind: JobKind, job: ProcessingJob) -> str:
    outcome = kind.describe(loads(job.result))
    lines, page = [outcome.sentence, *outcome.lines], f"/jobs/{job.id}"
    if outcome.download:
        lines.append(f"Download: {outcome.download}")
    if outcome.number_of_faults:
        lines.append(f"{outcome.number_of_faults:,} could not be imported. Details: {page}")
    else:
        lines.append(f"Details: {page}")
    return "\n".join(lines)
