"""Undoes the rolling of YouTube's automatic captions.

YouTube shows two lines: the upper one is carried over, and the lower one is new. In .vtt, and in
.srt made from it, each line appears three times: as the new line of a cue, alone in a cue of 10 ms,
and as the carried line of the next cue.

    00:00.000 --> 00:01.850          00:01.850 --> 00:01.860       00:01.860 --> 00:03.230
                                     hey what's up                 hey what's up
    hey<00:00.539><c> what's</c>…                                  for a long time
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from apps.transcripts.captions.cues import Cue, Fragment, build_captions, check_times
from apps.transcripts.captions.model import Captions
from apps.transcripts.captions.text import TAG, strip_tags, unescape_entities

SHORT_MS = 20

WORD_TIME = re.compile(r"<((?:\d+:)?\d\d:\d\d\.\d{3})>")
RECOGNISED_WORD = re.compile(r"<[\d:.]+><c>")


class ScreenLine(msgspec.Struct, frozen=True, gc=False):
    """A line with its tags as in the file, and its plain text, never blank."""

    raw: str
    text: str


class Screen(msgspec.Struct, frozen=True, gc=False):
    """The non-blank lines on the screen from `start` to `end`, in milliseconds."""

    start: int
    end: int
    lines: list[ScreenLine]

    @property
    def is_short(self) -> bool:
        return self.end - self.start <= SHORT_MS


def make_screen(start: int, end: int, raw_lines: list[str]) -> Screen:
    lines = [ScreenLine(raw, text) for raw in raw_lines if (text := strip_tags(raw))]
    return Screen(start, end, lines)


def captions_from_screens(screens: list[Screen], language: str | None = None) -> Captions:
    """Captions from the cues of a .vtt or .srt. Raises BrokenCaptions for invalid times."""
    check_times((screen.start, screen.end) for screen in screens)
    raw = "\n".join([line.raw for screen in screens for line in screen.lines])
    is_automatic = bool(RECOGNISED_WORD.search(raw)) or is_rolling(screens)
    cues = [
        Cue(screen.start, screen.end, split_fragments(screen.start, lines))
        for screen, lines in find_new_lines(screens, is_automatic)
        if lines
    ]
    return build_captions(
        cues,
        is_automatic=is_automatic or None,
        has_word_times=bool(WORD_TIME.search(raw)),
        language=language,
    )


def is_rolling(screens: list[Screen]) -> bool:
    """Whether some cue is followed at once by a short one with only its last line, or none."""
    return any(
        after.is_short
        and before.end == after.start < after.end
        and list_texts(after) in ([], list_texts(before)[-1:])
        for before, after in pairwise(screens)
    )


def find_new_lines(
    screens: list[Screen], is_automatic: bool
) -> Iterator[tuple[Screen, list[ScreenLine]]]:
    """Each cue with the lines that it is the first to show.

    A carried line is recognized by its position, not just its text: a chorus sung twice stays.
    """
    before: list[str] = []
    for screen in screens:
        lines, now = screen.lines, list_texts(screen)
        if screen.is_short and set(now) <= set(before):
            lines = []
        elif is_automatic and len(now) > 1 and now[:1] == before[-1:]:
            lines = lines[1:]
        yield screen, lines
        before = now


def list_texts(screen: Screen) -> list[str]:
    return [line.text for line in screen.lines]


def split_fragments(start: int, lines: list[ScreenLine]) -> list[Fragment]:
    """The text of the lines, split at word times."""
    raw = "\n".join([line.raw for line in lines])
    first, *rest = WORD_TIME.split(raw)
    pairs = [(start, first), *zip(map(parse_milliseconds, rest[::2]), rest[1::2], strict=True)]
    return [(time, unescape_entities(TAG.sub("", text))) for time, text in pairs]


def parse_milliseconds(time: str) -> int:
    """Parses "[hours:]minutes:seconds.milliseconds"."""
    minutes = int(time[:-10] or "0") * 60 + int(time[-9:-7])
    return minutes * 60_000 + int(time[-6:-4] + time[-3:])
