"""Divides a transcript into chunks for search."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate, chain, islice, pairwise
from math import ceil

import msgspec

from apps.configuration.registry import CHUNK_WORDS
from apps.transcripts.captions.model import Captions, Word

# Han, Kana, Bopomofo, Thai, Lao, Burmese and Khmer, which put no spaces between words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
UNSPACED_CHARACTERS_PER_WORD = 2
# Anything longer without a space is not a single word.
LONGEST_WORD = 40


class ChunkDraft(msgspec.Struct, gc=False):
    """A part of a transcript. Times are in seconds, and `end` is always after `start`.

    `word_starts` has a non-decreasing time for each whitespace-separated word of `text`: its own if
    the captions have word times, otherwise its segment's.
    """

    text: str
    start: float
    end: float
    word_starts: list[float]
    number_of_words: int


class Piece(msgspec.Struct, gc=False):
    """Words that stay together: a segment, or part of a segment too long for one chunk."""

    words: list[str]
    starts: list[float]
    end: float
    size: int


def cut_chunks(captions: Captions, words_per_chunk: int = CHUNK_WORDS.default) -> list[ChunkDraft]:
    """Chunks of about `words_per_chunk` words that end at the end of a segment.

    A chunk of less than a fifth of that joins its neighbor, so that none has more than 1.4 times as
    many words. Only segments of more than `words_per_chunk` words are split, between words. Scripts
    without spaces are split between characters, two of which count as one word.
    """
    if words_per_chunk < 1:
        raise ValueError("words_per_chunk must be at least 1")
    chunks: list[list[Piece]] = []
    size = 0
    for piece in split_into_pieces(captions, words_per_chunk):
        if not chunks or (size + piece.size > words_per_chunk and size * 5 >= words_per_chunk):
            chunks.append([])
            size = 0
        chunks[-1].append(piece)
        size += piece.size
    if len(chunks) > 1 and size * 5 < words_per_chunk:
        chunks[-2:] = [chunks[-2] + chunks[-1]]
    return [make_draft(chunk) for chunk in chunks]


def make_draft(chunk: list[Piece]) -> ChunkDraft:
    words = [word for piece in chunk for word in piece.words]
    starts = [start for piece in chunk for start in piece.starts]
    end = max(*(piece.end for piece in chunk), starts[0] + 0.001)
    return ChunkDraft(" ".join(words), starts[0], end, starts, len(words))


def split_into_pieces(captions: Captions, longest: int) -> Iterator[Piece]:
    """The segments in order, with those of more than `longest` words split."""
    own_times = iter(captions.words)
    latest = 0.0
    for segment in captions.segments:
        texts = segment.text.split()
        words = list(islice(own_times, len(texts))) or spread_times(
            texts, segment.start, segment.end
        )
        for part in split_words(words, longest):
            starts = [word.start if captions.words else part[0].start for word in part]
            starts = list(accumulate(starts, max, initial=latest))[1:]
            latest = starts[-1]
            yield Piece([word.word for word in part], starts, part[-1].end, measure_words(part))


def split_words(words: list[Word], longest: int) -> Iterator[list[Word]]:
    if measure_words(words) <= longest:
        yield words
        return
    part: list[Word] = []
    size = 0
    for word in chain.from_iterable(split_long_word(word, longest) for word in words):
        if part and size + measure_word(word.word) > longest:
            yield part
            part, size = [], 0
        part.append(word)
        size += measure_word(word.word)
    yield part


def split_long_word(word: Word, longest: int) -> list[Word]:
    """The word, split if it alone is longer than a chunk."""
    if measure_word(word.word) <= longest:
        return [word]
    length = longest * UNSPACED_CHARACTERS_PER_WORD
    texts: list[str] = []
    start = 0
    while start < len(word.word):
        end = find_letter_boundary(word.word, start + length)
        texts.append(word.word[start:end])
        start = end
    return spread_times(texts, word.start, word.end)


def find_letter_boundary(text: str, at: int) -> int:
    """The first position from `at` that does not separate a combining mark from its letter."""
    for place, character in enumerate(text[at : at + 8], start=at):
        if not unicodedata.category(character).startswith("M"):
            return place
    return at if at + 8 < len(text) else len(text)


def spread_times(texts: list[str], start: float, end: float) -> list[Word]:
    """Divides a time span among words in proportion to their size."""
    done = list(accumulate(map(measure_word, texts), initial=0))
    times = [round(start + (end - start) * size / done[-1], 3) for size in done]
    return [Word(text, *span) for text, span in zip(texts, pairwise(times), strict=True)]


def measure_words(words: list[Word]) -> int:
    return sum(measure_word(word.word) for word in words)


def measure_word(text: str) -> int:
    """The number of words that a text without spaces counts as."""
    unspaced = 0 if text.isascii() else len(UNSPACED.findall(text))
    return max(1, ceil(unspaced / UNSPACED_CHARACTERS_PER_WORD), ceil(len(text) / LONGEST_WORD))
