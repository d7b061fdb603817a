"""Cues, the common form of all formats, and how captions are built from them."""

from collections.abc import Iterable
from itertools import pairwise

import msgspec

from apps.transcripts.captions.model import BrokenCaptions, Captions, Segment, Word

LATEST_MS = 10_000 * 3_600_000

Fragment = tuple[int, str]


class Cue(msgspec.Struct, frozen=True, gc=False):
    """Text shown from `start` to `end`, in milliseconds.

    Each fragment is part of the text with the millisecond at which it is spoken. It continues the
    word of the fragment before it unless there is a space between them.
    """

    start: int
    end: int
    fragments: list[Fragment]


def check_times(times: Iterable[tuple[int, int]]) -> None:
    """Raises BrokenCaptions for the first cue with invalid times, which are in milliseconds."""
    latest = 0
    for number, (start, end) in enumerate(times, start=1):
        if end < start:
            wrong = f"{format_time(start)} --> {format_time(end)}"
            raise BrokenCaptions(f"cue {number} ends before it starts ({wrong})")
        if start < latest:
            raise BrokenCaptions(f"cue {number} starts before the previous one")
        if end > LATEST_MS:
            raise BrokenCaptions(f"cue {number} ends after more than 10,000 hours")
        latest = start


def build_captions(
    cues: list[Cue],
    *,
    is_automatic: bool | None,
    has_word_times: bool,
    language: str | None = None,
) -> Captions:
    """Captions with a segment for each cue. Every cue must have text."""
    segments: list[Segment] = []
    words: list[Word] = []
    if is_automatic or has_word_times:
        cues = trim_overlaps(cues)
    for cue in cues:
        text = " ".join("".join([text for _, text in cue.fragments]).split())
        segments.append(Segment(text, cue.start / 1000, cue.end / 1000))
        if has_word_times:
            words += time_words(cue)
    return Captions(segments, words, is_automatic, language)


def trim_overlaps(cues: list[Cue]) -> list[Cue]:
    """The cues, each ending no later than the next one starts.

    A line of automatic captions stays on the screen long after it is spoken.
    """
    ends = [min(cue.end, after.start) for cue, after in pairwise(cues)]
    ends += [cue.end for cue in cues[-1:]]
    return [Cue(cue.start, end, cue.fragments) for cue, end in zip(cues, ends, strict=True)]


def time_words(cue: Cue) -> list[Word]:
    """The words of a cue. Each lasts until the next, and a fragment's words share its time."""
    texts: list[str] = []
    starts: list[float] = []
    latest = cue.start
    goes_on = False
    for number, (said_at, text) in enumerate(cue.fragments, start=1):
        start = latest = max(latest, min(said_at, cue.end))
        parts = text.split()
        if goes_on and parts and not text[0].isspace():
            texts[-1] += parts.pop(0)
        if parts:
            until = cue.fragments[number][0] if number < len(cue.fragments) else cue.end
            share = max(0, min(until, cue.end) - start) / len(parts)
            texts += parts
            starts += [round(start + share * place) / 1000 for place in range(len(parts))]
        if text:
            goes_on = bool(texts) and not text[-1].isspace()
    ends = [*starts[1:], cue.end / 1000]
    return [Word(*word) for word in zip(texts, starts, ends, strict=True)]


def format_time(milliseconds: int) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}"
