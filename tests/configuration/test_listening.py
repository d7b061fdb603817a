"""A process follows what others change, on a connection of its own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest

import piccolo_conf
from apps.configuration import listening
from apps.configuration.listening import follow_changes
from apps.configuration.registry import CHUNK_WORDS, MIN_MOMENTS
from apps.configuration.rules import NOTICES
from apps.configuration.services import get_configuration
from tests.database import execute, fetch, insert, value
from tests.factories import make_channel

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def listener() -> AsyncIterator[int]:
    """The process id of the connection that listens."""
    before = {row["pid"] for row in await fetch(BACKENDS)}
    async with follow_changes():
        (pid,) = {row["pid"] for row in await fetch(BACKENDS)} - before
        yield pid


async def test_what_is_there_is_known_from_the_start() -> None:
    await insert("system_configuration", key="chunk_words", value="99")
    async with follow_changes():
        assert get_configuration().get(CHUNK_WORDS) == 99


async def test_what_others_change_is_heard(listener: int, queries: list[str]) -> None:
    await insert("system_configuration", key="chunk_words", value="99")
    await until(lambda: get_configuration().get(CHUNK_WORDS) == 99)
    await execute("UPDATE system_configuration SET value = '98'")
    await until(lambda: get_configuration().get(CHUNK_WORDS) == 98)
    await execute("DELETE FROM system_configuration")
    await until(lambda: get_configuration().get(CHUNK_WORDS) == 150)
    assert len(queries) == 3  # It is read on the connection that listens.


async def test_of_a_channel_only_its_own_are_read_anew(listener: int, queries: list[str]) -> None:
    first, second = (await make_channel()).id, (await make_channel()).id
    held = get_configuration()
    for channel in (first, second):
        assert (await held.get_channel_values(channel)).get_value(MIN_MOMENTS) == 1
    await insert("channel_configuration", channel_id=first, key="min_moments", value="3")
    await until(lambda: first not in held._channels)
    queries.clear()
    assert (await held.get_channel_values(first)).get_value(MIN_MOMENTS) == 3
    assert (await held.get_channel_values(second)).get_value(MIN_MOMENTS) == 1
    assert len(queries) == 1


async def test_what_somebody_else_says_there_is_no_fault(
    listener: int, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(f"NOTIFY {NOTICES}, 'hello'")
    await insert("system_configuration", key="chunk_words", value="99")
    await until(lambda: get_configuration().get(CHUNK_WORDS) == 99)
    assert caplog.messages == []


async def test_a_lost_connection_is_made_again_and_nothing_is_missed(
    listener: int, caplog: pytest.LogCaptureFixture
) -> None:
    channel = (await make_channel()).id
    held = get_configuration()
    await held.get_channel_values(channel)
    async with piccolo_conf.DB.transaction():
        await execute("SET LOCAL session_replication_role = replica")  # Nobody is told.
        await insert("system_configuration", key="chunk_words", value="99")
    assert held.get(CHUNK_WORDS) == 150
    with caplog.at_level(logging.INFO, logger=listening.__name__):
        await value("SELECT pg_terminate_backend($1)", listener)
        await until(lambda: held.get(CHUNK_WORDS) == 99)
        assert channel not in held._channels
        await until(lambda: len(caplog.messages) == 2)
    assert caplog.messages == [
        "Cannot listen for changes of settings (InterfaceError); retrying.",
        "Listening for changes of settings again.",
    ]
    await execute("UPDATE system_configuration SET value = '98'")
    await until(lambda: held.get(CHUNK_WORDS) == 98)


async def test_without_a_word_all_is_read_anew_from_time_to_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As behind a pooler that passes no notices on."""
    monkeypatch.setattr(listening, "RELOAD_SECONDS", 0.05)
    async with follow_changes():
        async with piccolo_conf.DB.transaction():
            await execute("SET LOCAL session_replication_role = replica")
            await insert("system_configuration", key="chunk_words", value="99")
        await until(lambda: get_configuration().get(CHUNK_WORDS) == 99)


async def test_it_ends_with_its_connection() -> None:
    before = {row["pid"] for row in await fetch(BACKENDS)}
    async with follow_changes():
        assert len(await fetch(BACKENDS)) == len(before) + 1
    async with asyncio.timeout(60):
        while {row["pid"] for row in await fetch(BACKENDS)} != before:
            await asyncio.sleep(0.005)
