"""GET /api/audit_entries: what was done, newest first; and the same in the admin."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

import piccolo_conf
from apps.accounts.tables import User
from tests.database import fetch
from tests.factories import make_audit_entry

MANY = """
SET LOCAL session_replication_role = replica;
INSERT INTO audit_entries (user_id, user_email, door, action, table_name, row_id, columns, new)
SELECT md5((n % 50)::text)::uuid, n % 50 || '@example.org', 'rest', 'changed',
    (ARRAY['videos', 'moments', 'clips'])[1 + n % 3], md5((n % 5000)::text)::uuid, '{title}',
    '{"title": "A title"}'
FROM generate_series(1, 50000) n;
ANALYZE audit_entries"""


async def items(client: httpx.AsyncClient, **filters: Any) -> list[UUID]:
    answer = await client.get("/api/audit_entries", params=filters)
    assert answer.status_code == 200, answer.text
    return [UUID(item["id"]) for item in answer.json()["items"]]


async def test_a_row_has_its_history_newest_first(
    client: httpx.AsyncClient, admin_user: User
) -> None:
    video = (await client.post("/api/videos", json={"identifier": "one", "title": "One"})).json()
    await client.patch("/api/videos/one", json={"title": "Two"})
    await client.post("/api/videos", json={"identifier": "other", "title": "Other"})
    answer = await client.get(
        "/api/audit_entries", params={"table_name": "videos", "row_id": video["id"]}
    )
    changed, created = answer.json()["items"]
    assert created["action"] == "created"
    assert created["new"]["title"] == "One"
    assert changed == {
        "id": changed["id"],
        "created_at": changed["created_at"],
        "user_id": str(admin_user.id),
        "user_email": admin_user.email,
        "door": "rest",
        "action": "changed",
        "table_name": "videos",
        "row_id": video["id"],
        "columns": ["title"],
        "old": {"title": "One"},
        "new": {"title": "Two"},
    }
    one = await client.get(f"/api/audit_entries/{changed['id']}")
    assert (one.status_code, one.json()) == (200, changed)


async def test_filters(client: httpx.AsyncClient) -> None:
    user = uuid4()
    first = await make_audit_entry(table_name="users", user_id=user)
    second = await make_audit_entry(action="deleted", door="admin")
    third = await make_audit_entry(user_email="bea@example.org", columns=["title"])
    assert await items(client) == [third.id, second.id, first.id]
    assert await items(client, table_name="users") == [first.id]
    assert await items(client, row_id=str(second.row_id)) == [second.id]
    assert await items(client, user_id=str(user)) == [first.id]
    assert await items(client, action="deleted") == await items(client, door="admin")
    assert await items(client, user_email="bea@example.org") == [third.id]
    assert (await client.get("/api/audit_entries?action=read")).status_code == 400


async def test_the_admin_shows_the_history_of_one_row(admin: httpx.AsyncClient) -> None:
    """The address that its page asks for when a row's history is opened."""
    wanted = await make_audit_entry(table_name="videos")
    await make_audit_entry(table_name="videos")
    await make_audit_entry(table_name="videos_of_others", row_id=wanted.row_id)
    asked: dict[str, str | int] = {
        "table_name": "videos",
        "table_name__match": "exact",
        "row_id": str(wanted.row_id),
        "__page_size": 25,
        "__order": "-id",
    }
    answer = await admin.get("api/tables/audit_entries/", params=asked)
    assert [row["id"] for row in answer.json()["rows"]] == [str(wanted.id)]
    one = await admin.get(f"api/tables/audit_entries/{wanted.id}/")
    assert one.json()["row_id"] == str(wanted.row_id)


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("table_name = 'videos' AND row_id = md5('7')::uuid", "audit_entries_row_idx"),
        ("user_id = md5('7')::uuid", "audit_entries_user_id_idx"),
        ("created_at > now() - interval '1 s'", "audit_entries_created_at_idx"),
        ("TRUE", "audit_entries_pkey"),
    ],
)
async def test_each_has_an_index(condition: str, index: str) -> None:
    order = "created_at DESC" if "created_at" in condition else "id DESC"
    query = f"EXPLAIN SELECT * FROM audit_entries WHERE {condition} ORDER BY {order} LIMIT 26"
    async with piccolo_conf.DB.transaction() as transaction:
        await transaction.connection.execute(MANY)
        plan = "\n".join(row["QUERY PLAN"] for row in await fetch(query))
        await transaction.rollback()
    assert index in plan
    assert "Sort" not in plan
