"""What each setting takes and refuses."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.configuration.commands import format_value
from apps.configuration.definitions import Setting
from apps.configuration.registry import PAIRS, SETTINGS, UnknownSetting, find_setting
from apps.shared.errors import Invalid
from apps.shared.settings import Settings

every_setting = pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))

ASKED_FOR = {
    *("posting_frequency", "minimum_resolution", "maximum_concurrent_jobs", "retry_attempts"),
    *("chunk_words", "subtitle_languages", "retention_days", "clip_padding_left"),
    *("clip_padding_right", "min_moment_length", "max_moment_length", "min_moments"),
    *("max_moments", "generation_model", "scoring_model", "model_endpoint", "model_api_key"),
    *("backups_kept", "backup_before_migration"),
}

WELL_KNOWN = {
    *("PATH", "HOME", "USER", "USERNAME", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TERM", "MAIL"),
    *("LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP", "EDITOR", "VISUAL", "PAGER", "DISPLAY"),
    *("HOST", "HOSTNAME", "PORT", "DEBUG", "CI", "NO_COLOR", "COLUMNS", "LINES", "VIRTUAL_ENV"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "OPENAI_API_KEY", "INVOCATION_ID"),
    *("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID"),
}
WELL_KNOWN_BEGINNINGS = ("LC_", "PG", "PYTHON", "XDG_", "LD_", "SSH_", "PICCOLO_", "UVICORN_")


def test_all_that_was_asked_for_is_there() -> None:
    assert set(SETTINGS) >= ASKED_FOR


@every_setting
def test_its_variable_is_nobody_elses(setting: Setting[Any]) -> None:
    name = setting.key.upper()
    assert re.fullmatch("[A-Z][A-Z_]{0,99}", name)
    assert setting.key not in Settings.model_fields
    assert name not in WELL_KNOWN
    assert not name.startswith(WELL_KNOWN_BEGINNINGS)


@every_setting
def test_its_default_is_allowed_or_none(setting: Setting[Any]) -> None:
    if setting.default is None:
        with pytest.raises(Invalid):
            setting.read(None)
    else:
        found = setting.read(setting.default)
        assert found == setting.default
        assert type(found) is type(setting.default)


@every_setting
def test_it_says_what_it_is_for_and_what_is_allowed(setting: Setting[Any]) -> None:
    assert re.fullmatch("[A-Z].*[.]", setting.description)
    assert setting.allowed == setting.schema["description"] != ""
    assert not setting.is_secret or setting.default is None


def test_the_defaults_of_a_pair_do_not_clash() -> None:
    for least, most in PAIRS:
        assert least.default <= most.default
        assert least.per_channel == most.per_channel
        assert not least.is_secret | most.is_secret


BOUNDED = [each for each in SETTINGS.values() if "minimum" in each.schema]


@pytest.mark.parametrize("setting", BOUNDED, ids=lambda each: each.key)
def test_a_number_is_taken_up_to_its_bounds_and_no_further(setting: Setting[Any]) -> None:
    least, most = setting.schema["minimum"], setting.schema["maximum"]
    for value in (least, most):
        assert setting.read(value) == setting.parse(str(value)) == value
    for value in (least - 1, most + 1, 10**400, -(10**400), True, None, "", [], {}, str(least)):
        with pytest.raises(Invalid):
            setting.read(value)
    for text in (str(least - 1), str(most + 1), "", "nan", "inf", "1e999", "one", "9" * 5000):
        with pytest.raises(Invalid):
            setting.parse(text)


REFUSED = [
    ("chunk_words", 5, "chunk_words is 5; expected: a whole number from 20 to 1000."),
    ("chunk_words", 150.5, "chunk_words is 150.5; expected: a whole number from 20 to 1000."),
    (
        "subtitle_languages",
        ["en", "de "],
        "subtitle_languages is ['en', 'de ']; expected: a list of 1 to 50 language tags such as "
        "en, pt-BR (BCP 47).",
    ),
    (
        "minimum_resolution",
        "7200p",
        "minimum_resolution is '7200p'; expected: one of 144p, 240p, 360p, 480p, 720p, 1080p, "
        "1440p, 2160p, 4320p.",
    ),
    ("backup_before_migration", 1, "backup_before_migration is 1; expected: true or false."),
    (
        "generation_model",
        "two words",
        "generation_model is 'two words'; expected: a model name of up to 100 characters "
        "without spaces.",
    ),
    (
        "model_endpoint",
        "ftp://host/v1",
        "model_endpoint is 'ftp://host/v1'; expected: a URL that begins with https:// or http://.",
    ),
    (
        "model_api_key",
        "hush hush",
        "model_api_key is invalid; expected: an API key of up to 500 characters without spaces.",
    ),
]


@pytest.mark.parametrize(("key", "value", "sentence"), REFUSED)
def test_a_refusal_says_what_is_wrong_and_what_is_allowed(
    key: str, value: object, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        find_setting(key).read(value)
    assert refusal.value.message == sentence
    assert refusal.value.fields == {"value": sentence}


@pytest.mark.parametrize("key", ["model_endpoint", "generation_model", "model_api_key"])
@pytest.mark.parametrize("added", ["\n", "\x00", "\x7f", " ", "é", "\ud800", "x" * 500])
def test_a_text_has_no_character_too_many(key: str, added: str) -> None:
    setting, good = find_setting(key), "https://x.example/v1"
    assert setting.read(good) == setting.parse(f" {good}\n") == good
    with pytest.raises(Invalid):
        setting.read(good + added)


@pytest.mark.parametrize(
    ("text", "value"), [("en", ["en"]), (" en , pt-BR,", ["en", "pt-BR"]), (",en", ["en"])]
)
def test_a_list_is_separated_by_commas(text: str, value: list[str]) -> None:
    assert find_setting("subtitle_languages").parse(text) == value


@pytest.mark.parametrize("text", ["", ",", "en de", "e", "en-", "en\nde", ",".join(["en"] * 51)])
def test_what_is_no_list_of_languages(text: str) -> None:
    with pytest.raises(Invalid):
        find_setting("subtitle_languages").parse(text)


ALL = "`piccolo configuration show` and GET /api/configuration list all."


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("chunk_word", "Did you mean chunk_words?"),
        ("CHUNK_WORDS", "Did you mean chunk_words?"),
        ("max_moment_lenght", "Did you mean max_moment_length?"),
        ("", ALL),
        ("\x00", ALL),
        ("x" * 10_000, ALL),
    ],
)
def test_of_an_unknown_key_the_nearest_is_named(key: str, hint: str) -> None:
    with pytest.raises(UnknownSetting) as raised:
        find_setting(key)
    assert raised.value.message.startswith("There is no setting '")
    assert raised.value.message.endswith(hint)
    assert len(raised.value.message) < 200


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(SETTINGS.values())), ANY_JSON)
def test_whatever_is_given_is_taken_or_refused_in_a_sentence(
    setting: Setting[Any], value: object
) -> None:
    try:
        found = setting.read(value)
    except Invalid as error:
        refusal = error.message
    else:
        assert found == value
        assert setting.read(found) == setting.parse(format_value(found)) == found
        return
    assert refusal.startswith(setting.key)
    assert len(refusal) < 400


@given(st.sampled_from(BOUNDED), st.data())
def test_what_is_shown_can_be_typed(setting: Setting[Any], data: st.DataObject) -> None:
    bounds = (setting.schema["minimum"], setting.schema["maximum"])
    numbers = st.integers if setting.schema["type"] == "integer" else st.floats
    value = data.draw(numbers(*bounds))
    assert setting.parse(format_value(value)) == value
