"""Google Takeout's subscriptions.csv: a channel's id, its address and its title.

The header is in the language of the account, so it is what the cells hold that tells the columns.
Older files, and those of other programs, lack the id or the address.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from apps.catalog.imports.info import YOUTUBE_CHANNEL_ID
from apps.catalog.lists.entries import Entry, Refused, channel_entry, channel_in, text_lines

HEADER = "Channel Id,Channel Url,Channel Title"
ROWS = """
SELECT youtube_channel_id, name FROM channels
ORDER BY name COLLATE "C", youtube_channel_id COLLATE "C" """


def recognises(lines: Sequence[str]) -> bool:
    if lines and lines[0].casefold() == HEADER.casefold():
        return True
    return any("," in line and any(map(_id_in, line.split(","))) for line in lines)


def parse(file: BinaryIO) -> Iterator[Entry | Refused]:
    # Without `strict`, a quotation mark that is never closed swallows what follows in silence.
    reader = csv.reader(text_lines(file), strict=True)
    is_first = True
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Refused(line, f"is not CSV ({error})")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            is_header = is_first and not any(map(_id_in, cells))
            is_first = False
            if not is_header:
                yield _entry(line, cells)


def _entry(line: int, cells: Sequence[str]) -> Entry | Refused:
    """The id, the address and the title are told apart by what they are, in this order."""
    left = list(cells)
    plain = next((cell for cell in left if YOUTUBE_CHANNEL_ID.fullmatch(cell.strip())), None)
    if plain is not None:
        left.remove(plain)
    address = next((cell for cell in left if channel_in(cell)), None)
    if address is not None:
        left.remove(address)
    ids = [found for cell in (plain, address) if cell and (found := _id_in(cell))]
    if not ids:
        return Refused(line, "has no id of a channel: UC and 22 letters, digits, '-' and '_'")
    if ids[0] != ids[-1]:
        return Refused(line, "has an id and an address of two different channels")
    name = next((cell for cell in left if cell.strip()), "")
    return channel_entry(line, ids[0], name)


def _id_in(cell: str) -> str | None:
    text = cell.strip(' \t\r\n"')
    return text if YOUTUBE_CHANNEL_ID.fullmatch(text) else channel_in(cell)


def write_row(row: Mapping[str, Any]) -> str | None:
    channel_id = row["youtube_channel_id"]
    if not YOUTUBE_CHANNEL_ID.fullmatch(channel_id or ""):
        return None
    line = io.StringIO()
    # Only what is in the line's end is quoted, hence "\r\n" here; Takeout itself writes "\n".
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow([channel_id, f"http://www.youtube.com/channel/{channel_id}", row["name"]])
    return line.getvalue().removesuffix("\r\n") + "\n"
