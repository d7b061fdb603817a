"""Chunks cut into lines with the second at which each is said: for a page, and as captions."""

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

LINE_WORDS = 12
LONGEST_CAPTION = 7.0
"""Seconds. In a pause the last words do not stay."""


class Line(NamedTuple):
    """`start` is in seconds of the video, None where nobody knows it."""

    start: float | None
    text: str


def lines(chunks: Iterable[Any]) -> Iterator[Line]:
    for chunk in chunks:
        words = chunk["chunk_text"].split()
        if chunk["start_time"] is None:
            yield Line(None, " ".join(words))
            continue
        starts = word_starts(chunk, len(words))
        for first in range(0, len(words), LINE_WORDS):
            yield Line(starts[first], " ".join(words[first : first + LINE_WORDS]))


def word_starts(chunk: Any, number: int) -> Sequence[float]:
    """The words' own times; spread evenly over the chunk where it has none for the present text."""
    known: Sequence[float] = chunk["word_starts"]
    start, end = chunk["start_time"], chunk["end_time"]
    latest = inf if end is None else end + 1
    if len(known) == number and all(start - 1 <= second <= latest for second in known):
        return known
    length = 0 if end is None else (end - start) / max(number, 1)
    return [start + place * length for place in range(number)]


def as_webvtt(chunks: Iterable[Any]) -> str:
    """https://www.w3.org/TR/webvtt1/"""
    timed = [(line.start, line.text) for line in lines(chunks) if line.start is not None]
    cues = [
        f"{stamp(start)} --> {stamp(min(following, start + LONGEST_CAPTION))}\n{html.escape(text)}"
        for (start, text), (following, _) in pairwise([*timed, (inf, "")])
        if following > start
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return f"{clock(milliseconds // 1000):0>8}.{milliseconds % 1000:03}"


def clock(seconds: float) -> str:
    """Such as 1:02:03."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
