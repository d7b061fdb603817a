"""Triggers work under any search path: a dump is restored, and maintained, under an empty one."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

import piccolo_conf
from tests import factories as make
from tests.conftest import TABLES
from tests.database import fetch
from tests.shared.test_references import VALID
from tests.shared.test_updated_at import CHANGES

FUNCTIONS = """
SELECT tgrelid::regclass::text AS table, proname::text AS function
FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal"""
CALLED = "SELECT funcname::text FROM pg_stat_xact_user_functions WHERE calls > 0"
FREEZES = {"refuse_transcript_change", "refuse_audit_change"}
"""They only ever refuse, and a call that fails is not counted."""
SOMEBODY = """SET LOCAL reelbase.actor = '{"door":"rest"}'"""
QUIET = {"idempotency_keys", "figures", "findings"}
"""Whoever sends a request again is answered the same, and what is counted is counted anew."""


async def functions() -> dict[str, set[str]]:
    """Table → what its triggers call."""
    found: dict[str, set[str]] = {}
    for row in await fetch(FUNCTIONS):
        found.setdefault(row["table"], set()).add(row["function"])
    return found


async def changes(table: str, valid: dict[str, Any]) -> list[tuple[str, Any]]:
    """Of columns, one after another, which together fire every trigger of the table."""
    if table == "transcripts":
        return [("language", "de"), ("user_id", (await make.make_user()).id)]
    if table not in CHANGES:
        return []
    change = CHANGES[table]
    found = [(change.column, change.new)]
    if table == "moments":
        found.append(("parent_id", (await make.make_moment(valid["video_id"])).id))
    if table == "chunks":
        found.append(("chunk_text", "new"))
    return found


async def insert(connection: asyncpg.Connection, table: str, values: dict[str, Any]) -> UUID:
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    query = f"INSERT INTO public.{table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
    return UUID(str(await connection.fetchval(query, *values.values())))


async def test_every_table_has_triggers() -> None:
    assert (await functions()).keys() == set(TABLES) - QUIET


@pytest.mark.parametrize("table", TABLES)
async def test_triggers_work_with_an_empty_search_path(table: str) -> None:
    valid = await VALID[table]()
    updates = await changes(table, valid)
    expected = (await functions()).get(table, set())
    async with piccolo_conf.DB.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL search_path = ''; SET LOCAL track_functions = 'pl'")
        await connection.execute(SOMEBODY)
        key = await insert(connection, table, valid)
        if table == "transcripts":
            chunk = {"chunk_text": "hello", "chunk_index": 0, "transcript_id": key}
            await insert(connection, "chunks", chunk)
        for column, new in updates:
            query = f"UPDATE public.{table} SET {column} = $1 WHERE id = $2"
            assert await connection.execute(query, new, key) == "UPDATE 1"
        called = {row["funcname"] for row in await connection.fetch(CALLED)}
        assert expected - called <= FREEZES, "These were not called."
        if "refuse_transcript_change" in expected:
            with pytest.raises(asyncpg.RestrictViolationError) as refusal:
                await connection.execute("UPDATE public.transcripts SET full_text = 'new'")
            assert refusal.value.constraint_name == "transcripts_immutable"
