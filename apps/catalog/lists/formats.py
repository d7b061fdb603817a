"""The formats, and which one a file is in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from apps.catalog.lists import archive, opml, takeout
from apps.catalog.lists.entries import Entry, Refused
from apps.shared.errors import Invalid

SAMPLE_BYTES = 1 << 16
SAMPLE_LINES = 100
ACCEPTED = (
    "A list is a download archive of yt-dlp, the subscriptions.csv of Google Takeout, or OPML."
)


class Format(msgspec.Struct, frozen=True):
    """`write_row` answers None for a row that the format has no words for."""

    name: str
    title: str
    table: Literal["channels", "videos"]
    suffixes: tuple[str, ...]
    recognises: Callable[[Sequence[str]], bool]
    parse: Callable[[BinaryIO], Iterator[Entry | Refused]]
    rows: str
    write_row: Callable[[Mapping[str, Any]], str | None]
    left_out: str
    head: str = ""
    tail: str = ""


NO_ID = "channels without an id of YouTube"
FORMATS = (
    Format(
        name="opml",
        title="OPML",
        table="channels",
        suffixes=(".opml", ".xml"),
        recognises=opml.recognises,
        parse=opml.parse,
        rows=takeout.ROWS,
        write_row=opml.write_row,
        left_out=NO_ID,
        head=opml.HEAD,
        tail=opml.TAIL,
    ),
    Format(
        name="csv",
        title="Google Takeout",
        table="channels",
        suffixes=(".csv",),
        recognises=takeout.recognises,
        parse=takeout.parse,
        rows=takeout.ROWS,
        write_row=takeout.write_row,
        left_out=NO_ID,
        head=takeout.HEADER + "\n",
    ),
    Format(
        name="archive",
        title="yt-dlp download archive",
        table="videos",
        suffixes=(".txt",),
        recognises=archive.recognises,
        parse=archive.parse,
        rows=archive.ROWS,
        write_row=archive.write_row,
        left_out="videos that are not downloaded (--all takes them along) or of no known site",
    ),
)


def recognise(file: BinaryIO) -> Format:
    """By what stands in it. Raises Invalid, which says what is accepted."""
    sample = file.read(SAMPLE_BYTES)
    file.seek(0)
    if not sample.strip():
        raise Invalid(f"It is empty. {ACCEPTED}")
    if b"\0" in sample:
        raise Invalid(f"It is not text in UTF-8. {ACCEPTED}")
    text = sample.decode("utf-8-sig", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()][:SAMPLE_LINES]
    for format in FORMATS:
        if format.recognises(lines):
            return format
    raise Invalid(f"It is no list of videos or channels. {ACCEPTED}")


def format_to_write(target: Path, name: str | None) -> Format:
    """The one that is named, else that of the file's name. Raises Invalid."""
    for format in FORMATS:
        if name == format.name or (name is None and target.suffix.lower() in format.suffixes):
            return format
    names = ", ".join(sorted(format.name for format in FORMATS))
    if name is None:
        raise Invalid(
            f"The name {target.name} does not tell the format: end it in .txt, .csv, .opml or "
            f".xml, or give --format ({names})."
        )
    raise Invalid(f"--format is one of {names}.")
