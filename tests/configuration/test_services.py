"""What a process holds in memory: what it costs, and when it is read anew."""

import logging
from typing import Any
from uuid import UUID, uuid4

import pytest

from apps.configuration import services
from apps.configuration.changes import apply_changes
from apps.configuration.registry import CHUNK_WORDS, MIN_MOMENTS, MODEL_API_KEY
from apps.configuration.services import Configuration, get_configuration
from tests.database import execute, insert, value
from tests.factories import make_channel


async def test_reading_costs_no_query(queries: list[str]) -> None:
    channel = await make_channel()
    await apply_changes({None: {"chunk_words": 99}, channel.id: {"min_moments": 3}})
    held = get_configuration()
    queries.clear()
    assert (await held.get_channel_values(channel.id)).get_value(MIN_MOMENTS) == 3
    assert len(queries) == 1
    queries.clear()
    for _ in range(50):
        assert held.get(CHUNK_WORDS) == 99
        of_channel = await held.get_channel_values(channel.id)
        assert (of_channel.get_value(MIN_MOMENTS), of_channel.get_value(CHUNK_WORDS)) == (3, 99)
    assert queries == []


async def test_without_the_database_the_other_layers_hold() -> None:
    fresh = Configuration({})
    await insert("system_configuration", key="chunk_words", value="99")
    assert fresh.get(CHUNK_WORDS) == 150
    await fresh.load()
    assert fresh.get(CHUNK_WORDS) == 99


async def test_a_change_is_seen_at_once_by_who_made_it() -> None:
    channel = await make_channel()
    held = get_configuration()
    for number in (50, 60):
        await apply_changes({None: {"chunk_words": number, "min_moments": 2}})
        await apply_changes({channel.id: {"min_moments": number // 10}})
        assert held.get(CHUNK_WORDS) == number
        assert (await held.get_channel_values(channel.id)).get_value(MIN_MOMENTS) == number // 10
        assert held.get(MIN_MOMENTS) == 2
    await apply_changes({None: {"max_moments": 30}})  # A channel's values stand on the program's.
    of_channel = await held.get_channel_values(channel.id)
    assert of_channel["max_moments"].effective.value == 30


async def test_a_secret_is_read_by_code_and_stored_as_ciphertext() -> None:
    channel = await make_channel()
    await apply_changes(
        {None: {"model_api_key": "hush"}, channel.id: {"model_api_key": "hush-too"}}
    )
    assert get_configuration().get(MODEL_API_KEY) == "hush"
    assert (await get_configuration().get_channel_values(channel.id)).get_value(
        MODEL_API_KEY
    ) == "hush-too"
    for table in ("system_configuration", "channel_configuration"):
        stored = await value(f"SELECT value::text FROM {table} WHERE encrypted")
        assert stored.startswith('"1:')
        assert "hush" not in stored


async def test_only_so_many_channels_are_held(
    monkeypatch: pytest.MonkeyPatch, queries: list[str]
) -> None:
    monkeypatch.setattr(services, "MAX_CACHED_CHANNELS", 3)
    held, ids = Configuration({}), [uuid4() for _ in range(4)]
    for channel_id in [*ids[:3], ids[0], ids[3]]:
        await held.get_channel_values(channel_id)
    assert len(queries) == 4
    queries.clear()
    for channel_id in (ids[0], ids[2], ids[3]):  # The one that was asked for longest ago is gone.
        await held.get_channel_values(channel_id)
    assert queries == []
    await held.get_channel_values(ids[1])
    assert len(queries) == 1


async def test_what_changes_while_it_is_read_is_not_held(
    monkeypatch: pytest.MonkeyPatch, queries: list[str]
) -> None:
    channel_id: UUID = (await make_channel()).id
    held, real = Configuration({}), services.read_channel

    async def interrupted(*asked: Any) -> Any:
        found = await real(*asked)
        held.forget_channel(channel_id)
        return found

    monkeypatch.setattr(services, "read_channel", interrupted)
    await held.get_channel_values(channel_id)
    monkeypatch.setattr(services, "read_channel", real)
    queries.clear()
    await held.get_channel_values(channel_id)
    await held.get_channel_values(channel_id)
    assert len(queries) == 1


async def test_an_older_answer_does_not_replace_a_newer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the first question waits for its answer, the value changes and is asked for again."""
    held, real = Configuration({}), services.read_database

    async def interrupted(by: Any = None) -> Any:
        found = await real(by)
        monkeypatch.setattr(services, "read_database", real)
        await insert("system_configuration", key="chunk_words", value="99")
        await held.load()
        return found

    monkeypatch.setattr(services, "read_database", interrupted)
    await held.load()
    assert held.get(CHUNK_WORDS) == 99


async def test_a_bad_value_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    channel_id = (await make_channel()).id
    await insert("system_configuration", key="chunk_words", value='"many"')
    await insert("channel_configuration", channel_id=channel_id, key="min_moments", value="-1")
    held = Configuration({})
    with caplog.at_level(logging.WARNING, logger=services.__name__):
        for _ in range(3):
            await held.load()
            await held.get_channel_values(channel_id)
        assert sorted(caplog.messages) == [
            f"Channel {channel_id}: min_moments is -1; expected: a whole number from 0 to 1000. "
            "Using the next layer's value.",
            "chunk_words is 'many'; expected: a whole number from 20 to 1000. "
            "Using the next layer's value.",
        ]
        caplog.clear()
        await execute("UPDATE system_configuration SET value = '\"more\"'")
        await held.load()
        assert len(caplog.messages) == 1


async def test_what_was_logged_is_not_remembered_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services, "MAX_REPORTED_FAULTS", 2)
    held = Configuration({})
    for number in range(1, 4):
        await execute("DELETE FROM system_configuration")
        await insert("system_configuration", key="chunk_words", value=str(number))
        await held.load()
    assert len(held._reported) <= 2
    assert len(caplog.messages) == 3


@pytest.mark.parametrize(
    "content", ["1" + 5000 * "0", "1" + 400 * "0" + ".5", 2000 * "[" + 2000 * "]"]
)
@pytest.mark.parametrize("key", ["chunk_words", "generation_model", "subtitle_languages"])
async def test_json_that_python_cannot_read_is_a_bad_value(key: str, content: str) -> None:
    """PostgreSQL takes numbers of any length, and lists in lists to any depth."""
    await insert("system_configuration", key=key, value=content)
    await insert("system_configuration", key="retry_attempts", value="5")
    held = Configuration({})
    await held.load()
    (fault,) = held.values.faults
    assert fault.startswith(f"{key} is '")
    assert len(fault) < 200
    assert held.values["retry_attempts"].effective.value == 5
