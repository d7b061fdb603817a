from datetime import date
from uuid import UUID

from piccolo.querystring import QueryString

from apps.catalog.tables import Channel, Video
from apps.shared.db.repositories import Repository, parse_uuid
from apps.shared.errors import Conflict


class ChannelRepository(Repository[Channel]):
    table = Channel

    async def get_by_channel_id(self, youtube_channel_id: str) -> Channel:
        """By YouTube's id. Raises NotFound."""
        found = (
            await Channel.objects().where(Channel.youtube_channel_id == youtube_channel_id).first()
        )
        if found is None:
            raise self.not_found(youtube_channel_id)
        return found

    async def find(self, text: str) -> Channel:
        """By its id, YouTube id, handle or full name. Raises NotFound and Conflict."""
        if row_id := parse_uuid(text):
            return await self.get(row_id)
        is_called = (
            (Channel.youtube_channel_id == text) | (Channel.handle == text) | (Channel.name == text)
        )
        found = await Channel.objects().where(is_called).limit(2)
        if not found:
            raise self.not_found(text)
        if len(found) > 1:
            raise Conflict(f"More than one channel is called {text}. Use the channel's id.")
        return found[0]

    async def list_by_status(self, status: str) -> list[Channel]:
        return await Channel.objects().where(Channel.status == status).order_by(Channel.name)


class VideoRepository(Repository[Video]):
    table = Video

    async def get_by_identifier(self, identifier: str) -> Video:
        """Raises NotFound."""
        found = await Video.objects().where(Video.identifier == identifier).first()
        if found is None:
            raise self.not_found(identifier)
        return found

    async def list_by_channel(
        self, channel_id: UUID, *, since: date | None = None, limit: int = 50, offset: int = 0
    ) -> list[Video]:
        """Newest upload first; videos without a date last."""
        query = Video.objects().where(Video.channel_id == channel_id)
        if since is not None:
            query = query.where(Video.upload_date >= since)
        return (
            # Piccolo cannot express NULLS LAST.
            await query.order_by(QueryString("upload_date DESC NULLS LAST, id"))
            .limit(limit)
            .offset(offset)
        )

    async def list_by_source_url(self, source_url: str) -> list[Video]:
        """All videos with this source: more than one means duplicates."""
        return await Video.objects().where(Video.source_url == source_url).order_by(Video.id)
