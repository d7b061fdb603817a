"""Transcripts cut into chunks for search."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.transcripts.captions import (
    Captions,
    ChunkDraft,
    Segment,
    Word,
    cut_chunks,
    parse_captions,
)
from tests.transcripts import caption_files

text = st.lists(
    st.sampled_from(["a", "word", "今日は", "สวัสดี", "เก็บน้ำ" * 9, "語" * 30, "x" * 200])
    | st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1),
    min_size=1,
    max_size=30,
).map(" ".join)
seconds = st.integers(0, 10**6).map(lambda milliseconds: milliseconds / 1000)


@st.composite
def transcripts(draw: st.DrawFn) -> Captions:
    starts = sorted(draw(st.lists(seconds, max_size=20)))
    segments = [Segment(draw(text), start, start + draw(seconds)) for start in starts]
    if not draw(st.booleans()):
        return Captions(segments, [])
    words = [Word(word, part.start, part.end) for part in segments for word in part.text.split()]
    return Captions(segments, words)


def check(chunks: list[ChunkDraft]) -> None:
    for chunk in chunks:
        assert chunk.number_of_words == len(chunk.text.split()) == len(chunk.word_starts) > 0
        assert chunk.start == chunk.word_starts[0]
        assert chunk.start < chunk.end
        assert chunk.word_starts == sorted(chunk.word_starts)
    assert all(a.start <= b.start for a, b in pairwise(chunks))


@given(transcripts(), st.integers(1, 60))
def test_no_character_is_lost(captions: Captions, words_per_chunk: int) -> None:
    chunks = cut_chunks(captions, words_per_chunk)
    check(chunks)
    joined = "".join(chunk.text for chunk in chunks).replace(" ", "")
    assert joined == "".join(captions.full_text.split())


@given(transcripts(), st.integers(100, 200))
def test_no_word_is_lost(captions: Captions, words_per_chunk: int) -> None:
    chunks = cut_chunks(captions, words_per_chunk)
    words = captions.full_text.split()
    assert " ".join(chunk.text for chunk in chunks).split() == words
    assert all(chunk.number_of_words <= 1.4 * words_per_chunk for chunk in chunks)


def test_an_hour() -> None:
    lines, end = caption_files.spoken(10_000)
    captions = parse_captions(caption_files.rolling_vtt(lines, end), ".vtt")
    chunks = cut_chunks(captions)
    check(chunks)
    assert {chunk.start for chunk in chunks} <= {segment.start for segment in captions.segments}
    assert {chunk.end for chunk in chunks} <= {segment.end for segment in captions.segments}
    assert all(140 <= chunk.number_of_words <= 180 for chunk in chunks[:-1])
    starts = [start for chunk in chunks for start in chunk.word_starts]
    assert starts == [word.start for word in captions.words]


def test_a_tiny_remainder_joins_the_previous_chunk() -> None:
    segments = [Segment("one two three four", n, n + 1) for n in range(5)]
    captions = Captions([*segments, Segment("end", 5, 6)], [])
    assert [chunk.number_of_words for chunk in cut_chunks(captions, 10)] == [8, 8, 5]
    captions = Captions([*segments[:2], Segment("end", 5, 6)], [])
    assert cut_chunks(captions, 8) == [
        ChunkDraft(
            "one two three four one two three four end", 0, 6, [0.0] * 4 + [1.0] * 4 + [5.0], 9
        )
    ]


def test_one_long_cue_is_split_between_words() -> None:
    captions = Captions([Segment(" ".join(["word"] * 400), 0, 100)], [])
    assert [(chunk.start, chunk.end, chunk.number_of_words) for chunk in cut_chunks(captions)] == [
        (0, 37.5, 150),
        (37.5, 75, 150),
        (75, 100, 100),
    ]


def test_a_script_without_blanks_is_split_between_characters() -> None:
    captions = Captions([Segment("語" * 1000, 10, 20)], [])
    chunks = cut_chunks(captions, 100)
    assert [len(chunk.text) for chunk in chunks] == [200] * 5
    assert [chunk.start for chunk in chunks] == [10, 12, 14, 16, 18]
    assert chunks[-1].end == 20


def test_a_vowel_sign_stays_with_its_letter() -> None:
    captions = Captions([Segment("กี่" * 10, 0, 10)], [])
    assert [chunk.text for chunk in cut_chunks(captions, 2)] == ["กี่กี่"] * 5
    captions = Captions([Segment("ก" + "ี" * 30, 0, 10)], [])
    assert [len(chunk.text) for chunk in cut_chunks(captions, 6)] == [12, 19]


def test_nothing_to_cut() -> None:
    assert cut_chunks(Captions([], [])) == []


def test_a_chunk_has_words() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        cut_chunks(Captions([], []), 0)
