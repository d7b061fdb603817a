"""Moments worth cutting out of a video, their clips and thumbnails."""

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
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.audit.rules import audited
from apps.catalog.tables import Video
from apps.moments import rules
from apps.moments.tables.generation import GenerationConfig
from apps.shared.db.tables import ChangingRecord, example_id, index, keeps_updated_at

CONSTRAINT_MESSAGES = {
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
}


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
