"""Reads the subtitle files beside a video."""

import hashlib
import re

import msgspec

from apps.catalog.imports.group_reader import read_bytes
from apps.catalog.imports.info import Info
from apps.catalog.imports.inventory import File
from apps.configuration.registry import CHUNK_WORDS
from apps.transcripts.captions import Captions, cut_chunks, parse_captions
from apps.transcripts.captions.parser import READERS

MAX_SUBTITLE_BYTES = 8 << 20
"""About sixteen hours of rolling captions. Reading takes twenty times as much memory."""
FORMATS = tuple(READERS)
SUFFIX = re.compile(
    rf"(?:\.([A-Za-z][A-Za-z0-9_-]*))?\.({'|'.join(each[1:] for each in FORMATS)})", re.IGNORECASE
)


class Subtitle(msgspec.Struct):
    """A transcript as it will be stored; `words` and `segments` are JSON."""

    language: str
    source: str
    file: str
    sha256: str
    full_text: str
    words: str
    segments: str
    number_of_words: int
    number_of_segments: int
    chunks: list[tuple[str, int, float, float, list[float]]]
    is_spoken: bool
    """Whether it is in the video's own language."""


def read_subtitle(
    file: File, info: Info, chunk_words: int = CHUNK_WORDS.default
) -> Subtitle | None:
    """None for a file without cues. Raises BrokenCaptions or BrokenFile."""
    match = SUFFIX.fullmatch(file.suffix)
    assert match is not None
    data = read_bytes(file, MAX_SUBTITLE_BYTES)
    captions = parse_captions(data, f".{match[2].lower()}")
    if not captions.segments:
        return None
    code = match[1] or captions.language or info.language or "en"
    chunks = cut_chunks(captions, chunk_words)
    return Subtitle(
        language=shorten_language(code),
        source=detect_source(captions, code, info),
        file=file.path.rpartition("/")[2],
        sha256=hashlib.sha256(data).hexdigest(),
        full_text=captions.full_text,
        words=msgspec.json.encode(captions.words).decode(),
        segments=msgspec.json.encode(captions.segments).decode(),
        number_of_words=len(captions.words) or sum(chunk.number_of_words for chunk in chunks),
        number_of_segments=len(captions.segments),
        chunks=[
            (chunk.text, chunk.number_of_words, chunk.start, chunk.end, chunk.word_starts)
            for chunk in chunks
        ],
        is_spoken=get_primary_subtag(code) == get_primary_subtag(info.language or "en"),
    )


def detect_source(captions: Captions, code: str, info: Info) -> str:
    """From the file's form, or else from what the .info.json lists for the language."""
    if not info.is_youtube:
        return "imported"
    if captions.is_automatic:
        return "youtube_auto"
    is_manual = code in (info.subtitles or {})
    is_recognized = code in (info.automatic_captions or {})
    return "youtube_auto" if is_recognized and not is_manual else "youtube_manual"


def shorten_language(code: str) -> str:
    """At most ten characters: YouTube names some tracks `en-nP7-2PuUl7o`."""
    return code if len(code) <= 10 else get_primary_subtag(code)[:10]


def get_primary_subtag(code: str) -> str:
    return re.split("[-_]", code)[0].lower()


def file_rank(file: File) -> tuple[bool, int, str]:
    """Sorts a language's own track before named ones that get the same language."""
    code, _, extension = file.suffix.lower().removeprefix(".").rpartition(".")
    return shorten_language(code) != code, FORMATS.index(f".{extension}"), file.suffix
