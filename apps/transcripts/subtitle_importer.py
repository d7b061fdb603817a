"""Imports the subtitles beside a video: read in a worker process, written as transcripts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.catalog.imports.info import BrokenFile, Info
from apps.catalog.imports.inventory import File, ImportFault
from apps.configuration.registry import CHUNK_WORDS
from apps.configuration.services import get_configuration
from apps.transcripts.captions import BrokenCaptions
from apps.transcripts.subtitle_writer import SubtitleWriter
from apps.transcripts.subtitles import (
    MAX_SUBTITLE_BYTES,
    SUFFIX,
    Subtitle,
    file_rank,
    read_subtitle,
)

MAX_BYTES_OF_A_VIDEO = 24 << 20


class SubtitleImporter:
    chunk_words = CHUNK_WORDS.default

    async def begin(self) -> None:
        await get_configuration().load()
        self.chunk_words = get_configuration().get(CHUNK_WORDS)

    def claims(self, suffix: str) -> bool:
        found = SUFFIX.fullmatch(suffix)
        return found is not None and found[1] != "live_chat"

    def read(self, files: Sequence[File], info: Info) -> tuple[list[Subtitle], list[ImportFault]]:
        """The best readable file for each language and source."""
        subtitles: dict[tuple[str, str], Subtitle] = {}
        faults: list[ImportFault] = []
        read = 0
        for file in sorted(files, key=file_rank):
            read += file.size if file.size <= MAX_SUBTITLE_BYTES else 0
            try:
                if read > MAX_BYTES_OF_A_VIDEO:
                    limit = MAX_BYTES_OF_A_VIDEO >> 20
                    raise BrokenFile(f"exceeds the limit of {limit} MB of subtitles per video")
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
