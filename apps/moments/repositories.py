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
    noun = "prompt"

    async def get_or_create(self, user_prompt: str, system_prompt: str) -> Prompt:
        """The same row for the same texts, however many ask for it at once.

        Raises Conflict for other texts that make the same ones when put together.
        """
        # The update changes nothing: it makes the row that is there the answer.
        query = """
            INSERT INTO prompts (user_prompt, system_prompt) VALUES ($1, $2)
            ON CONFLICT (prompt_hash) DO UPDATE SET user_prompt = prompts.user_prompt
            RETURNING *"""
        async with get_engine().connection() as connection:
            row = await connection.fetchrow(query, user_prompt, system_prompt)
        prompt = Prompt(**dict(row), _exists_in_db=True)
        if (prompt.user_prompt, prompt.system_prompt) != (user_prompt, system_prompt):
            raise Conflict(
                "There is a prompt already whose texts, put together, are the same as these."
            )
        return prompt


class GenerationConfigRepository(Repository[GenerationConfig]):
    table = GenerationConfig
    noun = "generation config"

    async def get_or_create(
        self, *, transcript_id: UUID | None = None, **settings: Any
    ) -> GenerationConfig:
        """The same row for the same settings, however many ask for it at once.

        One that serves a second transcript is made for neither from then on, so that deleting one
        of them does not take along what was made from the other.
        """
        columns = names(columns_in(GenerationConfig, settings))
        if unknown := settings.keys() - set(columns):
            raise TypeError(f"A generation config has no {', '.join(sorted(unknown))}.")
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
        """They are made for these transcripts no longer, and stay when those are deleted."""
        query = "UPDATE generation_configs SET transcript_id = NULL WHERE transcript_id = ANY($1)"
        async with get_engine().connection() as connection:
            await connection.execute(query, transcript_ids)


class MomentRepository(Repository[Moment]):
    table = Moment
    noun = "moment"

    async def list_by_video(
        self, video_id: UUID, *, limit: int = 50, offset: int = 0
    ) -> list[Moment]:
        """In the order of the video."""
        return (
            await Moment.objects()
            .where(Moment.video_id == video_id)
            .order_by(Moment.start_time, Moment.id)
            .limit(limit)
            .offset(offset)
        )

    async def list_overlapping(self, video_id: UUID, start: float, end: float) -> list[Moment]:
        """Those of the video that share time with `start` to `end`, in seconds."""
        overlaps = (Moment.start_time < end) & (Moment.end_time > start)
        return (
            await Moment.objects()
            .where(Moment.video_id == video_id, overlaps)
            .order_by(Moment.start_time, Moment.id)
        )


class ClipRepository(Repository[Clip]):
    table = Clip
    noun = "clip"


class ThumbnailRepository(Repository[Thumbnail]):
    table = Thumbnail
    noun = "thumbnail"

    async def list_places(
        self, video_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[str | None, str | None]]:
        """Of each video: where its thumbnail is stored, and where its file is."""
        query = """
            SELECT v.id, t.cloud_url AS thumbnail, v.cloud_url AS video
            FROM videos v LEFT JOIN thumbnails t ON t.video_id = v.id WHERE v.id = ANY($1)"""
        async with get_engine().connection() as connection:
            rows = await connection.fetch(query, video_ids)
        return {row["id"]: (row["thumbnail"], row["video"]) for row in rows}


class PipelineHistoryRepository(Repository[PipelineHistory]):
    table = PipelineHistory
    noun = "pipeline run"

    async def list_running(self) -> list[PipelineHistory]:
        """The oldest first."""
        running = PipelineHistory.status == "running"
        return await PipelineHistory.objects().where(running).order_by(PipelineHistory.id)
