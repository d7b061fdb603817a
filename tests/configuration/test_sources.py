"""What the environment and the file say, and what a start refuses."""

from pathlib import Path

import pytest

from apps.configuration.layers import Layer, LayerValue
from apps.configuration.registry import SETTINGS
from apps.configuration.sources import load_fixed_layers, read_environment
from apps.shared.settings import Settings, SettingsError, get_settings
from tests.processes import ROOT


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting of ours, and a folder with a `.env` that is not there yet."""
    for key in SETTINGS:
        monkeypatch.delenv(key.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    return monkeypatch


def with_file(patch: pytest.MonkeyPatch, content: str | bytes) -> None:
    file = Path("settings.toml")
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    named(patch, file)


def named(patch: pytest.MonkeyPatch, file: Path) -> None:
    chosen = get_settings().model_copy(update={"config_file": file})
    patch.setattr("apps.configuration.sources.get_settings", lambda: chosen)


def refusal() -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_fixed_layers()
    return str(refused.value).splitlines()


def test_a_variable_is_the_key_in_upper_case(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("CHUNK_WORDS", " 99 ")
    clean.setenv("SUBTITLE_LANGUAGES", "en, de,")
    clean.setenv("BACKUP_BEFORE_MIGRATION", "False")
    clean.setenv("GENERATION_TEMPERATURE", "1.5")
    assert {key: said.value for key, said in read_environment().items()} == {
        "subtitle_languages": ["en", "de"],
        "chunk_words": 99,
        "generation_temperature": 1.5,
        "backup_before_migration": False,
    }


def test_the_environment_stands_above_env_file_and_empty_is_unset(
    clean: pytest.MonkeyPatch,
) -> None:
    assert read_environment() == {}
    Path(".env").write_text("CHUNK_WORDS=90\nRETRY_ATTEMPTS=5\nMAX_MOMENTS=\n")
    clean.setenv("CHUNK_WORDS", "91")
    clean.setenv("RETRY_ATTEMPTS", "")
    clean.setenv("MIN_MOMENTS", "")
    assert read_environment() == {
        "retry_attempts": LayerValue(Layer.environment, 5),
        "chunk_words": LayerValue(Layer.environment, 91),
    }


def test_a_file_is_toml(clean: pytest.MonkeyPatch) -> None:
    with_file(clean, 'chunk_words = 99\nsubtitle_languages = ["de"]\nclip_padding_left = 2\n')
    assert {key: said.value for key, said in load_fixed_layers()[Layer.file].items()} == {
        "chunk_words": 99,
        "subtitle_languages": ["de"],
        "clip_padding_left": 2.0,
    }


def test_without_a_file_there_is_no_such_layer(clean: pytest.MonkeyPatch) -> None:
    assert load_fixed_layers() == {Layer.environment: {}}


FILES = {
    "chunk_words = 5": "chunk_words is 5; expected: a whole number from 20 to 1000.",
    'chunk_words = "99"': "chunk_words is '99'; expected: a whole number from 20 to 1000.",
    "clip_padding_left = nan": "clip_padding_left is nan; expected: a number from 0 to 600.",
    "min_moments = 1979-05-27": "min_moments is datetime.date(1979, 5, 27); expected: a whole "
    "number from 0 to 1000.",
    "chunk_word = 99": "There is no setting 'chunk_word'. Did you mean chunk_words?",
    "[chunks]\nwords = 5": "There is no setting 'chunks'. Did you mean chunk_words?",
    "min_moments = 11": "min_moments (11, from file) must not be above max_moments",
    '[channels."UC"]\nmin_moments = 2': "contains channels' settings, which belong in the database",
    "chunk_words = ": "is not valid TOML: Invalid value (at end of document).",
    b"chunk_words = 1 # \xff": "must be a UTF-8 text file.",
}


@pytest.mark.parametrize("content", FILES, ids=str)
def test_a_wrong_file_is_refused_in_a_sentence(
    clean: pytest.MonkeyPatch, content: str | bytes
) -> None:
    with_file(clean, content)
    (line,) = refusal()
    assert line.startswith("CONFIG_FILE settings.toml")
    assert FILES[content] in line


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere.toml", "No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_read(clean: pytest.MonkeyPatch, name: str, reason: str) -> None:
    named(clean, Path(name))
    assert refusal() == [f"CONFIG_FILE {name} cannot be read ({reason})."]


def test_all_that_is_wrong_is_told_at_once_and_no_secret(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("CHUNK_WORDS", "many")
    clean.setenv("MODEL_API_KEY", "hush hush")
    with_file(clean, "retry_attempts = 0\n")
    assert sorted(refusal()) == [
        "CONFIG_FILE settings.toml: retry_attempts is 0; expected: a whole number from 1 to 100.",
        "The environment: chunk_words is 'many'; expected: a whole number from 20 to 1000.",
        "The environment: model_api_key is invalid; expected: an API key of up to "
        "500 characters without spaces.",
    ]


def test_a_pair_that_clashes_across_both_is_refused(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("MAX_MOMENTS", "4")
    with_file(clean, "min_moments = 5\n")
    assert refusal() == [
        "CONFIG_FILE settings.toml: min_moments (5, from file) must not be above max_moments "
        "(4, from environment)."
    ]


def test_the_example_of_an_environment_names_the_file() -> None:
    assert "#CONFIG_FILE=" in (ROOT / ".env.example").read_text()
