"""The one way in: any subtitle file from its bytes."""

from apps.transcripts.captions.json3 import read_json3
from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.srt import read_srt
from apps.transcripts.captions.text import decode
from apps.transcripts.captions.vtt import read_vtt

READERS = {".vtt": read_vtt, ".srt": read_srt, ".json3": read_json3}


def parse_captions(data: bytes, suffix: str) -> Captions:
    """The captions in a file that yt-dlp wrote; `suffix` is ".vtt", ".srt" or ".json3".

    Raises BrokenCaptions, and nothing else, for every fault of the file. A .vtt or .json3 that
    is whole and has no cue gives captions without segments; an .srt without a cue is broken, as
    nothing in it shows that it is an .srt.
    """
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise BrokenCaptions(f"is no {', '.join(READERS)} file, but {suffix!r}")
    return reader(decode(data))
