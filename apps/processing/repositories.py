from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository

# Rows locked by others are skipped. MATERIALIZED because a plain subquery might be evaluated twice,
# and then take more jobs than asked for.
TAKE_QUEUED = """
WITH found AS MATERIALIZED (
    SELECT id FROM processing_jobs
    WHERE status = 'queued' AND (next_attempt_at IS NULL OR next_attempt_at <= now())
    ORDER BY priority DESC, id LIMIT $1 FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE processing_jobs j
    SET status = 'running', attempts = attempts + 1, started_at = now(), next_attempt_at = NULL
    FROM found WHERE j.id = found.id RETURNING j.*
)
SELECT * FROM taken ORDER BY priority DESC, id"""


class ProcessingSessionRepository(Repository[ProcessingSession]):
    table = ProcessingSession


class ProcessingJobRepository(Repository[ProcessingJob]):
    table = ProcessingJob

    async def take_queued(self, limit: int = 1) -> list[ProcessingJob]:
        """Takes at most `limit` due jobs, highest priority first, then oldest.

        Marks them as running, so that nobody else takes them.
        """
        async with get_engine().connection() as connection:
            rows = await connection.fetch(TAKE_QUEUED, limit)
        return [ProcessingJob(**dict(row), _exists_in_db=True) for row in rows]
