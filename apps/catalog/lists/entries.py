"""The entries of a list, and what the formats have in common."""

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from apps.catalog.imports.info import YOUTUBE_CHANNEL_ID
from apps.catalog.imports.merging import merge_values
from apps.shared.errors import Invalid

MAX_LINE = 1 << 16
NAME_LENGTH = 255

CHANNEL_ADDRESS = re.compile(
    rf"(?:/channel/|[?&]channel_id=)({YOUTUBE_CHANNEL_ID.pattern})(?![\w-])"
)
"""In the URLs of YouTube's pages and feeds, and of its mirrors."""

Row = dict[str, Any]


class ListEntry(msgspec.Struct, frozen=True):
    """A line, and the columns of the row it stands for."""

    line: int
    values: Row

    @property
    def written(self) -> dict[str, str]:
        """The digests for the import record of a row created from these values."""
        return merge_values({}, {}, self.values, newer=True)[1]


class RejectedLine(msgspec.Struct, frozen=True):
    """A line that could not be imported, and why."""

    line: int
    reason: str


def read_text_lines(file: BinaryIO) -> Iterator[str]:
    """With line ends. Invalid UTF-8 becomes surrogates, which `find_text_fault` finds."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    for number, line in enumerate(iter(lambda: text.readline(MAX_LINE + 1), ""), start=1):
        if len(line) > MAX_LINE:
            raise Invalid(
                f"This is not a list: line {number:,} is longer than {MAX_LINE:,} characters."
            )
        yield line


def find_text_fault(text: str) -> str | None:
    """Why PostgreSQL could not store the text, if it could not."""
    if "\0" in text:
        return "contains a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not UTF-8"
    return None


def make_channel_entry(line: int, channel_id: str, name: str) -> ListEntry | RejectedLine:
    """A channel without a name gets its id as name, which an import may replace."""
    if fault := find_text_fault(name):
        return RejectedLine(line, fault)
    values = {
        "youtube_channel_id": channel_id,
        "name": name[:NAME_LENGTH] if name.strip() else channel_id,
        "source_url": f"https://www.youtube.com/channel/{channel_id}",
    }
    return ListEntry(line, values)


def find_channel_id(address: str) -> str | None:
    found = CHANNEL_ADDRESS.search(address)
    return found[1] if found else None
