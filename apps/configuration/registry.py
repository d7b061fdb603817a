"""Every setting that can be changed while the program runs, as data."""

import difflib
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from apps.configuration.kinds import YES_OR_NO, Setting, number, one_of, text, whole
from apps.shared.errors import NotFound

MODEL = text("[!-~]+", 100, "the name of a model, up to 100 characters without blanks")
LANGUAGES = Annotated[
    list[Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$(?!\n)", max_length=35)]],
    Meta(
        min_length=1,
        max_length=50,
        description="a list of 1 to 50 language tags such as en, pt-BR (BCP 47)",
    ),
]

POSTING_FREQUENCY = Setting[float](
    "posting_frequency",
    number(0, 100),
    1.0,
    "Publications of a channel a day, at most. For publishing, later.",
    per_channel=True,
)
MINIMUM_RESOLUTION = Setting[str](
    "minimum_resolution",
    one_of("144p", "240p", "360p", "480p", "720p", "1080p", "1440p", "2160p", "4320p"),
    "720p",
    "The least resolution a video is downloaded in. For downloads, later.",
    per_channel=True,
)
LANGUAGES_WANTED = Setting[list[str]](
    "subtitle_languages",
    LANGUAGES,
    ["en"],
    "The languages whose subtitles are downloaded. For downloads, later.",
    per_channel=True,
)
MAXIMUM_CONCURRENT_JOBS = Setting[int](
    "maximum_concurrent_jobs",
    whole(1, 1000),
    4,
    "Jobs that run at a time. For background work, later.",
)
RETRY_ATTEMPTS = Setting[int](
    "retry_attempts",
    whole(1, 100),
    3,
    "How often a job is tried: the max_attempts of one that is made over REST without it.",
)
RETENTION_DAYS = Setting[int](
    "retention_days",
    whole(0, 36500),
    0,
    "Days that ended jobs and pipeline runs are kept; 0: for ever. For tidying up, later.",
)
CHUNK_WORDS = Setting[int](
    "chunk_words",
    whole(20, 1000),
    150,
    "Words in a chunk, about. For transcripts that are imported from now on; search finds "
    "a second, however long the chunk.",
)
CLIP_PADDING_LEFT = Setting[float](
    "clip_padding_left",
    number(0, 600),
    0.0,
    "Seconds that a clip begins before its moment. For cutting clips, later.",
    per_channel=True,
)
CLIP_PADDING_RIGHT = Setting[float](
    "clip_padding_right",
    number(0, 600),
    0.0,
    "Seconds that a clip ends after its moment. For cutting clips, later.",
    per_channel=True,
)
MIN_MOMENT_LENGTH = Setting[float](
    "min_moment_length",
    number(0, 86400),
    15.0,
    "Seconds that a moment has at least. For finding moments, later.",
    per_channel=True,
)
MAX_MOMENT_LENGTH = Setting[float](
    "max_moment_length",
    number(0, 86400),
    120.0,
    "Seconds that a moment has at most. For finding moments, later.",
    per_channel=True,
)
MIN_MOMENTS = Setting[int](
    "min_moments",
    whole(0, 1000),
    1,
    "Moments that are looked for in a video, at least. For finding moments, later.",
    per_channel=True,
)
MAX_MOMENTS = Setting[int](
    "max_moments",
    whole(0, 1000),
    10,
    "Moments that are looked for in a video, at most. For finding moments, later.",
    per_channel=True,
)
GENERATION_MODEL = Setting[str | None](
    "generation_model",
    MODEL,
    None,
    "The model that finds moments. For finding moments, later.",
    per_channel=True,
)
GENERATION_TEMPERATURE = Setting[float](
    "generation_temperature",
    number(0, 2),
    0.7,
    "How free that model is in what it writes. For finding moments, later.",
    per_channel=True,
)
SCORING_MODEL = Setting[str | None](
    "scoring_model",
    MODEL,
    None,
    "The model that scores moments. For finding moments, later.",
    per_channel=True,
)
CONVERSATION_MODEL = Setting[str | None](
    "conversation_model",
    MODEL,
    None,
    "The model that answers in conversations. For conversations, later.",
)
TRANSCRIPTION_MODEL = Setting[str | None](
    "transcription_model",
    MODEL,
    None,
    "The model that writes down what is said. For transcription, later.",
    per_channel=True,
)
MODEL_ENDPOINT = Setting[str | None](
    "model_endpoint",
    text("https?://[!-~]+", 500, "an address that begins with https:// or http://"),
    None,
    "Where the models are: an OpenAI-compatible address. For all that asks a model, later.",
)
MODEL_API_KEY = Setting[str | None](
    "model_api_key",
    text("[!-~]+", 500, "the key as it was given to you, up to 500 characters without blanks"),
    None,
    "The key for the models' address. For all that asks a model, later.",
    is_secret=True,
    per_channel=True,
)
BACKUPS_KEPT = Setting[int](
    "backups_kept",
    whole(1, 1000),
    7,
    "Backups that are kept: a new one takes the place of the oldest.",
)
BACKUP_BEFORE_MIGRATION = Setting[bool](
    "backup_before_migration",
    YES_OR_NO,
    True,
    "Whether `piccolo project serve` makes a backup before it migrates a database with data.",
)
OVERVIEW_MINUTES = Setting[int](
    "overview_minutes",
    whole(1, 1440),
    10,
    "Minutes after which the library is looked through again, for the overview and the review.",
)
STUCK_HOURS = Setting[int](
    "stuck_hours",
    whole(1, 8760),
    24,
    "Hours after which a job that still runs, or still waits though it is due, is stuck.",
)

SETTINGS: Mapping[str, Setting[Any]] = {
    each.key: each for each in list(globals().values()) if isinstance(each, Setting)
}
"""In the order in which they are listed."""

PAIRS: tuple[tuple[Setting[Any], Setting[Any]], ...] = (
    (MIN_MOMENT_LENGTH, MAX_MOMENT_LENGTH),
    (MIN_MOMENTS, MAX_MOMENTS),
)
"""The first is never above the second."""


class UnknownSetting(NotFound):
    """Raised for a key that is no setting's."""


def find(key: str) -> Setting[Any]:
    """Raises UnknownSetting, which names the nearest one there is."""
    if found := SETTINGS.get(key):
        return found
    message = unknown(key)
    raise UnknownSetting(message, fields={"key": message})


def unknown(key: str) -> str:
    near = difflib.get_close_matches(key[:100].lower(), SETTINGS, n=1, cutoff=0.5)
    everything = "`piccolo configuration show` and GET /api/configuration list all."
    hint = f"Did you mean {near[0]}?" if near else everything
    return f"There is no setting {reprlib.repr(key)}. {hint}"
