"""The counts a platform showed at some time."""

from piccolo.columns import BigInt, ForeignKey, OnDelete, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.readable import Readable
from piccolo.constraints import Check, Unique

from apps.audit.rules import audited
from apps.catalog.tables import Channel, Video
from apps.shared.db.tables import ChangingRecord, example_id, keeps_updated_at

CONSTRAINT_MESSAGES = {
    "channel_statistics_channel_id_recorded_at_key": "This channel already has statistics for "
    "this time.",
    "channel_statistics_subscriber_count_check": "The number of subscribers cannot be negative.",
    "channel_statistics_view_count_check": "The number of views cannot be negative.",
    "channel_statistics_video_count_check": "The number of videos cannot be negative.",
    "video_statistics_video_id_recorded_at_key": "This video already has statistics for this time.",
    "video_statistics_view_count_check": "The number of views cannot be negative.",
    "video_statistics_like_count_check": "The number of likes cannot be negative.",
    "video_statistics_comment_count_check": "The number of comments cannot be negative.",
}


class ChannelStatistics(ChangingRecord, tablename="channel_statistics"):
    """A count that was not shown is null."""

    nouns = ("record of channel statistics", "records of channel statistics")
    example = {
        "channel_id": example_id("channels"),
        "recorded_at": "2026-03-10T06:30:00Z",
        "subscriber_count": 12400,
    }
    example_change = {"video_count": 212}

    channel_id = ForeignKey(Channel, on_delete=OnDelete.cascade, null=False)
    recorded_at = Timestamptz(
        default=TimestamptzNow(), help_text="When the platform showed these counts."
    )
    subscriber_count = BigInt(null=True, default=None, help_text="Empty if it was not shown.")
    view_count = BigInt(null=True, default=None, help_text="Empty if it was not shown.")
    video_count = BigInt(null=True, default=None, help_text="Empty if it was not shown.")

    # The first column also serves the foreign key.
    channel_statistics_channel_id_recorded_at_key = Unique([channel_id, recorded_at])
    channel_statistics_subscriber_count_check = Check("subscriber_count >= 0")
    channel_statistics_view_count_check = Check("view_count >= 0")
    channel_statistics_video_count_check = Check("video_count >= 0")

    extras = (
        keeps_updated_at("channel_statistics"),
        audited("channel_statistics"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s, %s", columns=[cls.channel_id.name, cls.recorded_at])


class VideoStatistics(ChangingRecord, tablename="video_statistics"):
    """A count that was not shown is null."""

    nouns = ("record of video statistics", "records of video statistics")
    example = {
        "video_id": example_id("videos"),
        "recorded_at": "2026-03-10T06:30:00Z",
        "view_count": 48211,
    }
    example_change = {"like_count": 1904}

    video_id = ForeignKey(Video, on_delete=OnDelete.cascade, null=False)
    recorded_at = Timestamptz(
        default=TimestamptzNow(), help_text="When the platform showed these counts."
    )
    view_count = BigInt(null=True, default=None, help_text="Empty if it was not shown.")
    like_count = BigInt(null=True, default=None, help_text="Empty if it was not shown.")
    comment_count = BigInt(null=True, default=None, help_text="Empty if it was not shown.")

    # The first column also serves the foreign key.
    video_statistics_video_id_recorded_at_key = Unique([video_id, recorded_at])
    video_statistics_view_count_check = Check("view_count >= 0")
    video_statistics_like_count_check = Check("like_count >= 0")
    video_statistics_comment_count_check = Check("comment_count >= 0")

    extras = (
        keeps_updated_at("video_statistics"),
        audited("video_statistics"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s, %s", columns=[cls.video_id.title, cls.recorded_at])
