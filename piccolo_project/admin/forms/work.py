"""Forms that begin long work: what came of it soon, else where to look."""

from collections.abc import Mapping
from json import loads
from typing import Any

from apps.processing.kinds import JobKind
from apps.processing.runner import Run, begin, wait
from apps.processing.tables import JobStatus, ProcessingJob
from apps.shared.errors import Conflict

PATIENCE_SECONDS = 2.0


async def begun(kind: JobKind, payload: Mapping[str, Any], run: Run) -> str:
    """Raises Busy while one of this kind runs, and Conflict when it failed already."""
    job = await wait(await begin(kind, payload, run), PATIENCE_SECONDS)
    if job.status == JobStatus.running:
        return f"{kind.title} has begun. How far it is, and what comes of it:\n/jobs/{job.id}"
    if job.status != JobStatus.completed:
        raise Conflict(str(job.error_message))
    return ended(kind, job)


def ended(kind: JobKind, job: ProcessingJob) -> str:
    outcome = kind.describe(loads(job.result))
    lines, page = [outcome.sentence, *outcome.lines], f"/jobs/{job.id}"
    if outcome.download:
        lines.append(f"Download: {outcome.download}")
    if outcome.number_of_faults:
        lines.append(f"Not taken: {outcome.number_of_faults:,}. Which, and why: {page}")
    else:
        lines.append(f"This stays to be read: {page}")
    return "\n".join(lines)
