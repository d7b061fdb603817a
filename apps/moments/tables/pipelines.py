"""The history of pipeline runs over videos."""

from enum import StrEnum

from piccolo.columns import (
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.audit.rules import audited
from apps.catalog.tables import Video
from apps.moments import rules
from apps.moments.tables.generation import GenerationConfig
from apps.shared.db.tables import ChangingRecord, example_id, index, keeps_updated_at, one_of

CONSTRAINT_MESSAGES = {
    "pipeline_history_identifier_key": "A pipeline run with this identifier already exists.",
    "pipeline_history_pipeline_type_check": "A pipeline must be full, moments_only or clips_only.",
    "pipeline_history_status_check": "A pipeline's status must be running, completed, failed "
    "or partial.",
    "pipeline_history_duration_seconds_check": "A duration cannot be negative.",
    "pipeline_history_total_moments_generated_check": "The number of moments cannot be negative.",
    "pipeline_history_total_clips_created_check": "The number of clips cannot be negative.",
}


class PipelineType(StrEnum):
    full = "full"
    moments_only = "moments_only"
    clips_only = "clips_only"


class PipelineStatus(StrEnum):
    running = "running"
    completed = "completed"
    failed = "failed"
    partial = "partial"


class PipelineHistory(ChangingRecord, tablename="pipeline_history"):
    """A pipeline run over a video: moments found, clips cut."""

    nouns = ("pipeline run", "pipeline runs")
    example = {"video_id": example_id("videos"), "pipeline_type": "full", "status": "running"}
    example_change = {"status": "completed"}

    identifier = Varchar(
        length=100,
        default="",
        unique=True,
        help_text="pipeline:<video identifier>:<milliseconds>. Set by PostgreSQL.",
    )
    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=False)
    generation_config_id = ForeignKey(
        GenerationConfig,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The settings used for the model.",
    )
    pipeline_type = Varchar(
        length=50, choices=PipelineType, default=None, help_text="The steps it runs."
    )
    status = Varchar(length=20, choices=PipelineStatus, default=PipelineStatus.running)
    started_at = Timestamptz(default=TimestamptzNow(), help_text="When it started.")
    completed_at = Timestamptz(null=True, default=None, help_text="When it finished.")
    duration_seconds = DoublePrecision(null=True, default=None, help_text="In seconds.")
    total_moments_generated = Integer(default=0, help_text="The number of moments found.")
    total_clips_created = Integer(default=0, help_text="The number of clips cut.")
    error_stage = Varchar(length=50, null=True, default=None, help_text="The step that failed.")
    error_message = Text(null=True, default=None, help_text="The error, if it failed.")

    pipeline_history_pipeline_type_check = one_of("pipeline_type", PipelineType)
    pipeline_history_status_check = one_of("status", PipelineStatus)
    pipeline_history_duration_seconds_check = Check(
        "duration_seconds >= 0 AND duration_seconds < 'Infinity'"
    )
    pipeline_history_total_moments_generated_check = Check("total_moments_generated >= 0")
    pipeline_history_total_clips_created_check = Check("total_clips_created >= 0")

    # The first column also serves the foreign key.
    extras = (
        index("pipeline_history", "video_id_started_at", "video_id, started_at DESC"),
        index("pipeline_history", "generation_config_id", "generation_config_id, id"),
        index("pipeline_history", "running", "id", where="status = 'running'"),
        rules.SET_PIPELINE_IDENTIFIER,
        keeps_updated_at("pipeline_history"),
        audited("pipeline_history"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.identifier])
