"""OPML, as YouTube's subscription_manager was and as feed readers write: one outline a feed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from apps.catalog.imports.info import YOUTUBE_CHANNEL_ID, YOUTUBE_URL
from apps.catalog.lists.entries import Entry, Refused, channel_entry, channel_in
from apps.shared.errors import Invalid

CHUNK_BYTES = 1 << 20
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1">
<body>
<outline text="YouTube Subscriptions" title="YouTube Subscriptions">
"""
TAIL = "</outline>\n</body>\n</opml>\n"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def recognises(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[0].startswith("<")


def parse(file: BinaryIO) -> Iterator[Entry | Refused]:
    """No tree is built. Without a DOCTYPE there are no entities, hence none that grow or read.

    Raises Invalid for what is not OPML, at whatever line.
    """
    reader = Reader()
    try:
        while chunk := file.read(CHUNK_BYTES):
            reader.parser.Parse(chunk, False)
            yield from reader.take()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = f"line {error.lineno:,}: {expat.ErrorString(error.code)}"
        raise Invalid(f"It is not whole and valid XML ({what}).") from None
    except (LookupError, ValueError) as error:  # An encoding that Python does not know.
        raise Invalid(f"It is not XML that can be read ({error}).") from None
    yield from reader.take()


class Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._found: list[Entry | Refused] = []
        self._is_opml = False

    def take(self) -> list[Entry | Refused]:
        found, self._found = self._found, []
        return found

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._is_opml and name.lower() != "opml":
            raise Invalid("It is XML, but not OPML.")
        self._is_opml = True
        known = {key.lower(): text for key, text in attributes.items()}
        # An outline without an address is a folder of others.
        if name.lower() == "outline" and (address := known.get("xmlurl", "").strip()):
            line = self.parser.CurrentLineNumber
            title = known.get("title", "")
            self._found.append(
                _entry(line, address, title if title.strip() else known.get("text", ""))
            )

    def _refuse_doctype(self, *declared: object) -> None:
        raise Invalid("It has a DOCTYPE, which no OPML file needs: take that line out.")


def _entry(line: int, address: str, name: str) -> Entry | Refused:
    if channel_id := channel_in(address):
        return channel_entry(line, channel_id, name)
    shown = address[:200]
    if not YOUTUBE_URL.match(address):
        return Refused(line, f"is no feed of YouTube: {shown}")
    if "playlist_id=" in address:
        return Refused(line, f"is the feed of a playlist, not of a channel: {shown}")
    if "user=" in address:
        return Refused(line, f"names a user, and the id of a channel is needed: {shown}")
    return Refused(line, f"has no id of a channel: {shown}")


def write_row(row: Mapping[str, Any]) -> str | None:
    channel_id = row["youtube_channel_id"]
    if not YOUTUBE_CHANNEL_ID.fullmatch(channel_id or ""):
        return None
    name = quoteattr(NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", row["name"]))
    feed = f"https://www.youtube.com/feeds/videos.xml?channel_id={channel_id}"
    return f'<outline text={name} title={name} type="rss" xmlUrl="{feed}" />\n'
