"""Figures about the library, and findings that need attention."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    DoublePrecision,
    ForeignKey,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.readable import Readable
from piccolo.constraints import Check, Unique

from apps.catalog.tables import Video
from apps.moments.tables import Clip, PipelineHistory, Thumbnail
from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.publishing.tables import Music
from apps.shared.db.tables import Record, Sql, index, one_of

CONSTRAINT_MESSAGES = {
    "figures_name_key": "A figure with this name already exists.",
    "findings_kind_check": "This is not a valid kind of finding.",
    "findings_subject_check": "A finding must be about exactly one row.",
    "findings_kind_key": "This finding already exists.",
}


SUBJECTS = (
    *("video_id", "clip_id", "thumbnail_id", "music_id"),
    *("job_id", "session_id", "run_id"),
)
"""The columns of a finding that reference its subject; exactly one is set."""


class FindingKind(StrEnum):
    missing_transcript = "missing_transcript"
    same_address = "same_address"
    same_title = "same_title"
    broken_file = "broken_file"
    long_clip = "long_clip"
    stuck_job = "stuck_job"
    stuck_session = "stuck_session"
    stuck_run = "stuck_run"


def index_failures(table: str, condition: str) -> Sql:
    """An index for the latest failures, which the overview shows. `condition` selects them."""
    return index(table, "failed", "updated_at DESC", where=condition)


VIDEO_FAILED = "status = 'failed' OR download_status = 'failed'"
FAILED = "status = 'failed'"


class Figure(Record, tablename="figures"):
    """One or more numbers about the whole library, measured in the background."""

    is_exported = False  # The library that imports it is measured itself.

    name = Varchar(length=50, default=None, unique=True)
    value = JSONB(default={}, help_text="The measured value, as JSON.")
    measured_at = Timestamptz(default=TimestamptzNow(), help_text="When it was measured.")
    seconds = DoublePrecision(default=0.0, help_text="How long the measurement took.")

    extras = (
        index_failures("videos", VIDEO_FAILED),
        index_failures("processing_jobs", FAILED),
        index_failures("pipeline_history", FAILED),
        index_failures("publications", FAILED),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.name])


class Finding(Record, tablename="findings"):
    """A row that needs attention, and why. The finding disappears once the row is fixed.

    `created_at` is when it was first found.
    """

    is_exported = False

    kind = Varchar(length=30, choices=FindingKind, default=None, help_text="The problem.")
    description = Text(default=None)
    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=True)
    original_id = ForeignKey(
        Video,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="For a duplicate, the earlier video.",
    )
    clip_id = ForeignKey(Clip, on_delete=OnDelete.cascade, null=True)
    thumbnail_id = ForeignKey(
        Thumbnail,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The subject, if it is a thumbnail.",
    )
    music_id = ForeignKey(
        Music,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The subject, if it is music.",
    )
    job_id = ForeignKey(
        ProcessingJob,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The subject, if it is a job.",
    )
    session_id = ForeignKey(
        ProcessingSession,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The subject, if it is a session.",
    )
    run_id = ForeignKey(
        PipelineHistory,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The subject, if it is a pipeline run.",
    )

    findings_kind_check = one_of("kind", FindingKind)
    findings_subject_check = Check(f"num_nonnulls({', '.join(SUBJECTS)}) = 1")
    findings_kind_key = Unique(
        [kind, video_id, clip_id, thumbnail_id, music_id, job_id, session_id, run_id],
        nulls_distinct=False,
    )

    extras = (
        index("findings", "kind", "kind, id"),
        # Deleting a row deletes its findings; each table has few of them.
        *(
            index("findings", name, name, where=f"{name} IS NOT NULL")
            for name in (*SUBJECTS, "original_id")
        ),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.description])
