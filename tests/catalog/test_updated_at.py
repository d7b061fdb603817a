"""PostgreSQL keeps `updated_at`, whoever writes."""

import httpx
import pytest

from apps.catalog.tables import Channel
from tests.database import execute, fetch, insert
from tests.factories import make_channel, make_chunk, make_video

CHANGING = {
    "users": "active = false",
    "sessions": "name = 'a script'",
    "channels": "description = 'new'",
    "videos": "title = 'new'",
    "import_records": "path = 'new'",
    "chunks": "token_count = 7",
}


async def make_rows(user_id: object) -> None:
    channel = await make_channel()
    await make_video(channel_id=channel.id)
    await insert("import_records", path="old", channel_id=channel.id)
    await insert("sessions", user_id=user_id, token_hash="a" * 64)
    await make_chunk()


async def times(table: str) -> list[dict[str, object]]:
    return await fetch(f"SELECT id, created_at, updated_at FROM {table} ORDER BY id")


@pytest.mark.parametrize("table", CHANGING)
async def test_a_change_by_plain_sql_moves_it(admin_user: object, table: str) -> None:
    await make_rows(admin_user.id)  # type: ignore[attr-defined]
    before = await times(table)
    await execute(f"UPDATE {table} SET {CHANGING[table]}")
    after = await times(table)
    assert before
    for old, new in zip(before, after, strict=True):
        assert new["updated_at"] > old["updated_at"]
        assert new["created_at"] == old["created_at"]


@pytest.mark.parametrize("table", CHANGING)
async def test_a_write_that_changes_nothing_leaves_it(admin_user: object, table: str) -> None:
    await make_rows(admin_user.id)  # type: ignore[attr-defined]
    before = await times(table)
    await execute(f"UPDATE {table} SET created_at = created_at")
    assert await times(table) == before


async def test_it_cannot_be_set_back() -> None:
    channel = await make_channel()
    await execute("UPDATE channels SET name = 'x', updated_at = '2000-01-01'")
    (row,) = await fetch("SELECT updated_at FROM channels")
    assert row["updated_at"] >= channel.updated_at


async def test_piccolo_and_upserts_move_it() -> None:
    channel = await make_channel(youtube_channel_id="UC1")
    first = (await times("channels"))[0]["updated_at"]
    await Channel.update({Channel.name: "by Piccolo"}).where(Channel.id == channel.id)
    second = (await times("channels"))[0]["updated_at"]
    await execute(
        "INSERT INTO channels (name, youtube_channel_id) VALUES ('upserted', 'UC1') "
        "ON CONFLICT (youtube_channel_id) DO UPDATE SET name = excluded.name"
    )
    third = (await times("channels"))[0]["updated_at"]
    assert first < second < third


async def test_rest_answers_the_moved_one(client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/channels", json={"name": "One"})).json()
    assert made["updated_at"] == made["created_at"]
    changed = (await client.patch(f"/api/channels/{made['id']}", json={"name": "Two"})).json()
    assert changed["updated_at"] > made["updated_at"]
    assert changed["created_at"] == made["created_at"]
    read = (await client.get(f"/api/channels/{made['id']}")).json()
    assert read == changed
