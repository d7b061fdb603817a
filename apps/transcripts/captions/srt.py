"""Reads .srt, SubRip subtitles: manual, or converted by yt-dlp from rolling captions."""

import re

from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.rolling import captions_from_screens, make_screen
from apps.transcripts.captions.text import count_cue_times

OVERRIDE = re.compile(r"\{\\[^{}]*\}")


def read_srt(text: str) -> Captions:
    # Imported here, because most processes read no subtitles.
    import pysubs2

    number_of_cues = count_cue_times(text)
    if not number_of_cues:
        raise BrokenCaptions("has no cues")
    if not re.match(r"\s*(?:\d+\s*\n\s*)?\d+:", text):
        raise BrokenCaptions("has text before its first cue")
    # pysubs2 takes a number on its own line for that of the next cue, even in the last cue, and is
    # slow on long runs of blank lines.
    text = re.sub(r"\n{3,}", "\n\n", text) + "\n\n0\n"
    # Its own tag removal is slow and takes "a < b > c" for a tag.
    file = pysubs2.SSAFile.from_string(text, format_="srt", keep_html_tags=True)
    if len(file.events) != number_of_cues:
        raise BrokenCaptions("has an invalid cue")
    return captions_from_screens(
        [
            make_screen(event.start, event.end, OVERRIDE.sub("", event.text).split(r"\N"))
            for event in file.events
        ]
    )
