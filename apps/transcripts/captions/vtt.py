"""Reads .vtt: WebVTT (https://www.w3.org/TR/webvtt1/), rolling or manual."""

import re

from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.rolling import captions_from_screens, make_screen
from apps.transcripts.captions.text import count_cue_times

NO_TEXT = ("NOTE", "STYLE", "REGION", "WEBVTT")
HALF_TAG = re.compile(r"<(?:/?c|/|\d\d:[\d:.]*)$")


def read_vtt(text: str) -> Captions:
    """A file with a header and no cues gives captions without segments: nobody speaks."""
    # Imported here, because most processes read no subtitles.
    import webvtt

    if not re.match(r"WEBVTT(?:\s|$)", text):
        raise BrokenCaptions('does not begin with "WEBVTT"')
    number_of_cues = count_cue_times(text)
    if HALF_TAG.search(text, len(text) - 20):
        raise BrokenCaptions("is truncated in a tag")
    file = webvtt.WebVTT.from_string(fill_blank_lines(text))
    if not len(file.captions) == number_of_cues == text.count("-->"):
        raise BrokenCaptions("has an invalid cue")
    screens = [
        make_screen(cue.start_time.in_milliseconds(), cue.end_time.in_milliseconds(), cue.lines)
        for cue in file.captions
    ]
    return captions_from_screens(screens, find_language(file.metadata))


def fill_blank_lines(text: str) -> str:
    """Puts a space into blank lines inside cues, which occur in real files.

    A blank line would end the cue, and the rest of it would be lost.
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


def find_language(header: list[str]) -> str | None:
    for line in header:
        name, _, value = line.partition(":")
        if name.strip().lower() == "language" and value.strip():
            return value.strip()
    return None
