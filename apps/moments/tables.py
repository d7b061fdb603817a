"""Moments worth cutting out of a video, how they were found, and the clips cut from them."""

from enum import StrEnum

from piccolo.columns import (
    BigInt,
    Boolean,
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
from apps.shared.db.tables import ChangingRecord, example_id, index, keeps_updated_at, one_of
from apps.transcripts.tables import Transcript

CONSTRAINT_MESSAGES = {
    "prompts_prompt_hash_key": "A prompt with these texts already exists.",
    "generation_configs_config_hash_key": "A generation config with these settings already exists.",
    "generation_configs_operation_type_check": "An operation must be generation or refinement.",
    "generation_configs_temperature_check": "A temperature must be from 0 to 2.",
    "generation_configs_top_p_check": "A top_p must be from 0 to 1.",
    "generation_configs_top_k_check": "A top_k cannot be negative.",
    "generation_configs_min_moment_length_check": "The minimum length of a moment must be from 0 "
    "to the maximum.",
    "generation_configs_max_moment_length_check": "The maximum length of a moment cannot be "
    "negative.",
    "generation_configs_min_moments_check": "The minimum number of moments must be from 0 to the "
    "maximum.",
    "generation_configs_max_moments_check": "The maximum number of moments cannot be negative.",
    "moments_identifier_key": "A moment with this identifier already exists.",
    "moments_identifier_check": "A moment's identifier must have 16 hexadecimal digits.",
    "moments_start_time_check": "A moment cannot start before its video.",
    "moments_end_time_check": "A moment must end after it starts.",
    "moments_score_check": "A score must be from 0 to 10.",
    "moments_id_video_id_key": "A moment with this id already exists.",
    "moments_parent_id_video_id_fkey": "A moment and its parent must belong to the same video.",
    "moments_parent_id_check": "A moment cannot be its own ancestor, or have more than 99 "
    "ancestors.",
    "clips_moment_id_key": "This moment already has a clip.",
    "clips_moment_id_video_id_fkey": "A clip and its moment must belong to the same video.",
    "clips_end_time_check": "A clip must end after it starts.",
    "clips_padding_left_check": "Padding cannot be negative.",
    "clips_padding_right_check": "Padding cannot be negative.",
    "clips_file_size_bytes_check": "A file size cannot be negative.",
    "thumbnails_video_id_check": "A thumbnail must belong to one video or one clip.",
    "thumbnails_video_id_key": "This video already has a thumbnail.",
    "thumbnails_clip_id_key": "This clip already has a thumbnail.",
    "thumbnails_file_size_bytes_check": "A file size cannot be negative.",
    "pipeline_history_identifier_key": "A pipeline run with this identifier already exists.",
    "pipeline_history_pipeline_type_check": "A pipeline must be full, moments_only or clips_only.",
    "pipeline_history_status_check": "A pipeline's status must be running, completed, failed "
    "or partial.",
    "pipeline_history_duration_seconds_check": "A duration cannot be negative.",
    "pipeline_history_total_moments_generated_check": "The number of moments cannot be negative.",
    "pipeline_history_total_clips_created_check": "The number of clips cannot be negative.",
}


class OperationType(StrEnum):
    generation = "generation"
    refinement = "refinement"


class PipelineType(StrEnum):
    full = "full"
    moments_only = "moments_only"
    clips_only = "clips_only"


class PipelineStatus(StrEnum):
    running = "running"
    completed = "completed"
    failed = "failed"
    partial = "partial"


class Prompt(ChangingRecord, tablename="prompts"):
    example = {
        "user_prompt": "Find the moments in which something is taken apart.",
        "system_prompt": "Answer with times in seconds, and nothing else.",
    }
    example_change = {"system_prompt": "Answer with times in seconds, in order."}

    user_prompt = Text(default=None, help_text="The user prompt.")
    system_prompt = Text(default=None, help_text="The system prompt.")
    prompt_hash = Varchar(
        length=64,
        default="",
        unique=True,
        help_text="SHA-256 of user_prompt + system_prompt. Set by PostgreSQL.",
    )

    extras = (rules.HASH_PROMPT, keeps_updated_at("prompts"), audited("prompts"))

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.user_prompt])


