"""Reads .vtt: WebVTT (https://www.w3.org/TR/webvtt1/), rolling or made by hand."""

import re

from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.rolling import captions_from_shown, shown
from apps.transcripts.captions.text import count_cue_times

NO_TEXT = ("NOTE", "STYLE", "REGION", "WEBVTT")
HALF_TAG = re.compile(r"<(?:/?c|/|\d\d:[\d:.]*)$")


def read_vtt(text: str) -> Captions:
    """A file with a header and no cue is a video where nobody speaks: captions of nothing."""
    # Not at the start of the program, which reads no subtitles.
    import webvtt

    if not re.match(r"WEBVTT(?:\s|$)", text):
        raise BrokenCaptions('does not begin with "WEBVTT"')
    number_of_cues = count_cue_times(text)
    if HALF_TAG.search(text, len(text) - 20):
        raise BrokenCaptions("is cut short in a tag")
    file = webvtt.WebVTT.from_string(with_blank_lines_filled(text))
    if not len(file.captions) == number_of_cues == text.count("-->"):
        raise BrokenCaptions("has a cue that cannot be read")
    screens = [
        shown(cue.start_time.in_milliseconds(), cue.end_time.in_milliseconds(), cue.lines)
        for cue in file.captions
    ]
    return captions_from_shown(screens, language_of(file.metadata))


def with_blank_lines_filled(text: str) -> str:
    """The file with the blank lines inside its cues filled by a space.

    A blank line ends a cue, and what follows would be lost; real files have such lines.
    """
    header, *blocks = re.split(r"\n\n+", text)
    parts = [header]
    for block in blocks:
        if "-->" in block or block.startswith(NO_TEXT):
            parts += "\n\n", block
        elif len(parts) > 1:
            parts += "\n \n", block
        elif block.strip():
            raise BrokenCaptions("has text before its first cue")
    return "".join(parts)


def language_of(header: list[str]) -> str | None:
    for line in header:
        name, _, value = line.partition(":")
        if name.strip().lower() == "language" and value.strip():
            return value.strip()
    return None
