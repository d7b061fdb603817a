"""yt-dlp's download archive: a line `<extractor> <id>` for each video that it has downloaded.

The form is that of yt-dlp's make_archive_id: the extractor's key in lower case, a space, the id.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from apps.catalog.imports.info import Info, video_values
from apps.catalog.lists.entries import Entry, Refused, fault_of, text_lines

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
"""$1 is true for videos that are not downloaded as well."""


def recognises(lines: Sequence[str]) -> bool:
    """A sure line, or half of the lines in the general form, which ordinary text has as well."""
    if any(YOUTUBE_LINE.fullmatch(line) for line in lines):
        return True
    return 2 * sum(bool(TWO_WORDS.fullmatch(line)) for line in lines) >= len(lines) > 0


def parse(file: BinaryIO) -> Iterator[Entry | Refused]:
    for number, line in enumerate(text_lines(file), start=1):
        if text := line.strip():
            yield _entry(number, text)


def _entry(number: int, text: str) -> Entry | Refused:
    """The same row that the import of a folder makes of the video's files."""
    found = LINE.fullmatch(text)
    if found is None:
        return Refused(number, fault_of(text) or "is not `<extractor> <id>`")
    if fault := fault_of(text):
        return Refused(number, fault)
    extractor, video_id = found.groups()
    known = video_values(Info(id=video_id, extractor_key=extractor))
    identifier, youtube_id = known["identifier"], known["youtube_video_id"]
    if extractor == "youtube" and not youtube_id:
        return Refused(number, "is no id of YouTube, which has 11 letters, digits, '-' and '_'")
    if UUID_FORM.fullmatch(identifier):
        return Refused(number, "is in the form of a UUID, which an identifier cannot be")
    watch = f"https://www.youtube.com/watch?v={youtube_id}" if youtube_id else None
    values = {
        "identifier": identifier,
        "youtube_video_id": youtube_id,
        "title": identifier,
        "source_url": watch,
        "metadata": {"archive_id": text},
    }
    return Entry(number, values)


def write_row(row: Mapping[str, Any]) -> str | None:
    line = row["line"]
    return f"{line}\n" if line and LINE.fullmatch(line) else None
