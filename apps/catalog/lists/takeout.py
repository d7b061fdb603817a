"""Google Takeout's subscriptions.csv: a channel's id, URL and title.

The header is in the language of the account, so the columns are identified by their content. Older
files, and those of other programs, may lack the id or the URL.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from apps.catalog.imports.info import YOUTUBE_CHANNEL_ID
from apps.catalog.lists.entries import (
    ListEntry,
    RejectedLine,
    find_channel_id,
    make_channel_entry,
    read_text_lines,
)

HEADER = "Channel Id,Channel Url,Channel Title"
ROWS = """
SELECT youtube_channel_id, name FROM channels
ORDER BY name COLLATE "C", youtube_channel_id COLLATE "C" """


def looks_like_takeout(lines: Sequence[str]) -> bool:
    if lines and lines[0].casefold() == HEADER.casefold():
        return True
    return any("," in line and any(map(_find_id, line.split(","))) for line in lines)


def parse_takeout(file: BinaryIO) -> Iterator[ListEntry | RejectedLine]:
    # Without `strict`, an unclosed quotation mark would silently swallow the rest.
    reader = csv.reader(read_text_lines(file), strict=True)
    is_first = True
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield RejectedLine(line, f"is not valid CSV ({error})")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            is_header = is_first and not any(map(_find_id, cells))
            is_first = False
            if not is_header:
                yield _parse_row(line, cells)


def _parse_row(line: int, cells: Sequence[str]) -> ListEntry | RejectedLine:
    """Identifies the id, the URL and the title by their form, in this order."""
    left = list(cells)
    plain = next((cell for cell in left if YOUTUBE_CHANNEL_ID.fullmatch(cell.strip())), None)
    if plain is not None:
        left.remove(plain)
    address = next((cell for cell in left if find_channel_id(cell)), None)
    if address is not None:
        left.remove(address)
    ids = [found for cell in (plain, address) if cell and (found := _find_id(cell))]
    if not ids:
        return RejectedLine(line, "has no channel id: UC and 22 letters, digits, '-' or '_'")
    if ids[0] != ids[-1]:
        return RejectedLine(line, "has the id of one channel and the URL of another")
    name = next((cell for cell in left if cell.strip()), "")
    return make_channel_entry(line, ids[0], name)


def _find_id(cell: str) -> str | None:
    text = cell.strip(' \t\r\n"')
    return text if YOUTUBE_CHANNEL_ID.fullmatch(text) else find_channel_id(cell)


def format_takeout_row(row: Mapping[str, Any]) -> str | None:
    channel_id = row["youtube_channel_id"]
    if not YOUTUBE_CHANNEL_ID.fullmatch(channel_id or ""):
        return None
    line = io.StringIO()
    # csv quotes only characters of its line terminator, hence "\r\n"; Takeout itself writes "\n".
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow([channel_id, f"http://www.youtube.com/channel/{channel_id}", row["name"]])
    return line.getvalue().removesuffix("\r\n") + "\n"
