from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository
from apps.shared.db.tables import columns_in, names
from apps.shared.errors import Conflict


class PromptRepository(Repository[Prompt]):
    table = Prompt

    async def get_or_create(self, user_prompt: str, system_prompt: str) -> Prompt:
        """One row for the same texts, also under concurrent calls.

        Raises Conflict for other texts whose concatenation is the same.
        """
        # The update changes nothing, but makes RETURNING include an existing row.
        query = """
            INSERT INTO prompts (user_prompt, system_prompt) VALUES ($1, $2)
            ON CONFLICT (prompt_hash) DO UPDATE SET user_prompt = prompts.user_prompt
            RETURNING *"""
        async with get_engine().connection() as connection:
            row = await connection.fetchrow(query, user_prompt, system_prompt)
        prompt = Prompt(**dict(row), _exists_in_db=True)
        if (prompt.user_prompt, prompt.system_prompt) != (user_prompt, system_prompt):
            raise Conflict("Another prompt already has the same text, divided differently.")
        return prompt


class GenerationConfigRepository(Repository[GenerationConfig]):
    table = GenerationConfig

    async def get_or_create(
        self, *, transcript_id: UUID | None = None, **settings: Any
    ) -> GenerationConfig:
        """One row for the same settings, also under concurrent calls.

        A config used for a second transcript no longer belongs to either, so that deleting one of
        them does not delete what was made from the other.
        """
        columns = names(columns_in(GenerationConfig, settings))
        if unknown := settings.keys() - set(columns):
            raise TypeError(f"A generation config has no column {', '.join(sorted(unknown))}.")
        into = ", ".join(["transcript_id", *columns])
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 2))
        query = f"""
            INSERT INTO generation_configs AS c ({into}) VALUES ({places})
            ON CONFLICT (config_hash) DO UPDATE SET transcript_id =
                CASE WHEN c.transcript_id = EXCLUDED.transcript_id THEN c.transcript_id END
            RETURNING *"""
        values = [settings[name] for name in columns]
        async with get_engine().connection() as connection:
            row = await connection.fetchrow(query, transcript_id, *values)
        return GenerationConfig(**dict(row), _exists_in_db=True)

    async def release(self, transcript_ids: Sequence[UUID]) -> None:
        """Detaches configs from these transcripts, so that deleting those keeps the configs."""
        query = "UPDATE generation_configs SET transcript_id = NULL WHERE transcript_id = ANY($1)"
        async with get_engine().connection() as connection:
            await connection.execute(query, transcript_ids)


class MomentRepository(Repository[Moment]):
    table = Moment

    async def list_by_video(
        self, video_id: UUID, *, limit: int = 50, offset: int = 0
    ) -> list[Moment]:
        """In order of start time."""
        return (
            await Moment.objects()
            .where(Moment.video_id == video_id)
            .order_by(Moment.start_time, Moment.id)
            .limit(limit)
            .offset(offset)
        )

    async def list_overlapping(self, video_id: UUID, start: float, end: float) -> list[Moment]:
        """The video's moments that overlap `start` to `end`, in seconds."""
        overlaps = (Moment.start_time < end) & (Moment.end_time > start)
        return (
            await Moment.objects()
            .where(Moment.video_id == video_id, overlaps)
            .order_by(Moment.start_time, Moment.id)
        )


class ClipRepository(Repository[Clip]):
    table = Clip


class ThumbnailRepository(Repository[Thumbnail]):
    table = Thumbnail

    async def list_places(
        self, video_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[str | None, str | None]]:
        """For each video, the locations of its thumbnail and of its file."""
        query = """
            SELECT v.id, t.cloud_url AS thumbnail, v.cloud_url AS video
            FROM videos v LEFT JOIN thumbnails t ON t.video_id = v.id WHERE v.id = ANY($1)"""
        async with get_engine().connection() as connection:
            rows = await connection.fetch(query, video_ids)
        return {row["id"]: (row["thumbnail"], row["video"]) for row in rows}


class PipelineHistoryRepository(Repository[PipelineHistory]):
    table = PipelineHistory

    async def list_running(self) -> list[PipelineHistory]:
        """Oldest first."""
        running = PipelineHistory.status == "running"
        return await PipelineHistory.objects().where(running).order_by(PipelineHistory.id)
