"""Every setting that can be changed while the program runs."""

import difflib
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from apps.configuration.definitions import (
    BOOLEAN,
    Setting,
    choice_type,
    number_type,
    text_type,
    whole_number_type,
)
from apps.shared.errors import NotFound

MODEL = text_type("[!-~]+", 100, "a model name of up to 100 characters without spaces")
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
    number_type(0, 100),
    1.0,
    "Maximum publications per channel and day. Not used yet.",
    per_channel=True,
)
MINIMUM_RESOLUTION = Setting[str](
    "minimum_resolution",
    choice_type("144p", "240p", "360p", "480p", "720p", "1080p", "1440p", "2160p", "4320p"),
    "720p",
    "Minimum resolution of downloaded videos. Not used yet.",
    per_channel=True,
)
SUBTITLE_LANGUAGES = Setting[list[str]](
    "subtitle_languages",
    LANGUAGES,
    ["en"],
    "Languages of downloaded subtitles. Not used yet.",
    per_channel=True,
)
MAXIMUM_CONCURRENT_JOBS = Setting[int](
    "maximum_concurrent_jobs",
    whole_number_type(1, 1000),
    4,
    "Maximum number of jobs that run at the same time. Not used yet.",
)
RETRY_ATTEMPTS = Setting[int](
    "retry_attempts",
    whole_number_type(1, 100),
    3,
    "Default max_attempts of jobs that are created over REST.",
)
RETENTION_DAYS = Setting[int](
    "retention_days",
    whole_number_type(0, 36500),
    0,
    "Days to keep finished jobs and pipeline runs; 0 keeps them forever. Not used yet.",
)
CHUNK_WORDS = Setting[int](
    "chunk_words",
    whole_number_type(20, 1000),
    150,
    "Approximate number of words per chunk of newly imported transcripts. Search results lead to "
    "the exact second whatever the length.",
)
CLIP_PADDING_LEFT = Setting[float](
    "clip_padding_left",
    number_type(0, 600),
    0.0,
    "Seconds of padding before a clip. Not used yet.",
    per_channel=True,
)
CLIP_PADDING_RIGHT = Setting[float](
    "clip_padding_right",
    number_type(0, 600),
    0.0,
    "Seconds of padding after a clip. Not used yet.",
    per_channel=True,
)
MIN_MOMENT_LENGTH = Setting[float](
    "min_moment_length",
    number_type(0, 86400),
    15.0,
    "Minimum length of a moment in seconds. Not used yet.",
    per_channel=True,
)
MAX_MOMENT_LENGTH = Setting[float](
    "max_moment_length",
    number_type(0, 86400),
    120.0,
    "Maximum length of a moment in seconds. Not used yet.",
    per_channel=True,
)
MIN_MOMENTS = Setting[int](
    "min_moments",
    whole_number_type(0, 1000),
    1,
    "Minimum number of moments to find per video. Not used yet.",
    per_channel=True,
)
MAX_MOMENTS = Setting[int](
    "max_moments",
    whole_number_type(0, 1000),
    10,
    "Maximum number of moments to find per video. Not used yet.",
    per_channel=True,
)
GENERATION_MODEL = Setting[str | None](
    "generation_model",
    MODEL,
    None,
    "Model that finds moments. Not used yet.",
    per_channel=True,
)
GENERATION_TEMPERATURE = Setting[float](
    "generation_temperature",
    number_type(0, 2),
    0.7,
    "Sampling temperature of generation_model. Not used yet.",
    per_channel=True,
)
SCORING_MODEL = Setting[str | None](
    "scoring_model",
    MODEL,
    None,
    "Model that scores moments. Not used yet.",
    per_channel=True,
)
CONVERSATION_MODEL = Setting[str | None](
    "conversation_model",
    MODEL,
    None,
    "Model that answers in conversations. Not used yet.",
)
TRANSCRIPTION_MODEL = Setting[str | None](
    "transcription_model",
    MODEL,
    None,
    "Model that transcribes speech. Not used yet.",
    per_channel=True,
)
MODEL_ENDPOINT = Setting[str | None](
    "model_endpoint",
    text_type("https?://[!-~]+", 500, "a URL that begins with https:// or http://"),
    None,
    "Base URL of an OpenAI-compatible API. Not used yet.",
)
MODEL_API_KEY = Setting[str | None](
    "model_api_key",
    text_type("[!-~]+", 500, "an API key of up to 500 characters without spaces"),
    None,
    "API key for model_endpoint. Not used yet.",
    is_secret=True,
    per_channel=True,
)
BACKUPS_KEPT = Setting[int](
    "backups_kept",
    whole_number_type(1, 1000),
    7,
    "Number of backups to keep. A new one replaces the oldest.",
)
BACKUP_BEFORE_MIGRATION = Setting[bool](
    "backup_before_migration",
    BOOLEAN,
    True,
    "Whether `piccolo project serve` backs up a database with data before migrating it.",
)
OVERVIEW_MINUTES = Setting[int](
    "overview_minutes",
    whole_number_type(1, 1440),
    10,
    "Minutes between refreshes of the overview and the review.",
)
STUCK_HOURS = Setting[int](
    "stuck_hours",
    whole_number_type(1, 8760),
    24,
    "Hours after which a job that is running, or due and waiting, counts as stuck.",
)

SETTINGS: Mapping[str, Setting[Any]] = {
    each.key: each for each in list(globals().values()) if isinstance(each, Setting)
}
"""In the order of listings."""

PAIRS: tuple[tuple[Setting[Any], Setting[Any]], ...] = (
    (MIN_MOMENT_LENGTH, MAX_MOMENT_LENGTH),
    (MIN_MOMENTS, MAX_MOMENTS),
)
"""The first must not be above the second."""


class UnknownSetting(NotFound):
    """No setting has this key."""


def find_setting(key: str) -> Setting[Any]:
    """Raises UnknownSetting, which suggests the closest key."""
    if found := SETTINGS.get(key):
        return found
    message = explain_unknown_setting(key)
    raise UnknownSetting(message, fields={"key": message})


def explain_unknown_setting(key: str) -> str:
    close = difflib.get_close_matches(key[:100].lower(), SETTINGS, n=1, cutoff=0.5)
    list_all = "`piccolo configuration show` and GET /api/configuration list all."
    hint = f"Did you mean {close[0]}?" if close else list_all
    return f"There is no setting {reprlib.repr(key)}. {hint}"
