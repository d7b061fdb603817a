"""Where settings come from, and what is said of wrong ones."""

from pathlib import Path
from typing import Any

import pytest

from apps.shared.settings import Settings, SettingsError, load_settings
from tests.processes import PICCOLO, ROOT, run, run_python

WRONG = {
    "DATABASE_URL": "mysql://me:hush@host/db",
    "READ_REPLICA_URL": "postgresql:hush",
    "REDIS_URL": "http://hush",
    "DATABASE_POOL_SIZE": "0",
    "DATABASE_MAX_OVERFLOW": "-1",
    "DATABASE_POOL_TIMEOUT": "nan",
    "DATABASE_STATEMENT_TIMEOUT": "soon",
    "DATABASE_ECHO": "perhaps",
    "PORT": "65536",
    "WORKERS": "1.5",
    "LOG_LEVEL": "LOUD",
    "LOG_FORMAT": "xml",
    "ADMIN_EMAIL": "nobody",
    "ADMIN_PASSWORD": "hush",
}
SECRETS = {"DATABASE_URL", "READ_REPLICA_URL", "REDIS_URL", "SECRET_KEYS", "ADMIN_PASSWORD"}


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting in the environment, and a `.env` of the test's own, which is not there yet."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    return monkeypatch


def test_without_any_variable_the_defaults_hold(clean: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert (settings.database_url, settings.data_dir) == (None, Path("data"))
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert (settings.database_pool_size, settings.pool_limit) == (5, 15)
    assert (settings.allowed_hosts, settings.import_roots) == ([], [])


def test_a_variable_wins_over_env_file_and_that_over_the_default(
    clean: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("PORT=9001\nWORKERS=3\nUNKNOWN_TO_US=1\n")
    clean.setenv("PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.workers) == (9002, 3)


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_an_empty_variable_counts_as_none(clean: pytest.MonkeyPatch, name: str) -> None:
    default = load_settings()
    clean.setenv(name, "")
    assert load_settings() == default


def test_lists_are_separated_by_commas(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("ALLOWED_HOSTS", "a.example, b.example,")
    clean.setenv("LOG_LEVEL", "debug")
    settings = load_settings()
    assert settings.allowed_hosts == ["a.example", "b.example"]
    assert settings.log_level == "DEBUG"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me@host/db",
        "postgresql://me:p%40ss@[::1]:5432/db",
        "postgresql://me@/db?host=/run/pg",
    ],
)
def test_a_postgresql_address_is_taken(clean: pytest.MonkeyPatch, url: str) -> None:
    clean.setenv("DATABASE_URL", url)
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == url
    assert url not in repr(settings)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_told_in_a_sentence(clean: pytest.MonkeyPatch, name: str) -> None:
    clean.setenv(name, WRONG[name])
    with pytest.raises(SettingsError) as raised:
        load_settings()
    sentence = str(raised.value)
    field = Settings.model_fields[name.lower()]
    assert sentence.startswith(f"{name} ")
    assert sentence.endswith(f"expected: {field.description}.")
    assert "\n" not in sentence
    assert (repr(WRONG[name]) in sentence) == (name not in SECRETS)
    assert "hush" not in sentence


def test_secrets_are_just_those_that_hold_passwords_and_keys() -> None:
    """The sentence about a wrong value repeats all others."""
    secret = {
        name.upper() for name, field in Settings.model_fields.items() if "Secret" in repr(field)
    }
    assert secret == SECRETS


def test_each_wrong_variable_has_its_sentence(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("PORT", "no")
    clean.setenv("WORKERS", "0")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert [line.split()[0] for line in str(raised.value).splitlines()] == ["PORT", "WORKERS"]


def test_an_env_file_that_is_no_text_is_told_in_a_sentence(clean: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"ADMIN_PASSWORD=hush\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env must be a UTF-8 text file\.$"):
        load_settings()


@pytest.mark.parametrize("variable", [("PORT", "no"), ("DATABASE_URL", "mysql://hush")])
def test_a_program_with_a_wrong_variable_ends_with_the_sentence(variable: tuple[str, str]) -> None:
    settings = dict([variable])
    done = run(*PICCOLO, "project", "serve", settings=settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(variable[0])
    assert len(done.stderr.splitlines()) == 1
    assert "hush" not in done.stderr


def test_uvicorn_with_a_wrong_variable_ends_with_the_sentence() -> None:
    command = "import uvicorn; uvicorn.run('piccolo_project.app:app', port=1)"
    done = run_python(command, WORKERS=0)
    assert done.returncode == 1
    assert done.stderr.startswith("WORKERS is '0'; expected: ")
    assert len(done.stderr.splitlines()) == 1


def example() -> list[str]:
    return (ROOT / ".env.example").read_text().splitlines()


def described_in_example() -> dict[str, tuple[str, str]]:
    """Name → (the line above it, the value)."""
    found: dict[str, tuple[str, str]] = {}
    above = ""
    for line in example():
        name, separator, value = line.removeprefix("#").partition("=")
        if separator and name.isupper():
            found[name] = (above, value)
        above = line
    return found


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert list(described_in_example()) == [name.upper() for name in Settings.model_fields]


def written(value: Any) -> str:
    """A default as a person writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or value == [] else str(value)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_example_gives_the_default_and_what_it_may_be(name: str) -> None:
    described, value = described_in_example()[name.upper()]
    assert value == written(Settings.model_fields[name].default)
    assert described == f"# {Settings.model_fields[name].description}"


def test_the_example_changes_nothing(clean: pytest.MonkeyPatch) -> None:
    default = load_settings()
    Path(".env").write_text("\n".join(example()))
    assert load_settings() == default
    Path(".env").write_text("\n".join(line.removeprefix("#") for line in example()))
    assert load_settings() == default
