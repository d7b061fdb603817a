"""Each command as a program of its own; all else about them is tried by `tests.commands`."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

import piccolo_conf
from tests.catalog.downloads import write_video
from tests.factories import make_authenticator, make_channel, make_chunk, make_user
from tests.processes import PICCOLO, run
from tests.shared.conftest import shared_url

# Command → its arguments, and a word of what it answers.
STARTS = {
    "accounts create-user": ("you@example.org --password long-enough", "you@example.org"),
    "accounts reset-password": ("me@example.org --password long-enough", "me@example.org"),
    "accounts list": ("--limit 5", "me@example.org"),
    "accounts create-token": ("me@example.org laptop --days 30", "UTC"),
    "accounts disable-mfa": ("me@example.org", "me@example.org"),
    "catalog import": ("{folder}", "Transcripts"),
    "catalog export": ("{folder}/out.jsonl", "out.jsonl"),
    "catalog import-list": ("{folder}/list.txt", "list.txt"),
    "catalog export-list": ("{folder}/out.csv", "out.csv"),
    "catalog set-credentials": ("Lights --unset", "Lights"),
    "configuration show": ("max_moments", "max_moments"),
    "configuration set": ("max_moments 20", "20"),
    "configuration unset": ("max_moments", "max_moments"),
    "configuration set-defaults": ("", "defaults"),
    "configuration export": ("{folder}/out.toml", "out.toml"),
    "configuration import": ("{folder}/in.toml", "20"),
    "overview refresh": ("", "overview"),
    "transcripts search": ("world", "hello world"),
}
BY_THEIR_OWN_TESTS = {
    "configuration rotate-keys",
    *("project serve", "project backup", "project verify", "project restore", "project doctor"),
}


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    user = await make_user(email="me@example.org")
    await make_authenticator(user_id=user.id, confirmed_at=datetime.now(UTC))
    await make_channel(name="Lights")
    await make_chunk(word_starts=[0, 1])
    write_video(tmp_path)
    (tmp_path / "list.txt").write_text("youtube aaaaaaaaaaa\n")
    (tmp_path / "in.toml").write_text("max_moments = 20\n")
    return tmp_path


@pytest.mark.parametrize("command", STARTS)
async def test_it_is_a_program(command: str, folder: Path) -> None:
    arguments, word = STARTS[command]
    words = [*command.split(), *arguments.format(folder=folder).split()]
    settings = {"DATABASE_URL": await shared_url(), "SECRET_KEYS": secrets.token_urlsafe(32)}
    done = run(*PICCOLO, *words, settings=settings)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout + done.stderr


def test_none_is_missing() -> None:
    every = {
        f"{name} {command.command_name or command.callable.__name__}"
        for name, app in piccolo_conf.APP_REGISTRY.app_configs.items()
        for command in app.get_commands()
    }
    assert set(STARTS) | BY_THEIR_OWN_TESTS == every
