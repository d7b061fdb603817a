"""Words in, words out: any transcript, as any file that YouTube and yt-dlp make of it."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.transcripts.captions import Captions, parse_captions
from tests.transcripts import caption_files
from tests.transcripts.caption_files import Line

# Words that a file can hold as they are; the others need escapes, which .srt has not.
plain_word = st.sampled_from(
    [
        "la",
        "oh",
        "[",
        "__",
        "]",
        "[Music]",
        ">>",
        "42",
        "R&D",
        "don't",
        "今日は",
        "สวัสดี",
        "a>b",
        "<3",
    ]
) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Z", "C"], exclude_characters="<&{\\"),
    min_size=1,
)
word = (
    plain_word
    | st.sampled_from(
        ["&", "&amp;", "&gt;&gt;", "<c>", "</c>", "<00:00:01.000>", "-->", r"\N", "NOTE"]
    )
    | st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1)
)


def transcripts(words: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[list[Line], int]]:
    gap = st.integers(min_value=50, max_value=5000)
    lines = st.lists(st.lists(st.tuples(words, gap), min_size=1, max_size=6), min_size=1)
    return lines.map(with_times)


def with_times(lines: list[list[tuple[str, int]]]) -> tuple[list[Line], int]:
    times = accumulate(gap for line in lines for _, gap in line)
    timed = [[(word, next(times)) for word, _ in line] for line in lines]
    return timed, timed[-1][-1][1] + 1000


def texts(lines: list[Line]) -> list[str]:
    return [caption_files.text_of(line) for line in lines]


def expected_words(lines: list[Line]) -> list[tuple[str, float]]:
    return [(word, time / 1000) for line in lines for word, time in line]


def assert_words_and_times(captions: Captions, lines: list[Line], end: int) -> None:
    assert [segment.text for segment in captions.segments] == texts(lines)
    assert [(word.word, word.start) for word in captions.words] == expected_words(lines)
    assert all(word.start <= word.end for word in captions.words)
    assert captions.words[-1].end == captions.segments[-1].end == end / 1000
    assert captions.is_automatic is True


@given(transcripts(word), st.sets(st.integers(0, 5)))
def test_rolling_vtt(transcript: tuple[list[Line], int], cleared_after: set[int]) -> None:
    lines, end = transcript
    data = caption_files.rolling_vtt(lines, end, "de", cleared_after)
    captions = parse_captions(data, ".vtt")
    assert captions.language == "de"
    assert [segment.text for segment in captions.segments] == texts(lines)
    if any(len(line) > 1 for line in lines):
        assert_words_and_times(captions, lines, end)


@given(transcripts(word))
def test_automatic_json3(transcript: tuple[list[Line], int]) -> None:
    lines, end = transcript
    captions = parse_captions(caption_files.automatic_json3(lines, end), ".json3")
    assert [segment.text for segment in captions.segments] == texts(lines)
    if any(len(line) > 1 for line in lines):
        assert_words_and_times(captions, lines, end)


@given(transcripts(plain_word), st.sets(st.integers(0, 5)))
def test_rolling_srt(transcript: tuple[list[Line], int], cleared_after: set[int]) -> None:
    lines, end = transcript
    captions = parse_captions(caption_files.rolling_srt(lines, end, cleared_after), ".srt")
    assert [segment.text for segment in captions.segments] == texts(lines)
    assert captions.words == []
    assert captions.is_automatic is (True if len(lines) > 1 else None)


@given(transcripts(plain_word))
def test_plain_srt(transcript: tuple[list[Line], int]) -> None:
    assert_segments(parse_captions(caption_files.plain_srt(*transcript), ".srt"), transcript)


@given(transcripts(word))
def test_plain_vtt(transcript: tuple[list[Line], int]) -> None:
    assert_segments(parse_captions(caption_files.plain_vtt(*transcript), ".vtt"), transcript)


@given(transcripts(word))
def test_plain_json3(transcript: tuple[list[Line], int]) -> None:
    assert_segments(parse_captions(caption_files.plain_json3(*transcript), ".json3"), transcript)


def assert_segments(captions: Captions, transcript: tuple[list[Line], int]) -> None:
    expected = [
        (start / 1000, end / 1000, text) for start, end, text in caption_files.cues(*transcript)
    ]
    assert [(part.start, part.end, part.text) for part in captions.segments] == expected
    assert captions.words == []
    assert captions.is_automatic is None
    assert captions.full_text == "\n".join(texts(transcript[0]))


CHORUS: list[Line] = [
    [("la", 0), ("la", 500)],
    [("la", 1000), ("la", 1500)],
    [("[Music]", 2000)],
    [("[Music]", 3000)],
    [("[", 4000), ("__", 4100), ("]", 4200), ("&", 4500)],
    [(">>", 5000), ("la", 5200)],
    [("la", 6000)],
    [("la", 7000)],
]


@pytest.mark.parametrize("cleared_after", [(), (0,), (2, 5), range(8)])
def test_a_chorus_sung_twice_comes_twice(cleared_after: tuple[int, ...]) -> None:
    rolling = caption_files.rolling_vtt(CHORUS, 8000, cleared_after=cleared_after)
    assert_words_and_times(parse_captions(rolling, ".vtt"), CHORUS, 8000)
    rolling = caption_files.rolling_srt(CHORUS, 8000, cleared_after)
    captions = parse_captions(rolling, ".srt")
    assert [segment.text for segment in captions.segments] == texts(CHORUS)


def test_an_hour_of_captions_is_the_same_in_every_format() -> None:
    lines, end = caption_files.spoken(10_000)
    automatic = parse_captions(caption_files.rolling_vtt(lines, end), ".vtt")
    assert_words_and_times(automatic, lines, end)
    other = parse_captions(caption_files.automatic_json3(lines, end), ".json3")
    assert_words_and_times(other, lines, end)
    rolling = parse_captions(caption_files.rolling_srt(lines, end), ".srt")
    assert rolling.segments == automatic.segments
