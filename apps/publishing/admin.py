"""How the admin shows publications, presets and music."""

from apps.media.files import SOUNDS
from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        Publication,
        MenuGroup.publishing,
        shown="platform video_id channel_id status scheduled_at published_at url",
        filters="platform status video_id clip_id channel_id preset_id music_id scheduled_at",
    ),
    AdminView(
        TransformationPreset,
        MenuGroup.publishing,
        shown="name description updated_at",
        filters="name",
        order="name",
    ),
    AdminView(
        Music,
        MenuGroup.publishing,
        shown="title spotify_track_id file_path",
        filters="title spotify_track_id file_path",
        media={"file_path": SOUNDS},
    ),
)
