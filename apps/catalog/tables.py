"""What is kept: channels and their videos, and what was imported for them."""

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
from apps.shared.db.tables import ChangingRecord, Sql, index, keeps_updated_at, one_of
from apps.shared.secrets import ENVELOPE_PATTERN

CONSTRAINT_MESSAGES = {
    "channels_youtube_channel_id_key": "There is a channel with this YouTube id already.",
    "channels_credentials_check": "Credentials are stored encrypted alone: set them at "
    "/api/channels/{id}/credentials, or with `piccolo catalog set-credentials`.",
    "channels_status_check": "A channel's status is active, paused or inactive.",
    "videos_identifier_key": "There is a video with this identifier already.",
    "videos_identifier_check": "An identifier has letters, digits, '-', '_', '.' and '~' only, "
    "is not '.' or '..', and is not in the form of a UUID.",
    "videos_youtube_video_id_key": "There is a video with this YouTube id already.",
    "videos_youtube_video_id_check": "A YouTube id has 11 letters, digits, '-' and '_'.",
    "videos_status_check": "A video's status is discovered, queued, processing, completed or "
    "failed.",
    "videos_download_status_check": "A download's status is pending, downloading, complete or "
    "failed.",
    "videos_cloud_url_check": "A complete download needs cloud_url: where its file is.",
    "videos_upload_date_check": "An upload date is a day from 0001-01-02 to 9999-12-30.",
    "videos_duration_seconds_check": "A duration cannot be negative.",
    "videos_file_size_bytes_check": "A file size cannot be negative.",
    "import_records_subject_check": "An import record is of one video or of one channel.",
    "import_records_video_id_key": "There is an import record of this video already.",
    "import_records_channel_id_key": "There is an import record of this channel already.",
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


SORTED_BY = 100
"""So many characters of a text put it in order."""

# Instead of pg_trgm, without which the embedded PostgreSQL comes: a text that contains another has
# all its trigrams. A GIN index has each of them once. After 1000 characters nothing is found.
TRIGRAMS = Sql(
    """\
CREATE FUNCTION trigrams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT substr(lower_said, place, 3)
    FROM lower(left(said, 1000)) AS lower_said,
        generate_series(1, length(lower_said) - 2) AS place)""",
    "DROP FUNCTION trigrams(text)",
)

TRIGRAMS_OF_TITLE = "trigrams(title)"
TRIGRAMS_OF_NAMES = "trigrams(identifier || ' ' || coalesce(youtube_video_id, ''))"

# What has another form is left to the check: a cast would write a piece of it into the log.
# By its name it comes before channels_set_updated_at, so that a forged time is no change.
DATE_CREDENTIALS = Sql(
    """\
CREATE FUNCTION set_credentials_set_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.credentials_set_at = to_timestamp(
        substring(NEW.credentials FROM '^1:[0-9a-f]{8}:([0-9]{1,11}):')::double precision);
    RETURN NEW;
END
$$;
CREATE TRIGGER channels_set_credentials_set_at
BEFORE INSERT OR UPDATE OF credentials, credentials_set_at ON channels
FOR EACH ROW EXECUTE FUNCTION set_credentials_set_at()""",
    "DROP TRIGGER channels_set_credentials_set_at ON channels;"
    " DROP FUNCTION set_credentials_set_at()",
)


class Channel(ChangingRecord, tablename="channels"):
    """Where videos come from, and where they may be published."""

    name = Varchar(length=255, default=None, index=True)
    youtube_channel_id = Varchar(
        length=24,
        null=True,
        default=None,
        unique=True,
        help_text="YouTube's own name for it: UC and 22 characters.",
    )
    handle = Varchar(length=100, null=True, default=None, help_text="With its @.")
    description = Text(null=True, default=None)
    source_url = Text(null=True, default=None, help_text="Its page.")
    status = Varchar(length=20, choices=ChannelStatus, default=ChannelStatus.active, index=True)
    credentials = Text(
        null=True,
        default=None,
        secret=True,
        help_text="Set over REST or with `piccolo catalog set-credentials`, and shown nowhere.",
    )
    credentials_set_at = Timestamptz(
        null=True,
        default=None,
        help_text="When the credentials were set, null without any; PostgreSQL works it out.",
    )
    settings = JSONB(default={}, help_text="How it is treated, as a JSON object.")
    schedule = JSONB(default={}, help_text="When it is looked at for new videos, as a JSON object.")
    filters = JSONB(default={}, help_text="Which of its videos are wanted, as a JSON object.")
    processing_config = JSONB(
        default={}, help_text="How its videos are processed, as a JSON object."
    )
    metadata = JSONB(default={}, help_text="What else is known of it, as a JSON object.")

    channels_status_check = one_of("status", ChannelStatus)
    channels_credentials_check = Check(f"credentials ~ '^{ENVELOPE_PATTERN}$'")

    extras = (
        DATE_CREDENTIALS,
        keeps_updated_at("channels"),
        audited("channels", secrets=["credentials"]),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.name])


