"""Undoes the rolling of YouTube's automatic captions.

YouTube shows two lines: the upper one is carried along from before, the lower one is new. As
.vtt, and as .srt made of it, each line comes three times: as the new line of a cue, alone in a
cue of 10 ms, and as the carried line of the next cue.

    00:00.000 --> 00:01.850          00:01.850 --> 00:01.860       00:01.860 --> 00:03.230
                                     hey what's up                 hey what's up
    hey<00:00.539><c> what's</c>…                                  for a long time
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from apps.transcripts.captions.cues import Cue, Fragment, captions_from, check_times
from apps.transcripts.captions.model import Captions
from apps.transcripts.captions.text import TAG, one_line, unescape

SHORT_MS = 20

WORD_TIME = re.compile(r"<((?:\d+:)?\d\d:\d\d\.\d{3})>")
RECOGNISED_WORD = re.compile(r"<[\d:.]+><c>")


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line as the file has it, tags and all, and its plain text, never blank."""

    raw: str
    text: str


class Shown(msgspec.Struct, frozen=True, gc=False):
    """The lines on the screen from `start` to `end`, in milliseconds; blank lines left out."""

    start: int
    end: int
    lines: list[Line]

    @property
    def is_short(self) -> bool:
        return self.end - self.start <= SHORT_MS


def shown(start: int, end: int, raw_lines: list[str]) -> Shown:
    lines = [Line(raw, text) for raw in raw_lines if (text := one_line(raw))]
    return Shown(start, end, lines)


def captions_from_shown(screens: list[Shown], language: str | None = None) -> Captions:
    """Captions of cues as .vtt and .srt have them; raises BrokenCaptions for their times."""
    check_times((screen.start, screen.end) for screen in screens)
    raw = "\n".join([line.raw for screen in screens for line in screen.lines])
    is_automatic = bool(RECOGNISED_WORD.search(raw)) or rolls(screens)
    cues = [
        Cue(screen.start, screen.end, fragments(screen.start, lines))
        for screen, lines in new_lines(screens, is_automatic)
        if lines
    ]
    return captions_from(
        cues,
        is_automatic=is_automatic or None,
        has_word_times=bool(WORD_TIME.search(raw)),
        language=language,
    )


def rolls(screens: list[Shown]) -> bool:
    """Whether a short cue follows at once that shows nothing but the last line, or nothing."""
    return any(
        after.is_short
        and before.end == after.start < after.end
        and texts(after) in ([], texts(before)[-1:])
        for before, after in pairwise(screens)
    )


def new_lines(screens: list[Shown], is_automatic: bool) -> Iterator[tuple[Shown, list[Line]]]:
    """Each cue with the lines it is the first to show.

    A line is carried by its place, not for its text alone: a chorus sung twice is there twice.
    """
    before: list[str] = []
    for screen in screens:
        lines, now = screen.lines, texts(screen)
        if screen.is_short and set(now) <= set(before):
            lines = []
        elif is_automatic and len(now) > 1 and now[:1] == before[-1:]:
            lines = lines[1:]
        yield screen, lines
        before = now


def texts(screen: Shown) -> list[str]:
    return [line.text for line in screen.lines]


def fragments(start: int, lines: list[Line]) -> list[Fragment]:
    """The text of lines, cut at its word times."""
    raw = "\n".join([line.raw for line in lines])
    first, *rest = WORD_TIME.split(raw)
    pairs = [(start, first), *zip(map(milliseconds, rest[::2]), rest[1::2], strict=True)]
    return [(time, unescape(TAG.sub("", text))) for time, text in pairs]


def milliseconds(time: str) -> int:
    """Of "[hours:]minutes:seconds.milliseconds"."""
    minutes = int(time[:-10] or "0") * 60 + int(time[-9:-7])
    return minutes * 60_000 + int(time[-6:-4] + time[-3:])
