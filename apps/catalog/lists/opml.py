"""OPML, as written by feed readers and YouTube's old subscription_manager: one outline per feed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from apps.catalog.imports.info import YOUTUBE_CHANNEL_ID, YOUTUBE_URL
from apps.catalog.lists.entries import ListEntry, RejectedLine, find_channel_id, make_channel_entry
from apps.shared.errors import Invalid

CHUNK_BYTES = 1 << 20
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1">
<body>
<outline text="YouTube Subscriptions" title="YouTube Subscriptions">
"""
TAIL = "</outline>\n</body>\n</opml>\n"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def looks_like_opml(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[0].startswith("<")


def parse_opml(file: BinaryIO) -> Iterator[ListEntry | RejectedLine]:
    """Builds no tree. Refusing a DOCTYPE rules out entities, which could expand or read files.

    Raises Invalid for what is not OPML, at any line.
    """
    reader = OutlineReader()
    try:
        while chunk := file.read(CHUNK_BYTES):
            reader.parser.Parse(chunk, False)
            yield from reader.take()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = f"line {error.lineno:,}: {expat.ErrorString(error.code)}"
        raise Invalid(f"The file is not well-formed XML ({what}).") from None
    except (LookupError, ValueError) as error:  # An unknown encoding.
        raise Invalid(f"The file's XML cannot be read ({error}).") from None
    yield from reader.take()


class OutlineReader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._found: list[ListEntry | RejectedLine] = []
        self._is_opml = False

    def take(self) -> list[ListEntry | RejectedLine]:
        found, self._found = self._found, []
        return found

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._is_opml and name.lower() != "opml":
            raise Invalid("The file is XML, but not OPML.")
        self._is_opml = True
        known = {key.lower(): text for key, text in attributes.items()}
        # An outline without a URL is a folder.
        if name.lower() == "outline" and (address := known.get("xmlurl", "").strip()):
            line = self.parser.CurrentLineNumber
            title = known.get("title", "")
            self._found.append(
                _parse_outline(line, address, title if title.strip() else known.get("text", ""))
            )

    def _refuse_doctype(self, *declared: object) -> None:
        raise Invalid("The file has a DOCTYPE, which OPML does not need: remove that line.")


def _parse_outline(line: int, address: str, name: str) -> ListEntry | RejectedLine:
    if channel_id := find_channel_id(address):
        return make_channel_entry(line, channel_id, name)
    shown = address[:200]
    if not YOUTUBE_URL.match(address):
        return RejectedLine(line, f"is not a YouTube feed: {shown}")
    if "playlist_id=" in address:
        return RejectedLine(line, f"is a playlist's feed, not a channel's: {shown}")
    if "user=" in address:
        return RejectedLine(line, f"has a user name instead of a channel id: {shown}")
    return RejectedLine(line, f"has no channel id: {shown}")


def format_opml_row(row: Mapping[str, Any]) -> str | None:
    channel_id = row["youtube_channel_id"]
    if not YOUTUBE_CHANNEL_ID.fullmatch(channel_id or ""):
        return None
    name = quoteattr(NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", row["name"]))
    feed = f"https://www.youtube.com/feeds/videos.xml?channel_id={channel_id}"
    return f'<outline text={name} title={name} type="rss" xmlUrl="{feed}" />\n'
