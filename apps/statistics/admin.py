"""How the admin shows counts over time."""

from apps.shared.admin_view import AdminView, MenuGroup
from apps.statistics.tables import ChannelStatistics, VideoStatistics

RECORDED = "it records what the platform showed at that time"

ADMIN_VIEWS = (
    AdminView(
        ChannelStatistics,
        MenuGroup.publishing,
        shown="recorded_at channel_id subscriber_count view_count video_count",
        filters="channel_id recorded_at subscriber_count view_count",
        position=1,
        read_only=RECORDED,
    ),
    AdminView(
        VideoStatistics,
        MenuGroup.publishing,
        shown="recorded_at video_id view_count like_count comment_count",
        filters="video_id recorded_at view_count",
        position=1,
        read_only=RECORDED,
    ),
)
