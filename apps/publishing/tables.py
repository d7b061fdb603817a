"""Where and when a video or clip is published, and how it is transformed first."""

from enum import StrEnum

from piccolo.columns import JSONB, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.audit.rules import audited
from apps.catalog.tables import Channel, Video
from apps.moments.tables import Clip
from apps.shared.db.tables import ChangingRecord, example_id, index, keeps_updated_at, one_of

CONSTRAINT_MESSAGES = {
    "transformation_presets_name_key": "A preset with this name already exists.",
    "music_spotify_track_id_key": "Music with this Spotify track id already exists.",
    "music_file_path_check": "Music needs a spotify_track_id or a file_path.",
    "publications_status_check": "A publication's status must be scheduled, publishing, "
    "published, failed or cancelled.",
}


class PublicationStatus(StrEnum):
    scheduled = "scheduled"
    publishing = "publishing"
    published = "published"
    failed = "failed"
    cancelled = "cancelled"


class TransformationPreset(ChangingRecord, tablename="transformation_presets"):
    """A reusable set of transformations."""

    nouns = ("preset", "presets")
    example = {"name": "Upright", "parameters": {"crop": "9:16"}}
    example_change = {"description": "For telephones."}

    name = Varchar(length=255, default=None, unique=True)
    description = Text(null=True, default=None)
    parameters = JSONB(default={}, help_text="The transformations, as a JSON object.")

    extras = (
        keeps_updated_at("transformation_presets"),
        audited("transformation_presets"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.name])


class Music(ChangingRecord, tablename="music"):
    nouns = ("piece of music", "pieces of music")
    example = {"title": "Slow bells", "file_path": "/music/bells.mp3"}
    example_change = {"title": "Slower bells"}

    title = Varchar(length=255, null=True, default=None)
    spotify_track_id = Varchar(
        length=22,
        null=True,
        default=None,
        unique=True,
        help_text="Spotify's id for the track: 22 letters and digits.",
    )
    file_path = Text(null=True, default=None, help_text="The location of the file.")
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")

    music_file_path_check = Check("num_nonnulls(spotify_track_id, file_path) >= 1")

    extras = (
        keeps_updated_at("music"),
        audited("music"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s (%s)", columns=[cls.title, cls.created_at])


class Publication(ChangingRecord, tablename="publications"):
    example = {
        "video_id": example_id("videos"),
        "channel_id": example_id("channels"),
        "platform": "youtube",
        "scheduled_at": "2026-03-10T06:30:00Z",
    }
    example_change = {"remote_id": "rW4kLn7tXeM"}

    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=False)
    clip_id = ForeignKey(
        Clip,
        on_delete=OnDelete.set_null,
        null=True,
        help_text="Empty to publish the whole video.",
    )
    channel_id = ForeignKey(
        Channel,
        on_delete=OnDelete.cascade,
        null=False,
        help_text="Where it is published.",
    )
    preset_id = ForeignKey(
        TransformationPreset,
        on_delete=OnDelete.set_null,
        null=True,
        help_text="The transformations to apply first.",
    )
    music_id = ForeignKey(
        Music, on_delete=OnDelete.set_null, null=True, help_text="The music to add."
    )
    platform = Varchar(length=50, default=None, help_text="For example youtube or tiktok.")
    status = Varchar(length=20, choices=PublicationStatus, default=PublicationStatus.scheduled)
    scheduled_at = Timestamptz(null=True, default=None, help_text="When to publish it.")
    published_at = Timestamptz(null=True, default=None, help_text="When it was published.")
    remote_id = Text(null=True, default=None, help_text="The platform's id for it.")
    url = Text(null=True, default=None, help_text="Its URL on the platform.")
    error_message = Text(null=True, default=None, help_text="The error, if it failed.")
    metadata = JSONB(default={}, help_text="Other metadata, as a JSON object.")

    publications_status_check = one_of("status", PublicationStatus)

    extras = (
        index("publications", "video_id", "video_id, id"),
        index("publications", "clip_id", "clip_id, id"),
        index("publications", "channel_id", "channel_id, id"),
        index("publications", "preset_id", "preset_id, id"),
        index("publications", "music_id", "music_id, id"),
        index("publications", "status_scheduled_at", "status, scheduled_at"),
        keeps_updated_at("publications"),
        audited("publications"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s, %s", columns=[cls.video_id.title, cls.platform])
