"""yt-dlp's download archive: one line `<extractor> <id>` for each downloaded video.

The format is that of yt-dlp's make_archive_id: the extractor's key in lower case, a space, the id.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from apps.catalog.imports.info import Info
from apps.catalog.imports.info_values import video_values
from apps.catalog.lists.entries import ListEntry, RejectedLine, find_text_fault, read_text_lines

LINE = re.compile(r"([a-z0-9_]+) (\S.*)")
TWO_WORDS = re.compile(r"[a-z0-9_]+ \S+")
YOUTUBE_LINE = re.compile(r"youtube [A-Za-z0-9_-]{11}")
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

DOWNLOADED = "(download_status = 'complete' OR metadata ? 'archive_id')"

ROWS = f"""
SELECT line FROM (
    SELECT CASE
        WHEN youtube_video_id IS NOT NULL THEN 'youtube ' || youtube_video_id
        WHEN metadata ? 'archive_id' THEN metadata->>'archive_id'
        WHEN metadata ? 'extractor' AND identifier ~ '^[a-z0-9_]+-.'
            THEN regexp_replace(identifier, '-', ' ')
    END AS line FROM videos WHERE $1 OR {DOWNLOADED}
) v GROUP BY line ORDER BY line COLLATE "C" """
"""$1 is true to include videos that are not downloaded."""


def looks_like_archive(lines: Sequence[str]) -> bool:
    """A YouTube line is enough; otherwise half of the lines must have the general form."""
    if any(YOUTUBE_LINE.fullmatch(line) for line in lines):
        return True
    return 2 * sum(bool(TWO_WORDS.fullmatch(line)) for line in lines) >= len(lines) > 0


def parse_archive(file: BinaryIO) -> Iterator[ListEntry | RejectedLine]:
    for number, line in enumerate(read_text_lines(file), start=1):
        if text := line.strip():
            yield _parse_line(number, text)


def _parse_line(number: int, text: str) -> ListEntry | RejectedLine:
    """The same row that importing the video's files would create."""
    found = LINE.fullmatch(text)
    if found is None:
        return RejectedLine(number, find_text_fault(text) or "is not `<extractor> <id>`")
    if fault := find_text_fault(text):
        return RejectedLine(number, fault)
    extractor, video_id = found.groups()
    known = video_values(Info(id=video_id, extractor_key=extractor))
    identifier, youtube_id = known["identifier"], known["youtube_video_id"]
    if extractor == "youtube" and not youtube_id:
        return RejectedLine(number, "is not a YouTube id: 11 letters, digits, '-' or '_'")
    if UUID_FORM.fullmatch(identifier):
        return RejectedLine(number, "has the form of a UUID, which identifiers cannot have")
    watch = f"https://www.youtube.com/watch?v={youtube_id}" if youtube_id else None
    values = {
        "identifier": identifier,
        "youtube_video_id": youtube_id,
        "title": identifier,
        "source_url": watch,
        "metadata": {"archive_id": text},
    }
    return ListEntry(number, values)


def format_archive_row(row: Mapping[str, Any]) -> str | None:
    line = row["line"]
    return f"{line}\n" if line and LINE.fullmatch(line) else None
