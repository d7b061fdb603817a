"""The subtitles beside a video: read in a worker, written as transcripts and chunks."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from apps.catalog.imports.group_reader import read_bytes
from apps.catalog.imports.info import BrokenFile, Info
from apps.catalog.imports.inventory import File, ImportFault
from apps.configuration.registry import CHUNK_WORDS
from apps.configuration.services import configuration
from apps.shared.plugs import Plug
from apps.transcripts.captions import BrokenCaptions, Captions, cut_chunks, parse_captions

MAX_SUBTITLE_BYTES = 8 << 20
"""Some sixteen hours of rolling captions; each byte takes twenty of memory while it is read."""
MAX_BYTES_OF_A_VIDEO = 24 << 20
FORMATS = (".json3", ".vtt", ".srt")
"""The best first: json3 has the words' times, and does not roll."""
SUFFIX = re.compile(r"(?:\.([A-Za-z][A-Za-z0-9_-]*))?\.(json3|vtt|srt)", re.IGNORECASE)
BEST_SOURCES = ("youtube_manual", "imported", "generated", "youtube_auto")


async def _release_nothing(transcript_ids: Sequence[UUID]) -> None:
    pass


before_replacing: Plug[Callable[[Sequence[UUID]], Awaitable[None]]] = Plug(_release_nothing)
"""Called with the transcripts that newer ones are about to replace, in the same transaction, so
that what was made from them is not deleted along with them."""


class Subtitle(msgspec.Struct):
    """A transcript as it will be stored; the JSON is text already."""

    language: str
    source: str
    file: str
    sha256: str
    full_text: str
    words: str
    segments: str
    number_of_words: int
    number_of_segments: int
    chunks: list[tuple[str, int, float, float, list[float]]]
    is_spoken: bool
    """Whether its language is the video's own."""


class SubtitleImporter:
    chunk_words = CHUNK_WORDS.default

    async def begin(self) -> None:
        await configuration().load()
        self.chunk_words = configuration().get(CHUNK_WORDS)

    def claims(self, suffix: str) -> bool:
        found = SUFFIX.fullmatch(suffix)
        return found is not None and found[1] != "live_chat"

    def read(self, files: Sequence[File], info: Info) -> tuple[list[Subtitle], list[ImportFault]]:
        """The best file of each language and source; a broken one gives way to the next."""
        subtitles: dict[tuple[str, str], Subtitle] = {}
        faults: list[ImportFault] = []
        read = 0
        for file in sorted(files, key=_rank):
            read += file.size if file.size <= MAX_SUBTITLE_BYTES else 0
            try:
                if read > MAX_BYTES_OF_A_VIDEO:
                    limit = MAX_BYTES_OF_A_VIDEO >> 20
                    raise BrokenFile(f"is too much: {limit} MB of subtitles are read of a video")
                subtitle = read_subtitle(file, info, self.chunk_words)
            except (BrokenCaptions, BrokenFile) as error:
                faults.append(ImportFault(file.path, str(error)))
                continue
            if subtitle is not None:
                subtitles.setdefault((subtitle.language, subtitle.source), subtitle)
        return list(subtitles.values()), faults

    async def write(
        self,
        connection: Any,
        videos: Sequence[tuple[UUID, list[Subtitle], bool]],
        counts: dict[str, int],
        *,
        restore: bool,
    ) -> None:
        await SubtitleWriter(connection, counts, restore=restore).write(videos)


def read_subtitle(
    file: File, info: Info, chunk_words: int = CHUNK_WORDS.default
) -> Subtitle | None:
    """None for a file without a single cue. Raises BrokenCaptions or BrokenFile."""
    match = SUFFIX.fullmatch(file.suffix)
    assert match is not None
    data = read_bytes(file, MAX_SUBTITLE_BYTES)
    captions = parse_captions(data, f".{match[2].lower()}")
    if not captions.segments:
        return None
    code = match[1] or captions.language or info.language or "en"
    chunks = cut_chunks(captions, chunk_words)
    return Subtitle(
        language=language_of(code),
        source=source_of(captions, code, info),
        file=file.path.rpartition("/")[2],
        sha256=hashlib.sha256(data).hexdigest(),
        full_text=captions.full_text,
        words=msgspec.json.encode(captions.words).decode(),
        segments=msgspec.json.encode(captions.segments).decode(),
        number_of_words=len(captions.words) or sum(chunk.number_of_words for chunk in chunks),
        number_of_segments=len(captions.segments),
        chunks=[
            (chunk.text, chunk.number_of_words, chunk.start, chunk.end, chunk.word_starts)
            for chunk in chunks
        ],
        is_spoken=primary_subtag(code) == primary_subtag(info.language or "en"),
    )


def source_of(captions: Captions, code: str, info: Info) -> str:
    """What the file's form shows comes first; then what the .info.json lists for the language."""
    if not info.is_youtube:
        return "imported"
    if captions.is_automatic:
        return "youtube_auto"
    by_hand = code in (info.subtitles or {})
    recognised = code in (info.automatic_captions or {})
    return "youtube_auto" if recognised and not by_hand else "youtube_manual"


def language_of(code: str) -> str:
    """At most ten characters: YouTube names some tracks `en-nP7-2PuUl7o`."""
    return code if len(code) <= 10 else primary_subtag(code)[:10]


