"""Background jobs, and the sessions that group them."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    UUID,
    ForeignKey,
    Integer,
    OnDelete,
    Real,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.audit.rules import audited
from apps.shared.db.tables import ChangingRecord, example_id, index, keeps_updated_at, one_of

CONSTRAINT_MESSAGES = {
    "processing_sessions_status_check": "A session's status must be running, completed, failed "
    "or cancelled.",
    "processing_sessions_total_items_check": "The number of items cannot be negative.",
    "processing_sessions_completed_items_check": "The number of items cannot be negative.",
    "processing_sessions_failed_items_check": "The number of items cannot be negative.",
    "processing_jobs_status_check": "A job's status must be queued, running, completed, failed "
    "or cancelled.",
    "processing_jobs_attempts_check": "A job's attempts must be from 0 to max_attempts.",
    "processing_jobs_max_attempts_check": "A queued job needs attempts left: raise max_attempts.",
    "processing_jobs_progress_check": "Progress must be from 0 to 1.",
    "processing_jobs_idempotency_key_key": "A job with this idempotency key already exists.",
}


class SessionStatus(StrEnum):
    running = "running"
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"


class JobStatus(StrEnum):
    queued = "queued"
    running = "running"
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"


class ProcessingSession(ChangingRecord, tablename="processing_sessions"):
    """A group of jobs started together."""

    example = {"name": "Nightly", "total_items": 12}
    example_change = {"completed_items": 3}

    name = Varchar(length=255, null=True, default=None)
    status = Varchar(length=20, choices=SessionStatus, default=SessionStatus.running)
    configuration = JSONB(
        default={}, help_text="The settings it was started with, as a JSON object."
    )
    total_items = Integer(default=0, help_text="The number of items.")
    completed_items = Integer(default=0, help_text="The number of items completed.")
    failed_items = Integer(default=0, help_text="The number of items that failed.")
    error_message = Text(null=True, default=None, help_text="The error, if it failed.")
    started_at = Timestamptz(default=TimestamptzNow(), help_text="When it started.")
    completed_at = Timestamptz(null=True, default=None, help_text="When it finished.")

    processing_sessions_status_check = one_of("status", SessionStatus)
    processing_sessions_total_items_check = Check("total_items >= 0")
    processing_sessions_completed_items_check = Check("completed_items >= 0")
    processing_sessions_failed_items_check = Check("failed_items >= 0")

    extras = (
        keeps_updated_at("processing_sessions"),
        audited("processing_sessions"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s (%s)", columns=[cls.name, cls.started_at])


class ProcessingJob(ChangingRecord, tablename="processing_jobs"):
    """A background job, on the row that `entity_type` and `entity_id` name."""

    example = {
        "session_id": example_id("processing_sessions"),
        "job_type": "transcribe",
        "priority": 5,
    }
    example_change = {"priority": 9}

    session_id = ForeignKey(
        ProcessingSession,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The session it was started in.",
    )
    job_type = Varchar(
        length=50, default=None, index=True, help_text="The type of job, for example download."
    )
    entity_type = Varchar(
        length=50, null=True, default=None, help_text="A table, for example videos."
    )
    entity_id = UUID(null=True, default=None, help_text="The id of a row in that table.")
    status = Varchar(length=20, choices=JobStatus, default=JobStatus.queued, index=True)
    priority = Integer(default=0, help_text="Jobs with a higher priority run first.")
    attempts = Integer(default=0, help_text="How many times it has been attempted.")
    max_attempts = Integer(default=3, help_text="How many times it may be attempted.")
    next_attempt_at = Timestamptz(
        null=True, default=None, help_text="The earliest time of the next attempt; empty for now."
    )
    payload = JSONB(default={}, help_text="The job's arguments, as a JSON object.")
    result = JSONB(null=True, default=None, help_text="The result, as JSON.")
    progress = Real(null=True, default=None, help_text="From 0 to 1.")
    error_message = Text(null=True, default=None, help_text="The error of the last attempt.")
    external_run_id = Varchar(
        length=100, null=True, default=None, help_text="The id of its run in an external system."
    )
    idempotency_key = Varchar(
        length=255,
        null=True,
        default=None,
        unique=True,
        help_text="Unique; prevents a job from being created twice.",
    )
    started_at = Timestamptz(null=True, default=None, help_text="When the last attempt started.")
    completed_at = Timestamptz(null=True, default=None, help_text="When it finished.")

    processing_jobs_status_check = one_of("status", JobStatus)
    processing_jobs_attempts_check = Check("attempts >= 0 AND attempts <= max_attempts")
    # Without attempts left it would never be taken.
    processing_jobs_max_attempts_check = Check("status <> 'queued' OR attempts < max_attempts")
    processing_jobs_progress_check = Check("progress >= 0 AND progress <= 1")

    extras = (
        index("processing_jobs", "session_id", "session_id, id"),
        index("processing_jobs", "entity", "entity_type, entity_id"),
        index("processing_jobs", "queued", "priority DESC, id", where="status = 'queued'"),
        keeps_updated_at("processing_jobs"),
        audited("processing_jobs"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s (%s)", columns=[cls.job_type, cls.status])
