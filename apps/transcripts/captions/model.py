"""What a subtitle file says, whatever its format."""

import msgspec


class BrokenCaptions(ValueError):
    """The file is not a readable subtitle file. The message gives the reason."""


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word without spaces, spoken from `start` to `end`, in seconds."""

    word: str
    start: float
    end: float


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A line of text that appears at once, never blank. Times are in seconds.

    `end` may equal `start` (a cue of zero length) and, in manual captions, be after the start of
    the next segment (two people speaking).
    """

    text: str
    start: float
    end: float


class Captions(msgspec.Struct, frozen=True):
    """The content of a subtitle file, with segments in order of their starts.

    `words` is empty if the file has no word times; otherwise it has every word of the segments, in
    order. `is_automatic` is True if the file shows signs of speech recognition, otherwise None.
    """

    segments: list[Segment]
    words: list[Word]
    is_automatic: bool | None = None
    language: str | None = None

    @property
    def full_text(self) -> str:
        """The text of every segment, one per line."""
        return "\n".join(segment.text for segment in self.segments)
