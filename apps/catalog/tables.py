"""Channels, their videos, and what was imported for them."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    Boolean,
    Date,
    DoublePrecision,
    ForeignKey,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.indexes import IndexMethod
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.audit.rules import audited
from apps.catalog.rules import (
    NAME_TRIGRAMS,
    SET_CREDENTIALS_SET_AT,
    SORT_LENGTH,
    TITLE_TRIGRAMS,
    TRIGRAMS,
)
from apps.shared.db.tables import ChangingRecord, index, keeps_updated_at, one_of
from apps.shared.secrets import ENVELOPE_PATTERN

CONSTRAINT_MESSAGES = {
    "channels_youtube_channel_id_key": "A channel with this YouTube id already exists.",
    "channels_credentials_check": "Credentials must be encrypted: set them at "
    "/api/channels/{id}/credentials or with `piccolo catalog set-credentials`.",
    "channels_status_check": "A channel's status must be active, paused or inactive.",
    "videos_identifier_key": "A video with this identifier already exists.",
    "videos_identifier_check": "An identifier may contain only letters, digits, '-', '_', '.' "
    "and '~', and must not be '.', '..' or a UUID.",
    "videos_youtube_video_id_key": "A video with this YouTube id already exists.",
    "videos_youtube_video_id_check": "A YouTube id must have 11 letters, digits, '-' or '_'.",
    "videos_status_check": "A video's status must be discovered, queued, processing, completed "
    "or failed.",
    "videos_download_status_check": "A download's status must be pending, downloading, complete "
    "or failed.",
    "videos_cloud_url_check": "A complete download needs a cloud_url, the location of its file.",
    "videos_upload_date_check": "An upload date must be from 0001-01-02 to 9999-12-30.",
    "videos_duration_seconds_check": "A duration cannot be negative.",
    "videos_file_size_bytes_check": "A file size cannot be negative.",
    "import_records_subject_check": "An import record must belong to one video or one channel.",
    "import_records_video_id_key": "This video already has an import record.",
    "import_records_channel_id_key": "This channel already has an import record.",
}


class ChannelStatus(StrEnum):
    active = "active"
    paused = "paused"
    inactive = "inactive"


class VideoStatus(StrEnum):
    discovered = "discovered"
    queued = "queued"
    processing = "processing"
    completed = "completed"
    failed = "failed"


class DownloadStatus(StrEnum):
    pending = "pending"
    downloading = "downloading"
    complete = "complete"
    failed = "failed"


class Channel(ChangingRecord, tablename="channels"):
    """Where videos come from, and where they can be published."""

    example = {"name": "Harbour Lights", "handle": "@harbourlights"}
    example_change = {"handle": "@harbourlights"}

    name = Varchar(length=255, default=None, index=True)
    youtube_channel_id = Varchar(
        length=24,
        null=True,
        default=None,
        unique=True,
        help_text="YouTube's id for the channel: UC and 22 characters.",
    )
    handle = Varchar(length=100, null=True, default=None, help_text="Including the @.")
    description = Text(null=True, default=None)
    source_url = Text(null=True, default=None, help_text="The channel's page.")
    status = Varchar(length=20, choices=ChannelStatus, default=ChannelStatus.active, index=True)
    credentials = Text(
        null=True,
        default=None,
        secret=True,
        help_text="Set over REST or with `piccolo catalog set-credentials`; never shown.",
    )
    credentials_set_at = Timestamptz(
        null=True,
        default=None,
        help_text="When the credentials were set, if they are. Set by PostgreSQL.",
    )
    settings = JSONB(default={}, help_text="The channel's settings, as a JSON object.")
    schedule = JSONB(default={}, help_text="When to check for new videos, as a JSON object.")
    filters = JSONB(default={}, help_text="Which of its videos to keep, as a JSON object.")
    processing_config = JSONB(default={}, help_text="How to process its videos, as a JSON object.")
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")

    channels_status_check = one_of("status", ChannelStatus)
    channels_credentials_check = Check(f"credentials ~ '^{ENVELOPE_PATTERN}$'")

    extras = (
        SET_CREDENTIALS_SET_AT,
        keeps_updated_at("channels"),
        audited("channels", secrets=["credentials"]),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.name])


class Video(ChangingRecord, tablename="videos"):
    """A video, from its download to its publication."""

    example = {
        "identifier": "hL2mPq9sTdA",
        "youtube_video_id": "hL2mPq9sTdA",
        "title": "Restoring the fog signal, part 1",
        "upload_date": "2026-03-02",
        "duration_seconds": 1104.0,
        "tags": ["repair", "long"],
    }
    example_change = {"is_favorite": True}

    identifier = Varchar(
        length=255,
        default=None,
        unique=True,
        help_text="The name used in URLs: the YouTube id if there is one.",
    )
    youtube_video_id = Varchar(
        length=11,
        null=True,
        default=None,
        unique=True,
        help_text="YouTube's id for the video: 11 characters.",
    )
    channel_id = ForeignKey(Channel, on_delete=OnDelete.cascade, null=True)
    title = Text(default=None)
    description = Text(null=True, default=None)
    # A hash index, because a URL may be too long for a btree.
    source_url = Text(
        null=True,
        default=None,
        index=True,
        index_method=IndexMethod.hash,
        help_text="The page it comes from.",
    )
    cloud_url = Text(
        null=True, default=None, help_text="The location of the file: a path or a URL."
    )
    status = Varchar(
        length=20,
        choices=VideoStatus,
        default=VideoStatus.discovered,
        help_text="The state of its processing.",
    )
    download_status = Varchar(
        length=20,
        choices=DownloadStatus,
        default=DownloadStatus.pending,
        help_text="The state of its download.",
    )
    is_favorite = Boolean(default=False, help_text="Marked as a favorite.")
    upload_date = Date(null=True, default=None, help_text="The day it was published.")
    duration_seconds = DoublePrecision(null=True, default=None, help_text="In seconds.")
    file_size_bytes = BigInt(null=True, default=None, help_text="In bytes.")
    video_codec = Varchar(length=50, null=True, default=None, help_text="For example h264.")
    audio_codec = Varchar(length=50, null=True, default=None, help_text="For example aac.")
    resolution = Varchar(length=20, null=True, default=None, help_text="For example 1920x1080.")
    frame_rate = DoublePrecision(null=True, default=None, help_text="Frames per second.")
    tags = Array(
        base_column=Varchar(length=100),
        default=list,
        index=True,
        index_method=IndexMethod.gin,
        help_text="Tags from its uploader.",
    )
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")
    processing_history = JSONB(default=[], help_text="The processing steps so far, as a JSON list.")
    error_message = Text(null=True, default=None, help_text="The error, if it failed.")

    # UUIDs are refused so that /videos/{id or identifier} can tell them apart; '.' and '..' because
    # every client removes them from a URL.
    videos_identifier_check = Check(
        "identifier ~ '^[A-Za-z0-9._~-]+$' AND identifier !~ '^[.]{1,2}$' AND identifier !~* "
        "'^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'"
    )
    videos_youtube_video_id_check = Check("youtube_video_id ~ '^[A-Za-z0-9_-]{11}$'")
    videos_status_check = one_of("status", VideoStatus)
    videos_download_status_check = one_of("download_status", DownloadStatus)
    videos_cloud_url_check = Check("download_status <> 'complete' OR cloud_url IS NOT NULL")
    # asyncpg turns the first and last day that Python knows into infinity.
    videos_upload_date_check = Check("isfinite(upload_date)")
    videos_duration_seconds_check = Check("duration_seconds >= 0")
    videos_file_size_bytes_check = Check("file_size_bytes >= 0")

    extras = (
        index("videos", "channel_id_upload_date", "channel_id, upload_date DESC NULLS LAST"),
        index("videos", "channel_id", "channel_id, id"),
        index("videos", "created_at", "created_at"),
        index("videos", "upload_date", "upload_date, id"),
        index("videos", "status", "status, id"),
        index("videos", "download_status", "download_status, id"),
        index("videos", "duration_seconds", "duration_seconds, id"),
        index("videos", "title", f"left(title, {SORT_LENGTH}), id"),
        index("videos", "is_favorite", "id", where="is_favorite"),
        index("videos", "is_favorite_id", "is_favorite, id"),
        TRIGRAMS,
        index("videos", "title_trigrams", TITLE_TRIGRAMS, using="gin"),
        index("videos", "name_trigrams", NAME_TRIGRAMS, using="gin"),
        index("videos", "metadata", "metadata jsonb_path_ops", using="gin"),
        keeps_updated_at("videos"),
        audited("videos"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.title])


class ImportRecord(ChangingRecord, tablename="import_records"):
    """What the last import read for a video or channel, and what it wrote.

    `written` maps each column (`metadata.<key>` inside metadata) to a digest of the value the
    import wrote. A column with another value now was edited by a person, and is not overwritten.
    """

    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=True, unique=True)
    channel_id = ForeignKey(Channel, on_delete=OnDelete.cascade, null=True, unique=True)
    path = Text(
        default=None, help_text="The .info.json, or the list and its line, that was imported."
    )
    fingerprint = Varchar(
        length=64,
        null=True,
        default=None,
        help_text="A hash of its files' names, sizes and times; none while a file is broken.",
    )
    extracted_at = DoublePrecision(
        default=0.0, help_text="When yt-dlp wrote the file, in seconds since 1970."
    )
    written = JSONB(default={}, help_text="Column → a digest of the value the import wrote.")

    import_records_subject_check = Check("num_nonnulls(video_id, channel_id) = 1")

    # A hash index, because a path may be too long for a btree.
    extras = (
        index("import_records", "path", "path", using="hash"),
        index("import_records", "updated_at", "updated_at, id"),
        index(
            "import_records",
            "identifier",
            "(written->>'identifier')",
            where="video_id IS NOT NULL",
        ),
        keeps_updated_at("import_records"),
    )
