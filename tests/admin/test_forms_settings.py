"""Credentials and settings, set by form: as by every other door, and shown to nobody."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from apps.catalog.credentials import ChannelCredentials
from apps.configuration.registry import SETTINGS
from apps.configuration.services import get_configuration
from apps.shared.secrets import decrypt_secret, locate_secret
from tests.admin.forms import Forms
from tests.database import execute, fetch, value
from tests.factories import make_channel

CREDENTIALS, SETTING = "set-a-channel's-credentials", "change-a-setting"
HUSH = "hush ü/+&<\"'\\ "


async def everything() -> str:
    tables = ["channels", "system_configuration", "channel_configuration", "processing_jobs"]
    tables += ["audit_entries"] if await value("SELECT to_regclass('audit_entries')::text") else []
    rows = [await value(f"SELECT string_agg(t::text, ' ') FROM {table} t") for table in tables]
    return " ".join(filter(None, rows))


@pytest.mark.parametrize("name", ["@handle", "A channel", "UC" + "a" * 22])
async def test_credentials_are_set_and_taken_back(
    librarian: Forms, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    channel = await make_channel(
        name="A channel", handle="@handle", youtube_channel_id="UC" + "a" * 22
    )
    said = await librarian.done(CREDENTIALS, channel=f" {name} ", credentials=HUSH)
    assert said == "Stored the credentials of A channel."
    assert await ChannelCredentials().get(channel.id) == HUSH
    assert "hush" not in await everything() + caplog.text
    said = await librarian.done(CREDENTIALS, channel=str(channel.id), remove="true")
    assert said == "Removed the credentials of A channel."
    assert await ChannelCredentials().get(channel.id) is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"credentials": HUSH}, "Name a channel."),
        ({"channel": "A"}, "Enter credentials or choose Remove, not both."),
        (
            {"channel": "A", "credentials": HUSH, "remove": "true"},
            "Enter credentials or choose Remove, not both.",
        ),
        ({"channel": "C", "credentials": HUSH}, "There is no channel C."),
        (
            {"channel": "B", "credentials": HUSH},
            "More than one channel is called B. Use the channel's id.",
        ),
        (
            {"channel": "A", "credentials": "x" * 65537},
            "Credentials can have at most 65536 characters; these have 65537.",
        ),
    ],
)
async def test_credentials_that_are_refused(
    librarian: Forms, fields: dict[str, Any], sentence: str
) -> None:
    for name in ("A", "B", "B"):
        await make_channel(name=name)
    before = await fetch("SELECT xmin, * FROM channels ORDER BY id")
    assert await librarian.refused(CREDENTIALS, **fields) == sentence
    assert await fetch("SELECT xmin, * FROM channels ORDER BY id") == before


async def test_the_settings_are_a_choice(librarian: Forms) -> None:
    schema = (await librarian.client.get(f"api/forms/{SETTING}/schema/")).json()
    assert schema["properties"]["key"]["enum"] == list(SETTINGS)


async def test_a_setting_is_set_and_taken_back(librarian: Forms, client: httpx.AsyncClient) -> None:
    said = await librarian.done(SETTING, key="chunk_words", value=" 99 ")
    assert said == "chunk_words is set to 99."
    assert get_configuration().values["chunk_words"].effective.value == 99
    assert (await client.get("/api/configuration/chunk_words")).json()["value"] == 99
    said = await librarian.done(SETTING, key="chunk_words", reset=True)
    assert said == ("chunk_words is reset.\nThe value from default stays in effect: 150.")
    assert get_configuration().values["chunk_words"].effective.value == 150
    said = await librarian.done(SETTING, key="subtitle_languages", value="en, pt-BR")
    assert said == "subtitle_languages is set to en, pt-BR."


async def test_a_setting_of_a_channel(librarian: Forms) -> None:
    channel = await make_channel(name="A")
    said = await librarian.done(SETTING, key="min_moments", value="2", channel="A")
    assert said == "min_moments is set to 2."
    assert (await get_configuration().get_channel_values(channel.id))[
        "min_moments"
    ].effective.value == 2
    assert get_configuration().values["min_moments"].effective.value == 1
    await librarian.done(SETTING, key="min_moments", channel="A", reset=True)
    assert await value("SELECT count(*) FROM channel_configuration") == 0


async def test_a_secret_setting(librarian: Forms, caplog: pytest.LogCaptureFixture) -> None:
    key = "model_api_key"
    said = await librarian.done(SETTING, key=key, secret_value="sk-hush")
    assert said == "model_api_key is set."
    stored = json.loads(await value("SELECT value FROM system_configuration WHERE encrypted"))
    assert decrypt_secret(stored, locate_secret("system_configuration", "value", key)) == "sk-hush"
    refusal = await librarian.refused(SETTING, key=key, secret_value="hush hush")
    assert refusal.startswith("model_api_key is invalid; expected: an API key")
    refusal = await librarian.refused(SETTING, key=key, value="sk-hush")
    assert refusal.startswith("model_api_key is a secret: enter it as the secret value")
    assert "hush" not in refusal + caplog.text + await everything()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"key": "chunk_wrds", "value": "9"}, "There is no setting 'chunk_wrds'. Did you mean"),
        ({"value": "9"}, "There is no setting ''."),
        ({"key": "chunk_words"}, "chunk_words needs a value: a whole number from 20 to 1000."),
        (
            {"key": "chunk_words", "value": "5"},
            "chunk_words is '5'; expected: a whole number from 20 to 1000.",
        ),
        (
            {"key": "chunk_words", "secret_value": "50"},
            "chunk_words is not a secret: enter it as the value.",
        ),
        (
            {"key": "chunk_words", "value": "50", "reset": True},
            "Enter a value or choose Reset, not both.",
        ),
        (
            {"key": "chunk_words", "value": "50", "channel": "A"},
            "chunk_words cannot be set for a single channel.",
        ),
        (
            {"key": "min_moments", "value": "11"},
            "min_moments (11, from database) must not be above",
        ),
        ({"key": "min_moments", "value": "2", "channel": "B"}, "There is no channel B."),
    ],
)
async def test_settings_that_are_refused(
    librarian: Forms, fields: dict[str, Any], sentence: str
) -> None:
    await make_channel(name="A")
    assert (await librarian.refused(SETTING, **fields)).startswith(sentence)
    for table in ("system_configuration", "channel_configuration"):
        assert await value(f"SELECT count(*) FROM {table}") == 0


async def test_a_stronger_layer_has_the_last_word(
    librarian: Forms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHUNK_WORDS", "300")
    get_configuration.cache_clear()
    try:
        said = await librarian.done(SETTING, key="chunk_words", value="99")
    finally:
        monkeypatch.undo()
        get_configuration.cache_clear()
    assert said == "chunk_words is set to 99.\nThe value from environment stays in effect: 300."


async def test_a_table_that_is_held_is_a_sentence(librarian: Forms) -> None:
    await make_channel(name="A")
    await execute("ALTER TABLE system_configuration RENAME TO hidden")
    try:
        refusal = await librarian.refused(SETTING, key="chunk_words", value="99")
    finally:
        await execute("ALTER TABLE hidden RENAME TO system_configuration")
    assert refusal.startswith("The database lacks a table:")


async def test_two_at_once(librarian: Forms) -> None:
    values = ["50", "60", "70"]
    await asyncio.gather(
        *(librarian.done(SETTING, key="chunk_words", value=each) for each in values)
    )
    assert await value("SELECT count(*) FROM system_configuration") == 1
