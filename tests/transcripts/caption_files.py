"""Makes subtitle files as YouTube and yt-dlp make them, of words with the times they are said at.

A transcript is a list of lines; a line is a list of words, each with its start in milliseconds.
A line lasts until 10 ms before the next one, the last line until `end`.
"""

import json
import random
from collections.abc import Callable, Collection, Iterator
from html import escape
from itertools import pairwise

Line = list[tuple[str, int]]
Cue = tuple[int, int, str]

VOCABULARY = ["so", "we", "are", "going", "to", "look", "at", "how", "it", "works", "[Music]"]


def spoken(number_of_words: int, seed: int = 0) -> tuple[list[Line], int]:
    """A transcript of five to eight words a line, 0.36 s a word (10,000 an hour), and its end."""
    rng = random.Random(seed)
    words = rng.choices(VOCABULARY, k=number_of_words)
    timed = [(word, place * 360) for place, word in enumerate(words)]
    lines: list[Line] = []
    at = 0
    while at < number_of_words:
        length = rng.randint(5, 8)
        lines.append(timed[at : at + length])
        at += length
    return lines, number_of_words * 360


def rolling_vtt(
    lines: list[Line], end: int, language: str = "en", cleared_after: Collection[int] = ()
) -> bytes:
    """Automatic captions; after the lines of these places nothing is carried along."""
    return vtt(
        [
            (start, until, f"{escape_cue(above)}\n{below}")
            for start, until, above, below in rolling_cues(lines, end, cleared_after, tagged)
        ],
        f"Kind: captions\nLanguage: {language}\n",
        " align:start position:0%",
    )


def rolling_srt(lines: list[Line], end: int, cleared_after: Collection[int] = ()) -> bytes:
    """Automatic captions after `--convert-subs srt`."""
    return srt(
        [
            (start, until, f"{above}\n{below}")
            for start, until, above, below in rolling_cues(lines, end, cleared_after, text_of)
        ]
    )


def plain_vtt(lines: list[Line], end: int) -> bytes:
    return vtt([(start, until, escape_cue(text)) for start, until, text in cues(lines, end)])


def plain_srt(lines: list[Line], end: int) -> bytes:
    return srt(cues(lines, end))


def automatic_json3(lines: list[Line], end: int) -> bytes:
    """Each line stays until the next one ends; a bare line break scrolls before each line."""
    ends = [until for _, until, _ in cues(lines, end)]
    events: list[dict[str, object]] = [{"tStartMs": 0, "dDurationMs": end, "id": 1}]
    for place, line in enumerate(lines):
        start = line[0][1]
        until = ends[min(place + 1, len(ends) - 1)]
        if place:
            scroll = {"tStartMs": start - 10, "dDurationMs": until - start + 10}
            events.append(scroll | {"wWinId": 1, "aAppend": 1, "segs": [{"utf8": "\n"}]})
        segs: list[dict[str, object]] = [{"utf8": line[0][0], "acAsrConf": 0}]
        segs += [
            {"utf8": f" {word}", "tOffsetMs": time - start, "acAsrConf": 0}
            for word, time in line[1:]
        ]
        events.append({"tStartMs": start, "dDurationMs": until - start, "wWinId": 1, "segs": segs})
    return json3(events)


def plain_json3(lines: list[Line], end: int) -> bytes:
    return json3(
        [
            {"tStartMs": start, "dDurationMs": until - start, "segs": [{"utf8": text}]}
            for start, until, text in cues(lines, end)
        ]
    )


def json3(events: list[dict[str, object]]) -> bytes:
    return json.dumps({"wireMagic": "pb3", "pens": [{}], "events": events}).encode()


def vtt(cues: list[Cue], header: str = "", settings: str = "") -> bytes:
    blocks = [
        f"{clock(start)} --> {clock(until)}{settings}\n{text}\n" for start, until, text in cues
    ]
    return "\n".join([f"WEBVTT\n{header}", *blocks]).encode()


def srt(cues: list[Cue]) -> bytes:
    blocks = [
        f"{number}\n{clock(start, ',')} --> {clock(until, ',')}\n{text}\n"
        for number, (start, until, text) in enumerate(cues, start=1)
    ]
    return "\n".join(blocks).encode()


def cues(lines: list[Line], end: int) -> list[Cue]:
    ends = [after[0][1] - 10 for _, after in pairwise(lines)] + [end]
    return [(line[0][1], until, text_of(line)) for line, until in zip(lines, ends, strict=True)]


def rolling_cues(
    lines: list[Line], end: int, cleared_after: Collection[int], render: Callable[[Line], str]
) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, upper and lower line of each cue."""
    carried = " "
    last = len(lines) - 1
    for place, (start, until, text) in enumerate(cues(lines, end)):
        yield start, until, carried, render(lines[place])
        carried = " " if place in cleared_after else text
        if place < last:
            yield until, until + 10, carried, " "


def tagged(line: Line) -> str:
    first, *rest = line
    tags = [f"<{clock(time)}><c> {escape_cue(word)}</c>" for word, time in rest]
    return escape_cue(first[0]) + "".join(tags)


def text_of(line: Line) -> str:
    return " ".join([word for word, _ in line])


def escape_cue(text: str) -> str:
    return escape(text, quote=False)


def clock(milliseconds: int, point: str = ".") -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{milliseconds:03}"
