"""The picture of a video: its thumbnail, or the one that was downloaded with it."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from apps.media.files import PICTURES, address, beside, extension, locate
from apps.moments.repositories import ThumbnailRepository


async def pictures(video_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Their addresses; those that have none, or none that may be shown, are left out."""
    places = await ThumbnailRepository().list_places(video_ids)
    return await asyncio.to_thread(find, places)


def find(places: Mapping[UUID, tuple[str | None, str | None]]) -> dict[UUID, str]:
    """From where the thumbnail and the video are stored."""
    found = {}
    for video_id, (thumbnail, video) in places.items():
        picture = locate(thumbnail) if thumbnail else None
        if picture is None or extension(picture) not in PICTURES:
            file = locate(video) if video else None
            picture = beside(file) if file else None
        if picture is not None:
            found[video_id] = address(picture)
    return found
