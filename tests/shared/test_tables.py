"""What PostgreSQL itself keeps: keys, times, and words for every rule."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

import piccolo_conf
from apps.shared.db.engine import Engine, FixedAddress
from apps.shared.db.migrations import apply_migrations, count_pending_migrations
from apps.shared.db.tables import UUIDV7, constraint_messages
from tests.database import value
from tests.factories import make_channel, make_video
from tests.processes import PostgresServer, folder_for_postgres


@pytest.fixture
async def own_uuidv7() -> AsyncIterator[None]:
    """The function that PostgreSQL 15 to 17 get, under another name."""
    start, end = UUIDV7.create.index("CREATE FUNCTION"), UUIDV7.create.index("    END IF")
    await value(UUIDV7.create[start:end].replace("uuidv7()", "own_uuidv7()"))
    yield
    await value("DROP FUNCTION own_uuidv7()")


async def test_the_uuidv7_of_older_servers_is_one(own_uuidv7: None) -> None:
    async with piccolo_conf.DB.connection() as connection:
        rows = await connection.fetch(
            "SELECT own_uuidv7() AS id, clock_timestamp() AS at, pg_sleep(0.002)"
            " FROM generate_series(1, 20)"
        )
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    for row in rows:
        key = UUID(str(row["id"]))
        assert (key.version, key.variant) == (7, "specified in RFC 4122")
        assert abs((key.int >> 80) / 1000 - row["at"].timestamp()) < 0.01
    assert await value("SELECT uuid_extract_version(own_uuidv7())") == 7
    distinct = "SELECT count(DISTINCT own_uuidv7()) FROM generate_series(1, 10000)"
    assert await value(distinct) == 10_000


async def test_postgresql_16_serves_as_well() -> None:
    with folder_for_postgres() as folder:
        server = PostgresServer(Path(folder), version=16)
        server.start()
        database = piccolo_conf.DB
        address, pool = database.address, database.pool
        database.address, database.pool = FixedAddress(server.url()), None
        try:
            assert await apply_migrations(lambda _: None) > 0
            assert await count_pending_migrations() == 0
            await value("INSERT INTO channels (name) VALUES ('a')")
            assert UUID(str(await value("SELECT id FROM channels"))).version == 7
        finally:
            database.address, database.pool = address, pool
            await asyncio.to_thread(server.stop)


async def test_a_row_made_by_plain_sql_has_a_key_and_times() -> None:
    for name in ("first", "second"):
        await value("INSERT INTO channels (name) VALUES ($1)", name)
    async with piccolo_conf.DB.connection() as connection:
        rows = await connection.fetch("SELECT *, now() FROM channels ORDER BY id")
    assert [row["name"] for row in rows] == ["first", "second"]
    for row in rows:
        assert UUID(str(row["id"])).version == 7
        assert row["created_at"] == row["updated_at"] <= row["now"]


async def test_a_key_made_by_the_program_sorts_by_creation() -> None:
    made = [(await make_channel()).id for _ in range(5)]
    assert made == sorted(made)
    assert {key.version for key in made} == {7}


async def test_updated_at_moves_when_a_row_changes_and_only_then() -> None:
    channel = await make_channel(name="before")
    first = await value("SELECT updated_at FROM channels")
    await value("UPDATE channels SET name = name")
    assert await value("SELECT updated_at FROM channels") == first
    await value("UPDATE channels SET name = 'after'")
    second = await value("SELECT updated_at FROM channels")
    assert isinstance(second, type(first))
    assert second > first
    await value("UPDATE channels SET updated_at = '2001-01-01'")
    assert await value("SELECT updated_at > '2020-01-01' FROM channels") is True
    assert await value("SELECT created_at FROM channels") == channel.created_at


async def test_updated_at_moves_with_each_change_of_a_transaction() -> None:
    """Which may have begun before the row was opened by who shall be told of the change."""
    async with piccolo_conf.DB.transaction():
        channel = await make_channel()
        times = [
            await value("UPDATE channels SET name = $1 RETURNING updated_at", str(number))
            for number in range(5)
        ]
    assert times == sorted(set(times))
    assert times[0] > channel.updated_at


async def test_updated_at_moves_within_an_upsert_as_well() -> None:
    video = await make_video(title="before")
    upsert = """INSERT INTO videos (identifier, title) VALUES ($1, $2)
        ON CONFLICT (identifier) DO UPDATE SET title = EXCLUDED.title RETURNING updated_at"""
    first = await value("SELECT updated_at FROM videos")
    assert await value(upsert, video.identifier, "before") == first
    assert await value(upsert, video.identifier, "after") > first


async def test_every_table_that_can_change_keeps_its_time() -> None:
    query = """SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'updated_at'
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid
            AND tgname = c.relname || '_set_updated_at')"""
    assert await value(query) == 0


async def test_every_rule_of_the_database_has_its_sentence() -> None:
    """References by id and missing values are told in general words."""
    query = """
        SELECT conname AS rule FROM pg_constraint JOIN pg_class t ON t.oid = conrelid
        WHERE connamespace = 'public'::regnamespace
            AND (contype IN ('c', 'u', 'x') OR contype = 'f' AND cardinality(conkey) > 1)
            AND t.relname <> 'migration'
        UNION SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = indexrelid
            JOIN pg_class t ON t.oid = indrelid
        WHERE indisunique AND NOT indisprimary AND x.relnamespace = 'public'::regnamespace
            AND t.relname <> 'migration'
        UNION SELECT tgname FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
        WHERE NOT tgisinternal AND prosrc LIKE '%RAISE EXCEPTION%'"""
    async with piccolo_conf.DB.connection() as connection:
        rules = {row["rule"] for row in await connection.fetch(query)}
    assert len(rules) > 20
    assert sorted(rules - set(constraint_messages())) == [], "Nobody would know what these mean."
    assert sorted(set(constraint_messages()) - rules) == [], "There is no such rule."


@pytest.mark.parametrize("sentence", constraint_messages().values())
def test_a_sentence_is_one(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")


async def test_a_new_server_gets_no_function_that_it_has_itself() -> None:
    engine = Engine(piccolo_conf.DB.address)
    async with engine.connection() as connection:
        if connection.get_server_version() < (18,):
            pytest.skip("This server has none.")
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await connection.execute("SELECT public.uuidv7()")