class GenerationConfig(ChangingRecord, tablename="generation_configs"):
    """The settings of a request to a model. Lengths are in seconds."""

    example = {
        "prompt_id": example_id("prompts"),
        "model": "model-of-the-day",
        "operation_type": "generation",
        "temperature": 0.3,
        "min_moment_length": 15.0,
        "max_moment_length": 90.0,
    }
    example_change = {"temperature": 0.5}

    prompt_id = ForeignKey(Prompt, on_delete=OnDelete.cascade, null=False)
    transcript_id = ForeignKey(
        Transcript,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The only transcript it was used for; empty if used for several.",
    )
    model = Varchar(length=100, default=None, help_text="The model's name.")
    operation_type = Varchar(
        length=50,
        choices=OperationType,
        default=None,
        help_text="Whether it finds moments or refines them.",
    )
    temperature = DoublePrecision(
        null=True, default=None, help_text="Sampling temperature, from 0 to 2."
    )
    top_p = DoublePrecision(
        null=True, default=None, help_text="Nucleus sampling threshold, from 0 to 1."
    )
    top_k = Integer(
        null=True, default=None, help_text="The number of likeliest tokens to sample from."
    )
    min_moment_length = DoublePrecision(null=True, default=None, help_text="In seconds.")
    max_moment_length = DoublePrecision(null=True, default=None, help_text="In seconds.")
    min_moments = Integer(null=True, default=None, help_text="The minimum number of moments.")
    max_moments = Integer(null=True, default=None, help_text="The maximum number of moments.")
    config_hash = Varchar(
        length=64,
        default="",
        unique=True,
        help_text="SHA-256 of everything but transcript_id. Set by PostgreSQL.",
    )

    generation_configs_operation_type_check = one_of("operation_type", OperationType)
    generation_configs_temperature_check = Check("temperature >= 0 AND temperature <= 2")
    generation_configs_top_p_check = Check("top_p >= 0 AND top_p <= 1")
    generation_configs_top_k_check = Check("top_k >= 0")
    generation_configs_min_moment_length_check = Check(
        "min_moment_length >= 0 AND min_moment_length < 'Infinity'"
        " AND min_moment_length <= max_moment_length"
    )
    generation_configs_max_moment_length_check = Check(
        "max_moment_length >= 0 AND max_moment_length < 'Infinity'"
    )
    generation_configs_min_moments_check = Check("min_moments >= 0 AND min_moments <= max_moments")
    generation_configs_max_moments_check = Check("max_moments >= 0")

    extras = (
        index("generation_configs", "prompt_id", "prompt_id, id"),
        index("generation_configs", "transcript_id", "transcript_id, id"),
        rules.HASH_CONFIG,
        keeps_updated_at("generation_configs"),
        audited("generation_configs"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s, %s", columns=[cls.model, cls.operation_type])


class Moment(ChangingRecord, tablename="moments"):
    """A passage of a video. The parent of a refined moment is the moment it was refined from."""

    example = {
        "video_id": example_id("videos"),
        "start_time": 61.5,
        "end_time": 102.75,
        "title": "The bearing comes off",
        "score": 9,
    }
    example_change = {"score": 7}

    identifier = Varchar(
        length=20,
        default="",
        unique=True,
        help_text="16 hexadecimal digits. Set by PostgreSQL if not given.",
    )
    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=False)
    start_time = DoublePrecision(default=None, help_text="In seconds.")
    end_time = DoublePrecision(default=None, help_text="In seconds.")
    title = Varchar(length=500, default=None)
    is_refined = Boolean(default=False, help_text="Whether it was refined.")
    parent_id: ForeignKey["Moment"] = ForeignKey(
        "self",
        on_delete=OnDelete.set_null,
        null=True,
        help_text="The moment it was refined from.",
    )
    generation_model = Varchar(
        length=100, null=True, default=None, help_text="The model that found it."
    )
    scoring_model = Varchar(
        length=100, null=True, default=None, help_text="The model that scored it."
    )
    generation_config_id = ForeignKey(
        GenerationConfig,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="Empty for a moment created by hand.",
    )
    score = Integer(null=True, default=None, help_text="Its importance, from 0 to 10.")
    scored_at = Timestamptz(null=True, default=None, help_text="When it was scored.")

    moments_identifier_check = Check("identifier ~ '^[0-9a-f]{16}$'")
    moments_start_time_check = Check("start_time >= 0 AND start_time < 'Infinity'")
    moments_end_time_check = Check("end_time > start_time AND end_time < 'Infinity'")
    moments_score_check = Check("score >= 0 AND score <= 10")

    extras = (
        index("moments", "video_id_start_time", "video_id, start_time"),
        # Both foreign keys need the whole index: a delete looks up each moment's children.
        index("moments", "parent_id", "parent_id, video_id"),
        index("moments", "generation_config_id", "generation_config_id, id"),
        rules.SET_MOMENT_IDENTIFIER,
        rules.SAME_VIDEO,
        rules.NO_CYCLES,
        keeps_updated_at("moments"),
        audited("moments"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.title])


class Clip(ChangingRecord, tablename="clips"):
    """A file cut from a video for a moment. Its times include the padding."""

    example = {
        "moment_id": example_id("moments"),
        "video_id": example_id("videos"),
        "cloud_url": "/clips/bearing.mp4",
        "start_time": 59.5,
        "end_time": 104.75,
        "padding_left": 2.0,
        "padding_right": 2.0,
    }
    example_change = {"resolution": "1080x1920"}

    moment_id = ForeignKey(Moment, on_delete=OnDelete.cascade, null=False, unique=True)
    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=False)
    cloud_url = Text(default=None, help_text="The location of the file: a path or a URL.")
    start_time = DoublePrecision(default=None, help_text="In seconds of the video.")
    end_time = DoublePrecision(default=None, help_text="In seconds of the video.")
    padding_left = DoublePrecision(default=0.0, help_text="Seconds before the moment.")
    padding_right = DoublePrecision(default=0.0, help_text="Seconds after the moment.")
    file_size_bytes = BigInt(null=True, default=None, help_text="In bytes.")
    format = Varchar(length=20, null=True, default=None, help_text="Such as mp4.")
    video_codec = Varchar(length=50, null=True, default=None, help_text="For example h264.")
    audio_codec = Varchar(length=50, null=True, default=None, help_text="For example aac.")
    resolution = Varchar(length=20, null=True, default=None, help_text="For example 1920x1080.")

    clips_end_time_check = Check(
        "end_time > start_time AND end_time < 'Infinity' AND start_time > '-Infinity'"
    )
    clips_padding_left_check = Check("padding_left >= 0 AND padding_left < 'Infinity'")
    clips_padding_right_check = Check("padding_right >= 0 AND padding_right < 'Infinity'")
    clips_file_size_bytes_check = Check("file_size_bytes >= 0")

    extras = (
        index("clips", "video_id", "video_id, id"),
        rules.SAME_VIDEO_OF_CLIP,
        keeps_updated_at("clips"),
        audited("clips"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.moment_id.title])


class Thumbnail(ChangingRecord, tablename="thumbnails"):
    """A picture of a video or a clip."""

    example = {"video_id": example_id("videos"), "cloud_url": "/thumbnails/bearing.jpg"}
    example_change = {"file_size_bytes": 48211}

    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=True)
    clip_id = ForeignKey(Clip, on_delete=OnDelete.cascade, null=True)
    cloud_url = Text(default=None, help_text="The location of the file: a path or a URL.")
    file_size_bytes = BigInt(null=True, default=None, help_text="In bytes.")

    thumbnails_video_id_check = Check("num_nonnulls(video_id, clip_id) = 1")
    thumbnails_file_size_bytes_check = Check("file_size_bytes >= 0")

    # These also serve the foreign keys.
    extras = (
        index("thumbnails", "video_id", "video_id", where="video_id IS NOT NULL", unique=True),
        index("thumbnails", "clip_id", "clip_id", where="clip_id IS NOT NULL", unique=True),
        keeps_updated_at("thumbnails"),
        audited("thumbnails"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.cloud_url])


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
