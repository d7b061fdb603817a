from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository, encode_row
from apps.shared.db.tables import names
from apps.transcripts.tables import Chunk, Transcript

SEEN = """
    SELECT chunk_index, chunk_text, start_time, end_time, word_starts FROM chunks c
    WHERE transcript_id = $1 AND (user_id IS NULL OR user_id = $2) AND EXISTS (
        SELECT FROM transcripts t
        WHERE t.id = c.transcript_id AND (t.user_id IS NULL OR t.user_id = $2))"""
AROUND = f"""
WITH seen AS NOT MATERIALIZED ({SEEN}), here AS (
    SELECT coalesce(max(chunk_index) FILTER (WHERE start_time <= $3), min(chunk_index)) AS place
    FROM seen
)
(SELECT * FROM seen WHERE chunk_index < (SELECT place FROM here)
 ORDER BY chunk_index DESC LIMIT $4)
UNION ALL
(SELECT * FROM seen WHERE chunk_index >= (SELECT place FROM here)
 ORDER BY chunk_index LIMIT $5)
ORDER BY chunk_index"""


class TranscriptRepository(Repository[Transcript]):
    table = Transcript

    async def get_by_video_id(
        self, video_id: UUID, user_id: UUID | None = None
    ) -> Transcript | None:
        """The user's own, or else the shared primary one, or else any shared one."""
        mine = Transcript.user_id == user_id
        visible = (
            Transcript.user_id.is_null()
            if user_id is None
            else (mine | Transcript.user_id.is_null())
        )
        return (
            await Transcript.objects()
            .where(Transcript.video_id == video_id, visible)
            .order_by(Transcript.user_id)  # Nulls come last.
            .order_by(Transcript.is_primary, ascending=False)
            .order_by(Transcript.id)
            .first()
        )

    async def list_visible(
        self, video_id: UUID, user_id: UUID, *, limit: int = 50
    ) -> list[dict[str, Any]]:
        """Without texts, in the order of `get_by_video_id`."""
        seen = (Transcript.user_id == user_id) | Transcript.user_id.is_null()
        return (
            await Transcript.select(Transcript.id, Transcript.language, Transcript.source)
            .where(Transcript.video_id == video_id, seen)
            .order_by(Transcript.user_id)
            .order_by(Transcript.is_primary, ascending=False)
            .order_by(Transcript.id)
            .limit(limit)
        )

    async def list_by_user(
        self, user_id: UUID, *, limit: int = 50, offset: int = 0
    ) -> list[Transcript]:
        """Newest first."""
        return (
            await Transcript.objects()
            .where(Transcript.user_id == user_id)
            .order_by(Transcript.id, ascending=False)
            .limit(limit)
            .offset(offset)
        )


class ChunkRepository(Repository[Chunk]):
    table = Chunk

    async def create_many(self, chunks: Sequence[Chunk]) -> None:
        """By COPY, in one statement."""
        columns = Chunk._meta.columns
        rows = [
            encode_row(columns, {name: chunk[name] for name in names(columns)}) for chunk in chunks
        ]
        async with get_engine().connection() as connection:
            await connection.copy_records_to_table("chunks", records=rows, columns=names(columns))

    async def get_by_ids(self, ids: Sequence[UUID]) -> list[Chunk]:
        """In order of transcript and position. Unknown ids are ignored."""
        if not ids:
            return []
        return (
            await Chunk.objects()
            .where(Chunk.id.is_in(list(ids)))
            .order_by(Chunk.transcript_id)
            .order_by(Chunk.chunk_index)
        )

    async def list_by_transcript(self, transcript_id: UUID) -> list[Chunk]:
        """In order of position."""
        return (
            await Chunk.objects()
            .where(Chunk.transcript_id == transcript_id)
            .order_by(Chunk.chunk_index)
        )

    async def list_visible(
        self, transcript_id: UUID, user_id: UUID, *, limit: int = 5000
    ) -> list[Any]:
        """Texts and times, in order, if the user may see the transcript."""
        query = f"{SEEN} ORDER BY chunk_index LIMIT $3"
        async with get_engine().connection() as connection:
            found: list[Any] = await connection.fetch(query, transcript_id, user_id, limit)
        return found

    async def list_around(
        self, transcript_id: UUID, user_id: UUID, second: float, *, before: int, after: int
    ) -> list[Any]:
        """Like `list_visible`: up to `before` chunks before that second, and `after` from it on."""
        async with get_engine().connection() as connection:
            found: list[Any] = await connection.fetch(
                AROUND, transcript_id, user_id, second, before, after
            )
        return found

    async def delete_by_transcript(self, transcript_id: UUID) -> int:
        """Returns the number of deleted chunks."""
        gone: list[Any] = (
            await Chunk.delete().where(Chunk.transcript_id == transcript_id).returning(Chunk.id)
        )
        return len(gone)
