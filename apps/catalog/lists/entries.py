"""What the lines of a list become, and what the formats have in common."""

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from apps.catalog.imports.info import YOUTUBE_CHANNEL_ID
from apps.catalog.imports.merging import merge
from apps.shared.errors import Invalid

MAX_LINE = 1 << 16
NAME_LENGTH = 255

CHANNEL_ADDRESS = re.compile(
    rf"(?:/channel/|[?&]channel_id=)({YOUTUBE_CHANNEL_ID.pattern})(?![\w-])"
)
"""In YouTube's own addresses and feeds, and in those of its mirrors."""

Row = dict[str, Any]


class Entry(msgspec.Struct, frozen=True):
    """The columns of a row that a line stands for."""

    line: int
    values: Row

    @property
    def written(self) -> dict[str, str]:
        """What an import record keeps of a row that is made of them."""
        return merge({}, {}, self.values, newer=True)[1]


class Refused(msgspec.Struct, frozen=True):
    """A line that was not taken, and why."""

    line: int
    reason: str


def text_lines(file: BinaryIO) -> Iterator[str]:
    """With their ends. What is not UTF-8 becomes surrogates, for `fault_of` to find."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    for number, line in enumerate(iter(lambda: text.readline(MAX_LINE + 1), ""), start=1):
        if len(line) > MAX_LINE:
            raise Invalid(f"Line {number:,} is longer than {MAX_LINE:,} characters: not a list.")
        yield line


def fault_of(text: str) -> str | None:
    """Why PostgreSQL could not store it."""
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not UTF-8"
    return None


def channel_entry(line: int, channel_id: str, name: str) -> Entry | Refused:
    """A channel without a name is called by its id, until an import knows better."""
    if fault := fault_of(name):
        return Refused(line, fault)
    values = {
        "youtube_channel_id": channel_id,
        "name": name[:NAME_LENGTH] if name.strip() else channel_id,
        "source_url": f"https://www.youtube.com/channel/{channel_id}",
    }
    return Entry(line, values)


def channel_in(address: str) -> str | None:
    found = CHANNEL_ADDRESS.search(address)
    return found[1] if found else None
