"""Credentials that were set before the database kept their time get it from the migration."""

from datetime import UTC, datetime

import asyncpg
import pytest
from piccolo.apps.migrations.commands.backwards import run_backwards

from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import apply_migrations
from tests.database import execute, fetch, value
from tests.factories import CIPHERTEXT
from tests.shared.catalogs import catalog

FIRST = "2026-11-21T09:45:22:913477"
ROWS = "SELECT * FROM channels ORDER BY id"


async def test_credentials_are_dated_and_nothing_else_moves(
    migrated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await catalog(migrated)
    assert (await run_backwards("catalog", FIRST, auto_agree=True)).success
    connection = await asyncpg.connect(migrated)
    insert = "INSERT INTO channels (name, credentials, updated_at) VALUES ($1, $2, '2001-02-03')"
    await connection.executemany(insert, [("A", CIPHERTEXT), ("B", None)])
    old = [dict(row) for row in await connection.fetch(ROWS)]
    await connection.close()
    async with get_engine().transaction():
        await apply_migrations(lambda _: None)
        set_at = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
        dated = [{**old[0], "credentials_set_at": set_at}, {**old[1], "credentials_set_at": None}]
        assert await fetch(ROWS) == dated
        # As a later migration, which runs in the same transaction.
        await execute("UPDATE channels SET name = name || '.'")
        assert await value("SELECT bool_and(updated_at = now()) FROM channels")
    assert await catalog(migrated) == before
