"""Divides chunks into timed lines, for the video page and as captions."""

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

LINE_WORDS = 12
MAX_CAPTION_SECONDS = 7.0
"""So that the last words do not stay during a pause."""


class TranscriptLine(NamedTuple):
    """`start` is the second in the video, or None if unknown."""

    start: float | None
    text: str


def split_into_lines(chunks: Iterable[Any]) -> Iterator[TranscriptLine]:
    for chunk in chunks:
        words = chunk["chunk_text"].split()
        if chunk["start_time"] is None:
            yield TranscriptLine(None, " ".join(words))
            continue
        starts = find_word_starts(chunk, len(words))
        for first in range(0, len(words), LINE_WORDS):
            yield TranscriptLine(starts[first], " ".join(words[first : first + LINE_WORDS]))


def find_word_starts(chunk: Any, number: int) -> Sequence[float]:
    """The words' own times, or evenly spread ones if the chunk has none for its current text."""
    known: Sequence[float] = chunk["word_starts"]
    start, end = chunk["start_time"], chunk["end_time"]
    latest = inf if end is None else end + 1
    if len(known) == number and all(start - 1 <= second <= latest for second in known):
        return known
    length = 0 if end is None else (end - start) / max(number, 1)
    return [start + place * length for place in range(number)]


def format_webvtt(chunks: Iterable[Any]) -> str:
    """The format is at https://www.w3.org/TR/webvtt1/."""
    timed = [(line.start, line.text) for line in split_into_lines(chunks) if line.start is not None]
    cues = [
        format_cue(start, min(following, start + MAX_CAPTION_SECONDS), text)
        for (start, text), (following, _) in pairwise([*timed, (inf, "")])
        if following > start
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def format_cue(start: float, end: float, text: str) -> str:
    return f"{format_vtt_time(start)} --> {format_vtt_time(end)}\n{html.escape(text)}"


def format_vtt_time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return f"{format_clock(milliseconds // 1000):0>8}.{milliseconds % 1000:03}"


def format_clock(seconds: float) -> str:
    """For example 1:02:03."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