def primary_subtag(code: str) -> str:
    return re.split("[-_]", code)[0].lower()


def _rank(file: File) -> tuple[bool, int, str]:
    """A language's own track before the named ones that are stored under the same language."""
    code, _, extension = file.suffix.lower().removeprefix(".").rpartition(".")
    return language_of(code) != code, FORMATS.index(f".{extension}"), file.suffix


# Edited is what has not all the chunks, or other facts, than the import left it with.
FIND = """
SELECT t.id, t.video_id, t.language, t.source, t.is_primary, t.metadata->>'sha256' AS sha256,
       t.metadata - '{file,sha256,chunks}'::text[] <> '{}'
       OR t.transcription_service IS NOT NULL OR t.processing_time_seconds IS NOT NULL
       OR EXISTS (SELECT FROM chunks c WHERE c.transcript_id = t.id AND (
                  c.updated_at > c.created_at OR c.created_at <> t.created_at
                  OR c.user_id IS NOT NULL))
       OR (SELECT count(*) FROM chunks c WHERE c.transcript_id = t.id)::text
          IS DISTINCT FROM t.metadata->>'chunks' AS is_edited
FROM transcripts t WHERE t.video_id = ANY($1) AND t.user_id IS NULL"""

# One that the import made once and that is gone now was deleted, or moved to another language.
FIND_MADE = """
SELECT r.video_id, key FROM import_records r, jsonb_object_keys(r.written) AS key
WHERE r.video_id = ANY($1) AND key LIKE 'transcripts.%'"""

FIND_ALIVE = """
SELECT video_id, metadata->>'sha256' FROM transcripts WHERE video_id = ANY($1)"""

REMEMBER_MADE = """
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


# Nobody may edit what is about to be replaced after it was found to be as the import left it.
LOCK = """
WITH t AS (
    SELECT id FROM transcripts WHERE video_id = ANY($1) AND user_id IS NULL ORDER BY id FOR UPDATE
), c AS (
    SELECT c.id FROM chunks c JOIN t ON t.id = c.transcript_id ORDER BY c.id FOR UPDATE OF c
)
SELECT count(*) FROM c"""


class SubtitleWriter:
    """Makes what is new, replaces what changed, and leaves alone what a person made or edited."""

    def __init__(self, connection: Any, counts: dict[str, int], *, restore: bool) -> None:
        self.connection = connection
        self.counts = counts
        self.restore = restore

    def _count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    async def write(self, videos: Sequence[tuple[UUID, list[Subtitle], bool]]) -> None:
        ids = [video_id for video_id, _, _ in videos]
        await self.connection.execute(LOCK, ids)
        found = await self.connection.fetch(FIND, ids)
        made = {tuple(row) for row in await self.connection.fetch(FIND_MADE, ids)}
        if self.restore:
            # What was moved to another language or made private is not deleted.
            alive = {tuple(row) for row in await self.connection.fetch(FIND_ALIVE, ids)}
            made = {
                (video_id, made_key(subtitle))
                for video_id, subtitles, _ in videos
                for subtitle in subtitles
                if (video_id, subtitle.sha256) in alive
            }
        existing = {(row["video_id"], row["language"], row["source"]): row for row in found}
        with_primary = {row["video_id"] for row in found if row["is_primary"]}
        replaced: list[UUID] = []
        new: list[tuple[UUID, UUID, Subtitle, bool]] = []
        for video_id, subtitles, newer in videos:
            for subtitle in sorted(subtitles, key=_preference):
                before = existing.get((video_id, subtitle.language, subtitle.source))
                if before is None and (video_id, made_key(subtitle)) in made:
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
            await self._remember(new)

    async def _remember(self, new: Sequence[tuple[UUID, UUID, Subtitle, bool]]) -> None:
        made: dict[UUID, dict[str, str]] = {}
        for _, video_id, subtitle, _ in new:
            made.setdefault(video_id, {})[made_key(subtitle)] = subtitle.sha256[:16]
        keys = [msgspec.json.encode(values).decode() for values in made.values()]
        await self.connection.execute(REMEMBER_MADE, list(made), keys)

    async def _copy(self, new: Sequence[tuple[UUID, UUID, Subtitle, bool]]) -> None:
        await self.connection.copy_records_to_table(
            "transcripts",
            columns=TRANSCRIPT_COLUMNS,
            records=[
                (
                    *(row_id, video_id, subtitle.source, subtitle.language, is_primary),
                    *(subtitle.full_text, subtitle.words, subtitle.segments),
                    *(subtitle.number_of_words, subtitle.number_of_segments),
                    provenance(subtitle),
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


def made_key(subtitle: Subtitle) -> str:
    """How `import_records.written` names a transcript."""
    return f"transcripts.{subtitle.language}.{subtitle.source}"


def provenance(subtitle: Subtitle) -> str:
    chunks = len(subtitle.chunks)
    facts = {"file": subtitle.file, "sha256": subtitle.sha256, "chunks": chunks}
    return msgspec.json.encode(facts).decode()


def _preference(subtitle: Subtitle) -> tuple[bool, int, str]:
    """The first one of a video becomes its primary transcript."""
    return not subtitle.is_spoken, BEST_SOURCES.index(subtitle.source), subtitle.language
