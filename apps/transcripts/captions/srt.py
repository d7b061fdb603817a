"""Reads .srt, SubRip's subtitles: made by hand, or by yt-dlp of rolling captions."""

import re

from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.rolling import captions_from_shown, shown
from apps.transcripts.captions.text import count_cue_times

OVERRIDE = re.compile(r"\{\\[^{}]*\}")


def read_srt(text: str) -> Captions:
    # Not at the start of the program, which reads no subtitles.
    import pysubs2

    number_of_cues = count_cue_times(text)
    if not number_of_cues:
        raise BrokenCaptions("no cue in it")
    if not re.match(r"\s*(?:\d+\s*\n\s*)?\d+:", text):
        raise BrokenCaptions("has text before its first cue")
    # A number on a line of its own is taken for that of the next cue, in the last cue too; and
    # time is lost on long runs of blank lines.
    text = re.sub(r"\n{3,}", "\n\n", text) + "\n\n0\n"
    # Its own removal of tags is slow and takes "a < b > c" for one.
    file = pysubs2.SSAFile.from_string(text, format_="srt", keep_html_tags=True)
    if len(file.events) != number_of_cues:
        raise BrokenCaptions("has a cue that cannot be read")
    return captions_from_shown(
        [
            shown(event.start, event.end, OVERRIDE.sub("", event.text).split(r"\N"))
            for event in file.events
        ]
    )
