"""The list formats, and how a file's format is detected."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from apps.catalog.lists import archive, opml, takeout
from apps.catalog.lists.entries import ListEntry, RejectedLine
from apps.shared.errors import Invalid

SAMPLE_BYTES = 1 << 16
SAMPLE_LINES = 100
ACCEPTED = "A list is a yt-dlp download archive, Google Takeout's subscriptions.csv, or OPML."


class ListFormat(msgspec.Struct, frozen=True):
    """`format_row` returns None for a row that the format cannot express."""

    name: str
    title: str
    table: Literal["channels", "videos"]
    suffixes: tuple[str, ...]
    matches: Callable[[Sequence[str]], bool]
    parse: Callable[[BinaryIO], Iterator[ListEntry | RejectedLine]]
    rows: str
    format_row: Callable[[Mapping[str, Any]], str | None]
    left_out: str
    head: str = ""
    tail: str = ""


NO_ID = "channels without a YouTube id"
FORMATS = (
    ListFormat(
        name="opml",
        title="OPML",
        table="channels",
        suffixes=(".opml", ".xml"),
        matches=opml.looks_like_opml,
        parse=opml.parse_opml,
        rows=takeout.ROWS,
        format_row=opml.format_opml_row,
        left_out=NO_ID,
        head=opml.HEAD,
        tail=opml.TAIL,
    ),
    ListFormat(
        name="csv",
        title="Google Takeout",
        table="channels",
        suffixes=(".csv",),
        matches=takeout.looks_like_takeout,
        parse=takeout.parse_takeout,
        rows=takeout.ROWS,
        format_row=takeout.format_takeout_row,
        left_out=NO_ID,
        head=takeout.HEADER + "\n",
    ),
    ListFormat(
        name="archive",
        title="yt-dlp download archive",
        table="videos",
        suffixes=(".txt",),
        matches=archive.looks_like_archive,
        parse=archive.parse_archive,
        rows=archive.ROWS,
        format_row=archive.format_archive_row,
        left_out="videos that are not downloaded (--all includes them) or whose site is unknown",
    ),
)


def detect_format(file: BinaryIO) -> ListFormat:
    """From the content. Raises Invalid, which lists what is accepted."""
    sample = file.read(SAMPLE_BYTES)
    file.seek(0)
    if not sample.strip():
        raise Invalid(f"The file is empty. {ACCEPTED}")
    if b"\0" in sample:
        raise Invalid(f"The file is not UTF-8 text. {ACCEPTED}")
    text = sample.decode("utf-8-sig", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()][:SAMPLE_LINES]
    for format in FORMATS:
        if format.matches(lines):
            return format
    raise Invalid(f"The file is not a list of videos or channels. {ACCEPTED}")


def choose_export_format(target: Path, name: str | None) -> ListFormat:
    """The named format, or else the one of the file's extension. Raises Invalid."""
    for format in FORMATS:
        if name == format.name or (name is None and target.suffix.lower() in format.suffixes):
            return format
    names = ", ".join(sorted(format.name for format in FORMATS))
    if name is None:
        raise Invalid(
            f"The format of {target.name} is unknown: use the extension .txt, .csv, .opml or .xml, "
            f"or --format ({names})."
        )
    raise Invalid(f"--format must be one of {names}.")
