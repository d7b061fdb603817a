"""Forms that begin long work: what came of it soon, else where to look."""

from collections.abc import Mapping
from json import loads
from typing import Any

from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.errors import Conflict
from piccolo_project.work.kinds import Kind
from piccolo_project.work.running import Run, begin, wait

PATIENCE_SECONDS = 2.0


async def begun(kind: Kind, payload: Mapping[str, Any], run: Run) -> str:
    """Raises Busy while one of this kind runs, and Conflict when it failed already."""
    job = await wait(await begin(kind, payload, run), PATIENCE_SECONDS)
    if job.status == JobStatus.running:
        return f"{kind.title} has begun. How far it is, and what comes of it:\n/work/{job.id}"
    if job.status != JobStatus.completed:
        raise Conflict(str(job.error_message))
    return ended(kind, job)


def ended(kind: Kind, job: ProcessingJob) -> str:
    outcome = kind.tell(loads(job.result))
    lines, page = [outcome.sentence, *outcome.lines], f"/work/{job.id}"
    if outcome.download:
        lines.append(f"Download: {outcome.download}")
    if outcome.number_of_faults:
        lines.append(f"Not taken: {outcome.number_of_faults:,}. Which, and why: {page}")
    else:
        lines.append(f"This stays to be read: {page}")
    return "\n".join(lines)
