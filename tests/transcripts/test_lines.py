"""Chunks as lines with their seconds, and as captions."""

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.transcripts.captions.vtt import read_vtt
from apps.transcripts.lines import (
    LINE_WORDS,
    TranscriptLine,
    format_clock,
    format_webvtt,
    split_into_lines,
)


def chunk(
    text: str, start: float | None = 60.0, end: float | None = 90.0, starts: Any = ()
) -> dict[str, Any]:
    return {"chunk_text": text, "start_time": start, "end_time": end, "word_starts": list(starts)}


WORDS = [f"w{place}" for place in range(30)]
TEXT = " ".join(WORDS)


def test_each_line_has_the_second_of_its_first_word() -> None:
    starts = [60.5 + place * 0.9 for place in range(30)]
    assert list(split_into_lines([chunk(TEXT, starts=starts)])) == [
        TranscriptLine(starts[0], " ".join(WORDS[:12])),
        TranscriptLine(starts[12], " ".join(WORDS[12:24])),
        TranscriptLine(starts[24], " ".join(WORDS[24:])),
    ]


@pytest.mark.parametrize(
    "starts",
    [[], [60.0] * 29, [60.0] * 31, [1000.0 + place for place in range(30)], [0.0] * 30],
    ids=["none", "too few", "too many", "later", "earlier"],
)
def test_words_without_times_of_their_own_are_spread_evenly(starts: list[float]) -> None:
    """So after somebody has corrected the text, or moved the chunk."""
    assert [line.start for line in split_into_lines([chunk(TEXT, starts=starts)])] == [
        60.0,
        72.0,
        84.0,
    ]


def test_a_chunk_without_an_end_is_all_at_its_start() -> None:
    assert [line.start for line in split_into_lines([chunk(TEXT, end=None)])] == [60.0] * 3
    known = [60.0 + place for place in range(30)]
    timed = split_into_lines([chunk(TEXT, end=None, starts=known)])
    assert [line.start for line in timed] == [60.0, 72.0, 84.0]


def test_a_chunk_without_a_start_has_no_times() -> None:
    assert list(split_into_lines([chunk(f" {TEXT}\n", None, None)])) == [TranscriptLine(None, TEXT)]


def test_an_empty_chunk_has_no_lines() -> None:
    assert list(split_into_lines([chunk(" \n ")])) == []


def test_a_caption_ends_with_the_next_one_or_after_seven_seconds() -> None:
    captions = format_webvtt(
        [chunk("first", 0, 5), chunk("second", 5, 6), chunk("third", 360000.25)]
    )
    assert captions == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:05.000\nfirst\n\n"
        "00:00:05.000 --> 00:00:12.000\nsecond\n\n"
        "100:00:00.250 --> 100:00:07.250\nthird\n"
    )


def test_what_comes_late_or_has_no_time_is_left_out() -> None:
    chunks = [chunk("later", 10), chunk("earlier", 5), chunk("when?", None, None)]
    assert format_webvtt(chunks) == "WEBVTT\n\n00:00:05.000 --> 00:00:12.000\nearlier\n"
    assert format_webvtt([]) == "WEBVTT\n"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12), max_size=60
    )
)
def test_captions_can_be_read_again(words: list[str]) -> None:
    """Whatever is said in them, `-->` and `<c>` as well, all of it is there and nothing more."""
    captions = format_webvtt([chunk(" ".join(words), 0.0, 3600.0)])
    cues = re.findall(r"^\d\d:\d\d:\d\d\.\d{3} --> .*\n(.*)\n", captions, re.MULTILINE)
    assert html.unescape(" ".join(cues)).split() == words
    assert len(cues) == -(-len(words) // LINE_WORDS)
    assert captions.count("-->") == len(cues)
    read = read_vtt(captions)
    assert len(read.segments) <= len(cues)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00:00"),
        (59.999, "0:00:59"),
        (3723.5, "1:02:03"),
        (360000, "100:00:00"),
        (-5, "0:00:00"),
    ],
)
def test_a_clock(seconds: float, text: str) -> None:
    assert format_clock(seconds) == text
