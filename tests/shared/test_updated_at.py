"""PostgreSQL keeps `updated_at`, whoever writes: it moves with a change, and with nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import pytest
from piccolo.conf.apps import Finder

from tests import factories as make
from tests.conftest import TABLES
from tests.database import execute, fetch, insert, value


class Change(NamedTuple):
    make: Callable[[], Awaitable[Any]]
    column: str
    new: Any
    has_address: bool = True


async def make_session() -> None:
    await insert("sessions", user_id=(await make.make_user()).id, token_hash="a" * 64)


async def make_import_record() -> None:
    await insert("import_records", path="old", channel_id=(await make.make_channel()).id)


CHANGES = {
    "users": Change(make.make_user, "active", False, has_address=False),
    "sessions": Change(make_session, "name", "a script", has_address=False),
    "authenticator_secrets": Change(make.make_authenticator, "last_step", 7, has_address=False),
    "import_records": Change(make_import_record, "path", "new", has_address=False),
    "processing_sessions": Change(make.make_processing_session, "total_items", 7),
    "processing_jobs": Change(make.make_processing_job, "priority", 7),
    "channels": Change(make.make_channel, "description", "new"),
    "videos": Change(make.make_video, "title", "new"),
    "system_configuration": Change(make.make_setting, "description", "new", has_address=False),
    "channel_configuration": Change(make.make_channel_setting, "key", "new", has_address=False),
    "channel_statistics": Change(make.make_channel_statistics, "view_count", 2**40),
    "video_statistics": Change(make.make_video_statistics, "like_count", 2**40),
    "chunks": Change(make.make_chunk, "token_count", 7),
    "conversations": Change(make.make_conversation, "title", "new"),
    "messages": Change(make.make_message, "content", "new"),
    "templates": Change(make.make_template, "is_default", True),
    "prompts": Change(make.make_prompt, "user_prompt", "new"),
    "generation_configs": Change(make.make_generation_config, "top_k", 7),
    "moments": Change(make.make_moment, "score", 7),
    "clips": Change(make.make_clip, "padding_left", 0.5),
    "thumbnails": Change(make.make_thumbnail, "file_size_bytes", 2**40),
    "pipeline_history": Change(make.make_pipeline_run, "total_clips_created", 7),
    "transformation_presets": Change(make.make_preset, "description", "new"),
    "music": Change(make.make_music, "title", "new"),
    "publications": Change(make.make_publication, "url", "new"),
}
NEVER_CHANGE = {"transcripts", "idempotency_keys", "audit_entries", "figures", "findings"}
"""Or have a time of their own that says when they did."""
WITH_ADDRESS = [table for table in CHANGES if CHANGES[table].has_address]


async def times(table: str) -> dict[str, Any]:
    """Of the newest row, with the transaction that wrote it."""
    query = f"SELECT id, created_at, updated_at, xmin FROM {table} ORDER BY id DESC LIMIT 1"
    return (await fetch(query))[0]


def assert_moved(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert after["updated_at"] > before["updated_at"]
    assert after["id"] == before["id"]
    assert after["created_at"] == before["created_at"]


def assert_written_but_not_moved(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert after.pop("xmin") != before.pop("xmin"), "Nothing was written."
    assert after == before


async def test_every_table_that_can_change_is_here() -> None:
    query = (
        "SELECT table_name::text FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'updated_at'"
    )
    assert {row["table_name"] for row in await fetch(query)} == set(CHANGES)
    assert set(TABLES) - set(CHANGES) == NEVER_CHANGE


@pytest.mark.parametrize("table", CHANGES)
async def test_an_update_moves_it_and_one_that_changes_nothing_does_not(table: str) -> None:
    await CHANGES[table].make()
    column = CHANGES[table].column
    made = await times(table)
    assert made["updated_at"] >= made["created_at"]

    await execute(f"UPDATE {table} SET {column} = {column}, updated_at = updated_at")
    assert_written_but_not_moved(made, await times(table))

    made = await times(table)
    await execute(f"UPDATE {table} SET {column} = $1 WHERE id = $2", CHANGES[table].new, made["id"])
    assert_moved(made, await times(table))


@pytest.mark.parametrize("table", CHANGES)
async def test_an_upsert_moves_it_and_one_that_changes_nothing_does_not(table: str) -> None:
    await CHANGES[table].make()
    column, new = CHANGES[table].column, CHANGES[table].new
    query = (
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
        "WHERE table_name = $1 AND table_schema = 'public' AND is_generated = 'NEVER'"
    )
    columns = await value(query, table)
    upsert = (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = $1 "
        f"ON CONFLICT (id) DO UPDATE SET {column} ="
    )
    made = await times(table)
    await execute(f"{upsert} excluded.{column}", made["id"])
    assert_written_but_not_moved(made, await times(table))

    made = await times(table)
    await execute(f"{upsert} $2", made["id"], new)
    assert_moved(made, await times(table))
    assert await value(f"SELECT {column} FROM {table} WHERE id = $1", made["id"]) == new


@pytest.mark.parametrize("table", WITH_ADDRESS)
async def test_rest_answers_the_moved_one(client: httpx.AsyncClient, table: str) -> None:
    await CHANGES[table].make()
    path = f"/api/{table}/{(await times(table))['id']}"
    made = (await client.get(path)).json()

    changed = (await client.patch(path, json={CHANGES[table].column: CHANGES[table].new})).json()
    assert changed[CHANGES[table].column] == CHANGES[table].new
    assert_moved(made, changed)
    assert (await client.get(path)).json() == changed

    same = await client.patch(path, json={CHANGES[table].column: CHANGES[table].new})
    assert same.json() == changed


@pytest.mark.parametrize("table", CHANGES)
async def test_piccolo_moves_it_and_nobody_sets_it_back(table: str) -> None:
    await CHANGES[table].make()
    (model,) = [found for found in Finder().get_table_classes() if found._meta.tablename == table]
    made = await times(table)
    await model.update({CHANGES[table].column: CHANGES[table].new}, force=True)
    moved = await times(table)
    assert_moved(made, moved)
    await execute(f"UPDATE {table} SET updated_at = '2000-01-01'")
    assert_moved(moved, await times(table))


async def test_a_new_row_has_not_changed(client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/channels", json={"name": "One"})).json()
    assert made["updated_at"] == made["created_at"]
