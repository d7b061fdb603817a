"""A video's picture: its thumbnail, else the one downloaded with it."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from apps.media.files import PICTURES, build_media_url, find_thumbnail, get_extension, locate_file
from apps.moments.repositories import ThumbnailRepository


async def find_pictures(video_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Video → URL. Leaves out videos without a picture that may be shown."""
    places = await ThumbnailRepository().list_places(video_ids)
    return await asyncio.to_thread(locate_pictures, places)


def locate_pictures(places: Mapping[UUID, tuple[str | None, str | None]]) -> dict[UUID, str]:
    """`places` are the stored paths of the thumbnail and the video."""
    found = {}
    for video_id, (thumbnail, video) in places.items():
        picture = locate_file(thumbnail) if thumbnail else None
        if picture is None or get_extension(picture) not in PICTURES:
            file = locate_file(video) if video else None
            picture = find_thumbnail(file) if file else None
        if picture is not None:
            found[video_id] = build_media_url(picture)
    return found
