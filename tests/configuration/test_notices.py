"""What PostgreSQL tells those who listen, whoever writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest

import piccolo_conf
from apps.configuration.rules import NOTICES
from tests.database import execute, insert
from tests.factories import make_channel

Heard = Callable[[], Awaitable[list[str]]]


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    """What was told up to now; a notice of our own is the last one."""
    connection = await piccolo_conf.DB.get_new_connection()
    told: asyncio.Queue[str] = asyncio.Queue()
    await connection.add_listener(NOTICES, lambda *notice: told.put_nowait(notice[3]))

    async def all_told() -> list[str]:
        await execute(f"NOTIFY {NOTICES}, 'end'")
        found = []
        async with asyncio.timeout(60):
            while (each := await told.get()) != "end":
                found.append(each)
        return found

    yield all_told
    await connection.close()


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO system_configuration (key, value) VALUES ('b', '1')",
        "UPDATE system_configuration SET value = '2'",
        "DELETE FROM system_configuration",
        "TRUNCATE system_configuration",
        "TRUNCATE channel_configuration",
    ],
)
async def test_of_the_programs_nothing_but_that_all_may_have_changed(
    heard: Heard, write: str
) -> None:
    await insert("system_configuration", key="a", value="1")
    await heard()
    await execute(write)
    assert await heard() == [""]


async def test_of_a_channels_whose_they_are(heard: Heard) -> None:
    first, second = [UUID(str((await make_channel()).id)) for _ in range(2)]
    for channel, key in ((first, "a"), (first, "b"), (second, "a")):
        await insert("channel_configuration", channel_id=channel, key=key, value="1")
    assert await heard() == [str(first), str(first), str(second)]
    await execute("UPDATE channel_configuration SET value = '2'")
    assert sorted(await heard()) == sorted([str(first), str(second)])  # Once a transaction.
    await execute("UPDATE channel_configuration SET channel_id = $1 WHERE key = 'b'", second)
    assert sorted(await heard()) == sorted([str(first), str(second)])
    await execute("DELETE FROM channels WHERE id = $1", second)
    assert await heard() == [str(second)]


async def test_of_what_is_rolled_back_nothing(heard: Heard) -> None:
    async with piccolo_conf.DB.transaction() as transaction:
        await insert("system_configuration", key="a", value="1")
        await transaction.rollback()
    assert await heard() == []
