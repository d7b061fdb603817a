"""What a subtitle file says, whatever its format."""

import msgspec


class BrokenCaptions(ValueError):
    """The file is no readable subtitle file; the message is the reason, for a person."""


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word without blanks in it, spoken from `start` to `end`, in seconds."""

    word: str
    start: float
    end: float


class Segment(msgspec.Struct, frozen=True, gc=False):
    """What appears at once on the screen: one line of text, never blank; times in seconds.

    `end` may equal `start` (a cue of no length) and, in captions made by hand, lie after the
    start of the next segment (two people speaking).
    """

    text: str
    start: float
    end: float


class Captions(msgspec.Struct, frozen=True):
    """A whole subtitle file, its segments in the order of their starts.

    `words` is empty where the file has no word times; else it holds every word of the
    segments, in order. `is_automatic` is True where the file's form shows speech recognition,
    None where its form does not tell.
    """

    segments: list[Segment]
    words: list[Word]
    is_automatic: bool | None = None
    language: str | None = None

    @property
    def full_text(self) -> str:
        """The text of every segment, one on each line."""
        return "\n".join(segment.text for segment in self.segments)
