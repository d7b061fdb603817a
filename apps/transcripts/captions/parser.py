"""Parses any subtitle file from its bytes."""

from apps.transcripts.captions.json3 import read_json3
from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.srt import read_srt
from apps.transcripts.captions.text import decode_text
from apps.transcripts.captions.vtt import read_vtt

READERS = {".json3": read_json3, ".vtt": read_vtt, ".srt": read_srt}
"""Best first: .json3 has the time of each word, and does not roll."""


def parse_captions(data: bytes, suffix: str) -> Captions:
    """The captions in a file that yt-dlp wrote; `suffix` is ".vtt", ".srt" or ".json3".

    Raises BrokenCaptions, and nothing else, for any fault in the file. A valid .vtt or .json3
    without cues gives captions without segments. An .srt without cues is broken, since nothing
    shows that it is an .srt.
    """
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise BrokenCaptions(f"has the suffix {suffix!r} instead of {', '.join(READERS)}")
    return reader(decode_text(data))
