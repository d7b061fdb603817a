"""Writes the subtitles of an import as transcripts and chunks."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from apps.shared.plugs import Plug
from apps.transcripts.subtitles import Subtitle

SOURCES_BY_RANK = ("youtube_manual", "imported", "generated", "youtube_auto")


async def _release_nothing(transcript_ids: Sequence[UUID]) -> None:
    pass


before_replacing: Plug[Callable[[Sequence[UUID]], Awaitable[None]]] = Plug(_release_nothing)
"""Called with the transcripts about to be replaced, in the same transaction, so that what was made
from them is not deleted with them."""


# A transcript is edited if its chunks or metadata are not as the import left them.
FIND_EXISTING = """
SELECT t.id, t.video_id, t.language, t.source, t.is_primary, t.metadata->>'sha256' AS sha256,
       t.metadata - '{file,sha256,chunks}'::text[] <> '{}'
       OR t.transcription_service IS NOT NULL OR t.processing_time_seconds IS NOT NULL
       OR EXISTS (SELECT FROM chunks c WHERE c.transcript_id = t.id AND (
                  c.updated_at > c.created_at OR c.created_at <> t.created_at
                  OR c.user_id IS NOT NULL))
       OR (SELECT count(*) FROM chunks c WHERE c.transcript_id = t.id)::text
          IS DISTINCT FROM t.metadata->>'chunks' AS is_edited
FROM transcripts t WHERE t.video_id = ANY($1) AND t.user_id IS NULL"""

# One that the import created and that is gone now was deleted, or moved to another language.
FIND_CREATED = """
SELECT r.video_id, key FROM import_records r, jsonb_object_keys(r.written) AS key
WHERE r.video_id = ANY($1) AND key LIKE 'transcripts.%'"""

FIND_HASHES = """
SELECT video_id, metadata->>'sha256' FROM transcripts WHERE video_id = ANY($1)"""

RECORD_CREATED = """
UPDATE import_records r SET written = r.written || made.keys::jsonb
FROM unnest($1::uuid[], $2::text[]) AS made(video_id, keys) WHERE r.video_id = made.video_id"""

TRANSCRIPT_COLUMNS = (
    *("id", "video_id", "source", "language", "is_primary", "full_text", "word_timestamps"),
    *("segment_timestamps", "number_of_words", "number_of_segments", "metadata"),
)
CHUNK_COLUMNS = (
    *("id", "transcript_id", "chunk_text", "chunk_index", "token_count"),
    *("start_time", "end_time", "word_starts"),
)


# So that nobody edits a transcript between the check for edits and its replacement.
LOCK = """
WITH t AS (
    SELECT id FROM transcripts WHERE video_id = ANY($1) AND user_id IS NULL ORDER BY id FOR UPDATE
), c AS (
    SELECT c.id FROM chunks c JOIN t ON t.id = c.transcript_id ORDER BY c.id FOR UPDATE OF c
)
SELECT count(*) FROM c"""


class SubtitleWriter:
    """Creates new transcripts, replaces changed ones, and keeps those a person made or edited."""

    def __init__(self, connection: Any, counts: dict[str, int], *, restore: bool) -> None:
        self.connection = connection
        self.counts = counts
        self.restore = restore

    def _count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    async def write(self, videos: Sequence[tuple[UUID, list[Subtitle], bool]]) -> None:
        ids = [video_id for video_id, _, _ in videos]
        await self.connection.execute(LOCK, ids)
        found = await self.connection.fetch(FIND_EXISTING, ids)
        made = {tuple(row) for row in await self.connection.fetch(FIND_CREATED, ids)}
        if self.restore:
            # What was moved to another language or made private was not deleted.
            alive = {tuple(row) for row in await self.connection.fetch(FIND_HASHES, ids)}
            made = {
                (video_id, get_record_key(subtitle))
                for video_id, subtitles, _ in videos
                for subtitle in subtitles
                if (video_id, subtitle.sha256) in alive
            }
        existing = {(row["video_id"], row["language"], row["source"]): row for row in found}
        with_primary = {row["video_id"] for row in found if row["is_primary"]}
        replaced: list[UUID] = []
        new: list[tuple[UUID, UUID, Subtitle, bool]] = []
        for video_id, subtitles, newer in videos:
            for subtitle in sorted(subtitles, key=_primary_rank):
                before = existing.get((video_id, subtitle.language, subtitle.source))
                if before is None and (video_id, get_record_key(subtitle)) in made:
                    self._count("transcripts_kept")
                    continue
                if before is None:
                    is_primary = video_id not in with_primary
                    self._count("transcripts_created")
                elif before["sha256"] == subtitle.sha256 or not newer:
                    self._count("transcripts_unchanged")
                    continue
                elif before["is_edited"] or before["sha256"] is None:
                    self._count("transcripts_kept")
                    continue
                else:
                    replaced.append(before["id"])
                    is_primary = before["is_primary"]
                    self._count("transcripts_updated")
                if is_primary:
                    with_primary.add(video_id)
                new.append((uuid7(), video_id, subtitle, is_primary))
        if replaced:
            await before_replacing()(replaced)
            await self.connection.execute("DELETE FROM transcripts WHERE id = ANY($1)", replaced)
        if new:
            await self._copy(new)
            await self._record(new)

    async def _record(self, new: Sequence[tuple[UUID, UUID, Subtitle, bool]]) -> None:
        made: dict[UUID, dict[str, str]] = {}
        for _, video_id, subtitle, _ in new:
            made.setdefault(video_id, {})[get_record_key(subtitle)] = subtitle.sha256[:16]
        keys = [msgspec.json.encode(values).decode() for values in made.values()]
        await self.connection.execute(RECORD_CREATED, list(made), keys)

    async def _copy(self, new: Sequence[tuple[UUID, UUID, Subtitle, bool]]) -> None:
        await self.connection.copy_records_to_table(
            "transcripts",
            columns=TRANSCRIPT_COLUMNS,
            records=[
                (
                    *(row_id, video_id, subtitle.source, subtitle.language, is_primary),
                    *(subtitle.full_text, subtitle.words, subtitle.segments),
                    *(subtitle.number_of_words, subtitle.number_of_segments),
                    encode_provenance(subtitle),
                )
                for row_id, video_id, subtitle, is_primary in new
            ],
        )
        chunks = list(chunk_rows(new))
        await self.connection.copy_records_to_table("chunks", columns=CHUNK_COLUMNS, records=chunks)
        self._count("chunks_created", len(chunks))


def chunk_rows(
    new: Iterable[tuple[UUID, UUID, Subtitle, bool]],
) -> Iterable[tuple[Any, ...]]:
    for transcript_id, _, subtitle, _ in new:
        for number, (text, words, start, end, word_starts) in enumerate(subtitle.chunks):
            yield uuid7(), transcript_id, text, number, words, start, end, word_starts


def get_record_key(subtitle: Subtitle) -> str:
    """The key of a transcript in `import_records.written`."""
    return f"transcripts.{subtitle.language}.{subtitle.source}"


def encode_provenance(subtitle: Subtitle) -> str:
    chunks = len(subtitle.chunks)
    facts = {"file": subtitle.file, "sha256": subtitle.sha256, "chunks": chunks}
    return msgspec.json.encode(facts).decode()


def _primary_rank(subtitle: Subtitle) -> tuple[bool, int, str]:
    """The first one becomes the video's primary transcript."""
    return not subtitle.is_spoken, SOURCES_BY_RANK.index(subtitle.source), subtitle.language
