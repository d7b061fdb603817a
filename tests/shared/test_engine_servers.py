"""Servers that come, go and hang, and the addresses they are found by."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

import piccolo_conf
from apps.shared.db.engine import Engine, FixedAddress, create_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, DatabaseUnavailable
from apps.shared.settings import Settings
from tests.processes import OWNER, PostgresServer, folder_for_postgres, free_port
from tests.shared.conftest import new_database, shared_url


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[PostgresServer]:
    with folder_for_postgres() as folder:
        server = PostgresServer(folder)
        server.start()
        yield server
        server.stop()


async def ask(engine: Engine, query: str) -> object:
    async with engine.connection() as connection:
        return await connection.fetchval(query)


async def test_it_connects_over_tcp_with_a_password_of_any_characters(
    server: PostgresServer,
) -> None:
    engine = Engine(FixedAddress(server.url()))
    assert await ask(engine, "SELECT inet_server_port()") == server.port
    assert await ask(engine, "SHOW application_name") == "reelbase"


async def test_it_connects_over_a_unix_socket(server: PostgresServer) -> None:
    query = urlsplit(server.url())
    url = f"postgresql://{query.username}:{query.password}@/postgres"
    engine = Engine(FixedAddress(f"{url}?host={server.folder}&port={server.port}"))
    assert await ask(engine, "SELECT inet_server_port()") is None
    assert await ask(engine, "SELECT current_user") == "postgres"


async def test_a_wrong_password_is_a_503_that_tells_nothing(server: PostgresServer) -> None:
    engine = Engine(FixedAddress(server.url(password="guess")))
    with pytest.raises(asyncpg.InvalidPasswordError) as raised:
        await ask(engine, "SELECT 1")
    told = translate_error(raised.value)
    assert isinstance(told, DatabaseUnavailable)
    assert "guess" not in told.message


async def test_while_the_server_is_down_it_says_so_and_heals_by_itself(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.stop()
    engine = Engine(FixedAddress(server.url()), pool_size=1, max_overflow=0)
    with caplog.at_level(logging.INFO):
        await engine.open()
        assert engine.pool is None
        with pytest.raises(ConnectionRefusedError) as raised:
            await ask(engine, "SELECT 1")
        assert isinstance(translate_error(raised.value), DatabaseUnavailable)
        await asyncio.to_thread(server.start)
        assert await ask(engine, "SELECT 1") == 1
        async with asyncio.timeout(60):
            while engine.pool is None:
                await asyncio.sleep(0.05)
    said = [r.getMessage() for r in caplog.records if r.name == "apps.shared.db.engine"]
    assert len(said) == 2
    assert "Cannot reach the database" in said[0]
    assert said[1] == "The database is available again."
    assert server.PASSWORD not in caplog.text
    await engine.close()


async def test_a_server_that_restarts_costs_503s_and_no_more(server: PostgresServer) -> None:
    """Whatever asyncpg raises meanwhile is known; afterwards the pool is whole."""
    engine = Engine(FixedAddress(server.url()), pool_size=2, max_overflow=0, pool_timeout=2)
    await engine.start_connection_pool()
    told: list[object] = []
    done = asyncio.Event()

    async def hammer() -> None:
        while not done.is_set():
            try:
                async with engine.transaction():
                    await ask(engine, "SELECT 1")
            except Exception as error:
                told.append(translate_error(error) or error)
            await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(hammer()) for _ in range(4)]
    for _ in range(2):
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
    done.set()
    await asyncio.gather(*tasks)
    assert told
    assert [what for what in told if not isinstance(what, Busy)] == []
    assert await asyncio.gather(*(ask(engine, "SELECT 1") for _ in range(4))) == [1, 1, 1, 1]
    await engine.close()


async def test_closing_does_not_wait_for_a_server_that_never_came() -> None:
    engine = Engine(FixedAddress(f"postgresql://me@127.0.0.1:{free_port()}/db"))
    await engine.open()
    opening = engine._opening
    assert opening is not None
    await engine.close()
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_a_server_that_accepts_and_never_answers_counts_as_unreachable() -> None:
    """Not as a full pool: nobody had a connection."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(silence, "127.0.0.1", 0)
    url = f"postgresql://me@127.0.0.1:{silent.sockets[0].getsockname()[1]}/db?sslmode=disable"
    engine = Engine(FixedAddress(url), pool_size=0, max_overflow=1, pool_timeout=20)
    engine.config["timeout"] = 0.2
    await engine.start_connection_pool()
    with pytest.raises(TimeoutError) as raised:
        await ask(engine, "SELECT 1")
    told = translate_error(raised.value)
    assert isinstance(told, DatabaseUnavailable)
    await engine.close()
    silent.close()


async def test_a_replica_answers_what_is_asked_of_it_but_not_inside_a_transaction() -> None:
    async with new_database() as replica:
        settings = Settings(
            database_url=await shared_url(), read_replica_url=replica, database_pool_size=1
        )
        engine = create_engine(settings)
        name = "SELECT current_database()"
        await engine.open()
        assert engine.extra_nodes["replica"].pool is not None
        async with engine.connection("replica") as connection:
            there = await connection.fetchval(name)
        async with engine.transaction(), engine.connection("replica") as connection:
            inside = await connection.fetchval(name)
        await engine.close()
        assert engine.extra_nodes["replica"].pool is None
    assert (f"/{there}", inside) == (urlsplit(replica).path, await ask(piccolo_conf.DB, name))
    assert there != inside


async def test_without_a_replica_its_questions_go_to_the_one_server() -> None:
    async with piccolo_conf.DB.connection("replica") as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_the_embedded_server_listens_on_a_socket_that_others_cannot_open() -> None:
    if piccolo_conf.DB.address.__class__ is FixedAddress:
        pytest.skip("TEST_DATABASE_URL names another server.")
    folder = Path(parse_qs(urlsplit(await shared_url()).query)["host"][0])
    assert await ask(piccolo_conf.DB, "SHOW listen_addresses") == ""
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder.owner() == OWNER) if OWNER else folder.stat().st_uid > 0


async def test_echo_logs_statements_without_their_values(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("reelbase.sql")
    before = log.level
    engine = Engine(FixedAddress(await shared_url()), echo=True)
    try:
        async with engine.connection() as connection:
            await connection.fetchval("SELECT   $1::text\n AS said", "hush")
    finally:
        log.setLevel(before)
    lines = [record.getMessage() for record in caplog.records if record.name == log.name]
    assert [line.partition(" ms: ")[2] for line in lines] == ["SELECT $1::text AS said"]
    assert "hush" not in caplog.text
