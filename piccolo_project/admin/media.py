"""The columns that hold a file's path."""

from apps.catalog.tables import Video
from apps.media.files import PICTURES, SOUNDS, VIDEOS
from apps.media.storage import storages
from apps.moments.tables import Clip, Thumbnail
from apps.publishing.tables import Music

MEDIA = storages(
    (Video.cloud_url, {**VIDEOS, **SOUNDS}),
    (Clip.cloud_url, {**VIDEOS, **SOUNDS}),
    (Thumbnail.cloud_url, PICTURES),
    (Music.file_path, SOUNDS),
)
"""Table → its media storages."""
