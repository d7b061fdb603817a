"""A folder of invented yt-dlp downloads, as large as wanted."""

import itertools
import json
import random
from datetime import date, timedelta
from pathlib import Path

from tests.transcripts.caption_files import Line, rolling_vtt

WORDS_AN_HOUR = 10_000
CHANNELS = 20


def video_id(number: int) -> str:
    return f"bench{number:06d}"


def info(number: int, *, seconds: float = 3600) -> dict[str, object]:
    """The fields that yt-dlp writes, with some of the bulk that an import must pass by."""
    channel = number % CHANNELS
    return {
        "id": video_id(number),
        "title": f"Lecture {number}: on the benchmarks of small things",
        "description": "An hour of talk.\n" * 10,
        "upload_date": (date(2015, 1, 1) + timedelta(days=number % 4000)).strftime("%Y%m%d"),
        "duration": seconds,
        "tags": ["benchmark", f"tag{number % 50}"],
        "view_count": number * 1000,
        "like_count": None,
        "channel": f"Channel {channel}",
        "channel_id": f"UC{channel:022d}",
        "channel_url": f"https://www.youtube.com/channel/UC{channel:022d}",
        "webpage_url": f"https://www.youtube.com/watch?v={video_id(number)}",
        "extractor": "youtube",
        "extractor_key": "Youtube",
        "_type": "video",
        "epoch": 1_700_000_000 + number,
        "width": 1920,
        "height": 1080,
        "fps": 30,
        "vcodec": "avc1.640028",
        "acodec": "opus",
        "ext": "mp4",
        "language": "en",
        "subtitles": {},
        "automatic_captions": {"en": [{"ext": "vtt", "url": "https://example.org/" + "x" * 400}]},
        "formats": [
            {"format_id": str(n), "url": "https://example.org/" + "y" * 900} for n in range(40)
        ],
    }


def vocabulary(size: int = 20_000) -> tuple[list[str], list[float]]:
    """Invented words, and how often each is said: the n-th is said 1/n as often as the first."""
    rng = random.Random(7)
    parts = [
        "ba",
        "co",
        "di",
        "fu",
        "ge",
        "hi",
        "jo",
        "ka",
        "lu",
        "me",
        "ni",
        "po",
        "qua",
        "ri",
        "sto",
        "tra",
        "ul",
        "vel",
        "wi",
        "xen",
        "yor",
        "zan",
    ]
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(rng.choices(parts, k=rng.choice((1, 2, 2, 3, 3, 4))))] = None
    weights = itertools.accumulate(1 / rank for rank in range(1, size + 1))
    return list(words), list(weights)


VOCABULARY, WEIGHTS = vocabulary()


def spoken(number_of_words: int, seed: int) -> tuple[list[Line], int]:
    """Lines of seven words, 0.36 s a word, and the end in milliseconds."""
    words = random.Random(seed).choices(VOCABULARY, cum_weights=WEIGHTS, k=number_of_words)
    timed = [(word, place * 360) for place, word in enumerate(words)]
    lines = [timed[at : at + 7] for at in range(0, number_of_words, 7)]
    return lines, number_of_words * 360


def make_library(folder: Path, videos: int, *, words: int = WORDS_AN_HOUR) -> None:
    """Each video with its .info.json and rolling automatic captions; 100 to a folder."""
    for number in range(videos):
        home = folder / f"{number // 100:04d}"
        home.mkdir(parents=True, exist_ok=True)
        lines, end = spoken(words, number)
        name = f"Lecture {number} [{video_id(number)}]"
        (home / f"{name}.en.vtt").write_bytes(rolling_vtt(lines, end))
        (home / f"{name}.info.json").write_text(json.dumps(info(number, seconds=end / 1000)))


if __name__ == "__main__":
    import sys

    make_library(Path(sys.argv[1]), int(sys.argv[2]))