class Video(ChangingRecord, tablename="videos"):
    """One row for all five jobs: kept, processed, talked about, cut and published."""

    identifier = Varchar(
        length=255,
        default=None,
        unique=True,
        help_text="The name used in URLs: the YouTube id where there is one.",
    )
    youtube_video_id = Varchar(
        length=11,
        null=True,
        default=None,
        unique=True,
        help_text="YouTube's own name for it: 11 characters.",
    )
    channel_id = ForeignKey(Channel, on_delete=OnDelete.cascade, null=True)
    title = Text(default=None)
    description = Text(null=True, default=None)
    # A hash index, because an address may be longer than a btree takes.
    source_url = Text(
        null=True,
        default=None,
        index=True,
        index_method=IndexMethod.hash,
        help_text="The page that it comes from.",
    )
    cloud_url = Text(null=True, default=None, help_text="Where the file is: a path or a URL.")
    status = Varchar(
        length=20,
        choices=VideoStatus,
        default=VideoStatus.discovered,
        help_text="How far its processing has come.",
    )
    download_status = Varchar(
        length=20,
        choices=DownloadStatus,
        default=DownloadStatus.pending,
        help_text="How far its download has come.",
    )
    is_favorite = Boolean(default=False, help_text="Whether somebody marked it.")
    upload_date = Date(null=True, default=None, help_text="The day on which it was published.")
    duration_seconds = DoublePrecision(null=True, default=None, help_text="In seconds.")
    file_size_bytes = BigInt(null=True, default=None, help_text="In bytes.")
    video_codec = Varchar(length=50, null=True, default=None, help_text="Such as h264.")
    audio_codec = Varchar(length=50, null=True, default=None, help_text="Such as aac.")
    resolution = Varchar(length=20, null=True, default=None, help_text="Such as 1920x1080.")
    frame_rate = DoublePrecision(null=True, default=None, help_text="Pictures a second.")
    tags = Array(
        base_column=Varchar(length=100),
        default=list,
        index=True,
        index_method=IndexMethod.gin,
        help_text="Words that its uploader gave it.",
    )
    metadata = JSONB(default={}, help_text="What else is known of it, as a JSON object.")
    processing_history = JSONB(default=[], help_text="What was done to it, as a JSON list.")
    error_message = Text(null=True, default=None, help_text="What went wrong.")

    # A UUID is refused so that /videos/{id or identifier} can tell one from the other; '.' and '..'
    # are, because every client takes them out of an address.
    videos_identifier_check = Check(
        "identifier ~ '^[A-Za-z0-9._~-]+$' AND identifier !~ '^[.]{1,2}$' AND identifier !~* "
        "'^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'"
    )
    videos_youtube_video_id_check = Check("youtube_video_id ~ '^[A-Za-z0-9_-]{11}$'")
    videos_status_check = one_of("status", VideoStatus)
    videos_download_status_check = one_of("download_status", DownloadStatus)
    videos_cloud_url_check = Check("download_status <> 'complete' OR cloud_url IS NOT NULL")
    # asyncpg takes the first and the last day that Python knows for PostgreSQL's infinity.
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
        # Of a longer text than that, which a btree may not take, this much puts it in order.
        index("videos", "title", f"left(title, {SORTED_BY}), id"),
        index("videos", "is_favorite", "id", where="is_favorite"),
        index("videos", "is_favorite_id", "is_favorite, id"),
        TRIGRAMS,
        index("videos", "title_trigrams", TRIGRAMS_OF_TITLE, using="gin"),
        index("videos", "name_trigrams", TRIGRAMS_OF_NAMES, using="gin"),
        index("videos", "metadata", "metadata jsonb_path_ops", using="gin"),
        keeps_updated_at("videos"),
        audited("videos"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.title])


class ImportRecord(ChangingRecord, tablename="import_records"):
    """What the last import read for a video or a channel, and what it wrote.

    `written` maps each column (`metadata.<key>` inside metadata) to a digest of the value that the
    import gave it: a row that has another value now was edited by a person, and stays as it is.
    """

    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=True, unique=True)
    channel_id = ForeignKey(Channel, on_delete=OnDelete.cascade, null=True, unique=True)
    path = Text(default=None, help_text="The .info.json it came from, or a list and its line.")
    fingerprint = Varchar(
        length=64,
        null=True,
        default=None,
        help_text="Of the names, sizes and times of its files; none while one of them is broken.",
    )
    extracted_at = DoublePrecision(
        default=0.0, help_text="When yt-dlp made the file, in seconds since 1970."
    )
    written = JSONB(default={}, help_text="Column → a digest of the value that the import gave it.")

    import_records_subject_check = Check("num_nonnulls(video_id, channel_id) = 1")

    # A hash index, because a path may be longer than a btree takes.
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
