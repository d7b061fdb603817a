"""Whom a reader asks; tests/acceptance/test_replica.py has a real replica."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from apps.shared.db.engine import Engine, create_engine
from apps.shared.db.replica import Replica
from apps.shared.errors import Busy
from apps.shared.settings import Settings
from tests.shared.conftest import new_database, shared_url

MARK = "77s"


@pytest.fixture
async def pair() -> AsyncIterator[Engine]:
    """Its replica is the same database, by another address, whose pool has one connection."""
    url = await shared_url()
    settings = Settings(
        database_url=url,
        read_replica_url=f"{url}{'&' if '?' in url else '?'}lock_timeout={MARK}",
        database_pool_size=1,
        database_max_overflow=0,
        database_pool_timeout=0.2,
    )
    engine = create_engine(settings)
    await engine.open()
    yield engine
    await engine.close()


async def ask(query: str, connection: Any) -> Any:
    return await connection.fetchval(query)


who = partial(ask, "SHOW lock_timeout")


async def test_a_reader_asks_the_replica_but_for_inside_a_transaction(pair: Engine) -> None:
    replica = Replica(pair)
    async with pair.transaction():
        assert await replica.read(who) == "0"
    assert await replica.read(who) == MARK


async def test_what_is_wrong_with_the_question_is_not_asked_twice(pair: Engine) -> None:
    asked = []

    async def wrong(connection: Any) -> None:
        asked.append(await who(connection))
        await connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await Replica(pair).read(wrong)
    assert len(asked) == 1


async def test_the_load_of_a_busy_replica_is_not_passed_on(pair: Engine) -> None:
    replica = Replica(pair)
    async with pair.connection("replica"):
        with pytest.raises(Busy, match=r"^All database connections were busy for 0\.2 s"):
            await replica.read(who)
    assert replica.is_available


async def test_a_replica_that_is_gone_is_probed_until_it_answers(
    pair: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.shared.db.replica.PROBE_SECONDS", 0.05)
    replica, node = Replica(pair), pair.extra_nodes["replica"]
    assert isinstance(node, Engine)
    there = await node.address.dsn()
    await node.close()
    node.address.url = "postgresql://nobody@/none?host=/nowhere"  # type: ignore[attr-defined]
    assert await replica.read(who) == "0"
    assert not replica.is_available
    probe = replica.probe
    assert await replica.read(who) == "0"
    assert replica.probe is probe
    node.address.url = there  # type: ignore[attr-defined]
    async with asyncio.timeout(60):
        while not replica.is_available:
            await asyncio.sleep(0.02)
    assert await replica.read(who) == MARK


async def test_a_replica_of_another_database_answers_nothing(pair: Engine) -> None:
    node = pair.extra_nodes["replica"]
    assert isinstance(node, Engine)
    await node.close()
    async with new_database() as other:
        node.address.url = other  # type: ignore[attr-defined]
        assert await Replica(pair).read(partial(ask, "SELECT current_database()")) in (
            urlsplit(await shared_url()).path
        )
