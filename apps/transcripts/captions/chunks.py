"""Cuts a transcript into chunks for search."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate, chain, islice, pairwise
from math import ceil

import msgspec

from apps.configuration.registry import CHUNK_WORDS
from apps.transcripts.captions.model import Captions, Word

# Han, Kana, Bopomofo, Thai, Lao, Burmese and Khmer, which put no blanks between words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
UNSPACED_CHARACTERS_PER_WORD = 2
# Whatever is longer than that without a blank is no one word.
LONGEST_WORD = 40


class ChunkDraft(msgspec.Struct, gc=False):
    """A part of a transcript, times in seconds, `end` always after `start`.

    `word_starts` has one time, never before the last one, for each blank-separated word of
    `text`: its own where the captions have word times, else its segment's.
    """

    text: str
    start: float
    end: float
    word_starts: list[float]
    number_of_words: int


class Piece(msgspec.Struct, gc=False):
    """Words that stay together: a segment, or a part of a segment too long for one chunk."""

    words: list[str]
    starts: list[float]
    end: float
    size: int


def cut_chunks(captions: Captions, words_per_chunk: int = CHUNK_WORDS.default) -> list[ChunkDraft]:
    """Chunks of about `words_per_chunk` words that end where a segment ends.

    A chunk of less than a fifth of them joins its neighbour, so that none has more than 1.4
    times as many. Only a segment of more than `words_per_chunk` words is split, between words;
    in scripts without blanks between words, and there between characters, two characters count
    as one word.
    """
    if words_per_chunk < 1:
        raise ValueError("a chunk has at least one word")
    chunks: list[list[Piece]] = []
    size = 0
    for piece in pieces(captions, words_per_chunk):
        if not chunks or (size + piece.size > words_per_chunk and size * 5 >= words_per_chunk):
            chunks.append([])
            size = 0
        chunks[-1].append(piece)
        size += piece.size
    if len(chunks) > 1 and size * 5 < words_per_chunk:
        chunks[-2:] = [chunks[-2] + chunks[-1]]
    return [draft(chunk) for chunk in chunks]


def draft(chunk: list[Piece]) -> ChunkDraft:
    words = [word for piece in chunk for word in piece.words]
    starts = [start for piece in chunk for start in piece.starts]
    end = max(*(piece.end for piece in chunk), starts[0] + 0.001)
    return ChunkDraft(" ".join(words), starts[0], end, starts, len(words))


def pieces(captions: Captions, longest: int) -> Iterator[Piece]:
    """The segments in order, those of more than `longest` words in parts; no start runs back."""
    own_times = iter(captions.words)
    latest = 0.0
    for segment in captions.segments:
        texts = segment.text.split()
        words = list(islice(own_times, len(texts))) or spread(texts, segment.start, segment.end)
        for part in parts(words, longest):
            starts = [word.start if captions.words else part[0].start for word in part]
            starts = list(accumulate(starts, max, initial=latest))[1:]
            latest = starts[-1]
            yield Piece([word.word for word in part], starts, part[-1].end, total_size(part))


def parts(words: list[Word], longest: int) -> Iterator[list[Word]]:
    if total_size(words) <= longest:
        yield words
        return
    part: list[Word] = []
    size = 0
    for word in chain.from_iterable(bits(word, longest) for word in words):
        if part and size + size_of(word.word) > longest:
            yield part
            part, size = [], 0
        part.append(word)
        size += size_of(word.word)
    yield part


def bits(word: Word, longest: int) -> list[Word]:
    """The word, in parts where it alone is longer than a chunk."""
    if size_of(word.word) <= longest:
        return [word]
    length = longest * UNSPACED_CHARACTERS_PER_WORD
    texts: list[str] = []
    start = 0
    while start < len(word.word):
        end = before_letter(word.word, start + length)
        texts.append(word.word[start:end])
        start = end
    return spread(texts, word.start, word.end)


def before_letter(text: str, at: int) -> int:
    """The first place from `at` on that does not tear a vowel sign or accent off its letter."""
    for place, character in enumerate(text[at : at + 8], start=at):
        if not unicodedata.category(character).startswith("M"):
            return place
    return at if at + 8 < len(text) else len(text)


def spread(texts: list[str], start: float, end: float) -> list[Word]:
    """Words that share a time, each by its size."""
    done = list(accumulate(map(size_of, texts), initial=0))
    times = [round(start + (end - start) * size / done[-1], 3) for size in done]
    return [Word(text, *span) for text, span in zip(texts, pairwise(times), strict=True)]


def total_size(words: list[Word]) -> int:
    return sum(size_of(word.word) for word in words)


def size_of(text: str) -> int:
    """How many words a text without blanks counts for."""
    unspaced = 0 if text.isascii() else len(UNSPACED.findall(text))
    return max(1, ceil(unspaced / UNSPACED_CHARACTERS_PER_WORD), ceil(len(text) / LONGEST_WORD))
