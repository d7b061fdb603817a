"""The queries for findings: for each kind, the rows that need attention.

A query returns the columns of findings that identify the row, and `description`. What has been
running or waiting since before `(SELECT since FROM stuck)` is stuck.
"""

from dataclasses import dataclass

from apps.overview.tables import SUBJECTS, FindingKind

TIME = """'YYYY-MM-DD HH24:MI "UTC"'"""

FRAME = 0.05
"""Seconds. Cuts fall on frames, of which there are at least 24 a second."""

MISSING_TRANSCRIPT = """
SELECT v.id AS video_id, 'No transcript: ' || v.title AS description
FROM videos v
WHERE v.download_status = 'complete'
  AND NOT EXISTS (SELECT FROM transcripts t WHERE t.video_id = v.id)"""

SAME_ADDRESS = """
SELECT v.id AS video_id, v.original_id,
    'Same URL: ' || v.title || ', ' || v.source_url AS description
FROM (
    SELECT id, title, source_url, first_value(id) OVER (PARTITION BY source_url COLLATE "C"
        ORDER BY id) AS original_id
    FROM videos WHERE source_url IS NOT NULL) v
WHERE v.id <> v.original_id"""

SAME_TITLE = """
SELECT v.id AS video_id, v.original_id,
    'Same title and duration: ' || v.title AS description
FROM (
    SELECT id, title, first_value(id) OVER (PARTITION BY title COLLATE "C", duration_seconds
        ORDER BY id) AS original_id
    FROM videos WHERE duration_seconds > 0) v
WHERE v.id <> v.original_id"""

LONG_CLIP = f"""
SELECT c.id AS clip_id, format('%s s longer than its moment: %s',
    round((c.end_time - c.start_time - m.end_time + m.start_time
        - c.padding_left - c.padding_right)::numeric, 2), m.title) AS description
FROM clips c JOIN moments m ON m.id = c.moment_id
WHERE c.end_time - c.start_time
    > m.end_time - m.start_time + c.padding_left + c.padding_right + {FRAME}"""

STUCK_JOB = f"""
SELECT id AS job_id, CASE status
    WHEN 'running' THEN 'Running since ' || to_char(coalesce(started_at, updated_at), {TIME})
    ELSE 'Due since ' || to_char(greatest(next_attempt_at, created_at), {TIME})
    END || ': ' || job_type AS description
FROM processing_jobs
WHERE (status = 'running' AND coalesce(started_at, updated_at) < (SELECT since FROM stuck))
   OR (status = 'queued' AND greatest(next_attempt_at, created_at) < (SELECT since FROM stuck))"""

STUCK_SESSION = f"""
SELECT s.id AS session_id, 'No running or queued jobs: '
    || coalesce(s.name, 'started ' || to_char(s.started_at, {TIME})) AS description
FROM processing_sessions s
WHERE s.status = 'running' AND s.updated_at < (SELECT since FROM stuck)
  AND NOT EXISTS (
    SELECT FROM processing_jobs j
    WHERE j.session_id = s.id AND j.status IN ('queued', 'running'))"""

STUCK_RUN = f"""
SELECT id AS run_id, 'Running since ' || to_char(started_at, {TIME}) || ': ' || identifier
    AS description
FROM pipeline_history
WHERE status = 'running' AND started_at < (SELECT since FROM stuck)"""

# $3 has the ids of rows whose file is missing.
BROKEN_FILE = """
SELECT id AS video_id, NULL::uuid AS clip_id, NULL::uuid AS thumbnail_id, NULL::uuid AS music_id,
    'File not found: ' || cloud_url AS description
FROM videos WHERE id = ANY($3)
UNION ALL
SELECT NULL, id, NULL, NULL, 'File not found: ' || cloud_url FROM clips WHERE id = ANY($3)
UNION ALL
SELECT NULL, NULL, id, NULL, 'File not found: ' || cloud_url FROM thumbnails WHERE id = ANY($3)
UNION ALL
SELECT NULL, NULL, NULL, id, 'File not found: ' || file_path FROM music WHERE id = ANY($3)"""


@dataclass(frozen=True)
class FindingQuery:
    """`columns` are the columns of findings that the query returns besides `description`."""

    columns: tuple[str, ...]
    query: str

    @property
    def subjects(self) -> list[str]:
        return [column for column in self.columns if column in SUBJECTS]


FINDING_QUERIES: dict[FindingKind, FindingQuery] = {
    FindingKind.missing_transcript: FindingQuery(("video_id",), MISSING_TRANSCRIPT),
    FindingKind.same_address: FindingQuery(("video_id", "original_id"), SAME_ADDRESS),
    FindingKind.same_title: FindingQuery(("video_id", "original_id"), SAME_TITLE),
    FindingKind.broken_file: FindingQuery(
        ("video_id", "clip_id", "thumbnail_id", "music_id"), BROKEN_FILE
    ),
    FindingKind.long_clip: FindingQuery(("clip_id",), LONG_CLIP),
    FindingKind.stuck_job: FindingQuery(("job_id",), STUCK_JOB),
    FindingKind.stuck_session: FindingQuery(("session_id",), STUCK_SESSION),
    FindingKind.stuck_run: FindingQuery(("run_id",), STUCK_RUN),
}
