"""How the admin shows channels, videos and what was imported."""

from apps.catalog.tables import Channel, ImportRecord, Video
from apps.media.files import SOUNDS, VIDEOS
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        Video,
        MenuGroup.library,
        shown="title identifier channel_id upload_date duration_seconds download_status status"
        " is_favorite",
        filters="title identifier youtube_video_id channel_id upload_date duration_seconds"
        " download_status status is_favorite tags created_at",
        kept={"processing_history": "it records what was done"},
        media={"cloud_url": {**VIDEOS, **SOUNDS}},
    ),
    AdminView(
        Channel,
        MenuGroup.library,
        shown="name youtube_channel_id handle status credentials_set_at",
        filters="name youtube_channel_id handle status",
        order="name",
        kept={"credentials_set_at": "it records when the credentials were set"},
    ),
    AdminView(
        ImportRecord,
        MenuGroup.library,
        shown="path video_id channel_id updated_at",
        filters="path video_id channel_id",
        read_only="imports maintain these rows",
        hidden="fingerprint written",
    ),
)
