"""Reads .json3: YouTube's timed text as JSON.

`{"wireMagic": "pb3", "events": [{"tStartMs": 160, "dDurationMs": 4320, "segs": [{"utf8": "So"},
{"utf8": " we", "tOffsetMs": 559, "acAsrConf": 0}]}]}`: an event is a cue. In automatic captions
a seg is a word, and events that append ("aAppend") a bare "\\n" scroll the window.
"""

import re
from typing import Annotated

import msgspec

from apps.transcripts.captions.cues import Cue, build_captions, check_times
from apps.transcripts.captions.model import BrokenCaptions, Captions
from apps.transcripts.captions.text import replace_invisible_spaces

NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Seg(msgspec.Struct, rename="camel"):
    utf8: str = ""
    t_offset_ms: int | None = None
    ac_asr_conf: float | None = None


class Event(msgspec.Struct, rename="camel"):
    t_start_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    d_duration_ms: int = 0
    a_append: int = 0
    segs: list[Seg] = []


class Json3(msgspec.Struct, rename="camel"):
    wire_magic: str | None = None
    events: list[Event] | None = None


decoder = msgspec.json.Decoder(Json3)


def read_json3(text: str) -> Captions:
    """A file without events gives captions without segments: nobody speaks."""
    events = decode_events(text)
    segs = [seg for event in events for seg in event.segs]
    has_word_times = any(seg.t_offset_ms is not None for seg in segs)
    cues = [
        Cue(
            event.t_start_ms,
            event.t_start_ms + event.d_duration_ms,
            [
                (event.t_start_ms + (seg.t_offset_ms or 0), replace_invisible_spaces(seg.utf8))
                for seg in event.segs
            ],
        )
        for event in events
    ]
    cues = [cue for cue in cues if any(text.strip() for _, text in cue.fragments)]
    check_times((cue.start, cue.end) for cue in cues)
    is_automatic = (
        has_word_times
        or any(event.a_append for event in events)
        or any(seg.ac_asr_conf is not None for seg in segs)
    )
    return build_captions(cues, is_automatic=is_automatic or None, has_word_times=has_word_times)


def decode_events(text: str) -> list[Event]:
    if NUL_ESCAPE.search(text):
        raise BrokenCaptions("contains a NUL character")
    try:
        file = decoder.decode(text)
    except msgspec.ValidationError as error:
        raise BrokenCaptions(f"is JSON, but not YouTube's json3: {error}") from None
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            raise BrokenCaptions("is truncated JSON") from None
        raise BrokenCaptions(f"is not JSON: {error}") from None
    except RecursionError:
        raise BrokenCaptions("is JSON nested too deeply") from None
    if file.events is None and file.wire_magic is None:
        raise BrokenCaptions("is JSON, but not YouTube's json3: it has no events")
    return file.events or []
