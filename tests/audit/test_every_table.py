"""Each table, created, changed and deleted through each door: one entry, of just that."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from apps.accounts.tables import User
from piccolo_project.admin.columns import READ_ONLY
from tests.audit.entries import Entry, entries, forget
from tests.database import fetch
from tests.refusals import wire
from tests.shared.test_references import VALID, WITHOUT_REST
from tests.shared.test_updated_at import CHANGES

OVER_REST = [table for table in VALID if table not in WITHOUT_REST]
IN_THE_ADMIN = sorted(
    set(VALID)
    - {table._meta.tablename for table in READ_ONLY}
    - {"users", "system_configuration", "channel_configuration"}
)
"""Not those whose rows have rules of their own."""
CHANGED: dict[str, dict[str, Any]] = {
    **{table: {change.column: change.new} for table, change in CHANGES.items()},
    "transcripts": {"language": "de"},
}
FOLLOWS = {"prompts": ["prompt_hash"], "generation_configs": ["config_hash"]}
"""What PostgreSQL works out anew."""
LEFT_OUT = {
    *("id", "created_at", "updated_at"),
    *("word_timestamps", "segment_timestamps", "word_starts", "search_vector"),
}


async def stored(table: str, row_id: str) -> dict[str, Any]:
    """What an entry of the whole row has in it."""
    rows = await fetch(f"SELECT to_jsonb(t) AS row FROM {table} t WHERE id = $1", UUID(row_id))
    row = json.loads(rows[0]["row"])
    return {
        name: content
        for name, content in row.items()
        if name not in LEFT_OUT and content not in (None, {}, [])
    }


def entry(user: User, door: str, action: str, table: str, row_id: str) -> Entry:
    return {
        "user_id": user.id,
        "user_email": user.email,
        "door": door,
        "action": action,
        "table_name": table,
        "row_id": UUID(row_id),
    }


async def check_whole_life(
    client: httpx.AsyncClient, path: str, table: str, user: User, door: str
) -> None:
    """`path` ends with the slash of the admin, or without."""
    valid = wire(await VALID[table]())
    made = await client.post(path, json=valid)
    assert made.status_code == 201, made.text
    row_id = made.json()["id"]
    one = f"{path.rstrip('/')}/{row_id}{'/' * path.endswith('/')}"
    new = await stored(table, row_id)
    assert await entries() == [
        {
            **entry(user, door, "created", table, row_id),
            "columns": by_length(new),
            "old": None,
            "new": new,
        }
    ]
    await forget()

    before = await fetch(f"SELECT to_jsonb(t) AS row FROM {table} t WHERE id = $1", UUID(row_id))
    changed = await client.patch(one, json=CHANGED[table])
    assert changed.status_code == 200, changed.text
    old, new = json.loads(before[0]["row"]), await stored(table, row_id)
    columns = by_length([*CHANGED[table], *FOLLOWS.get(table, [])])
    assert await entries() == [
        {
            **entry(user, door, "changed", table, row_id),
            "columns": columns,
            "old": {name: old[name] for name in columns},
            "new": {name: new.get(name) for name in columns},
        }
    ]
    await forget()

    assert (await client.patch(one, json=CHANGED[table])).status_code == 200
    assert await entries() == []

    old = await stored(table, row_id)
    assert (await client.delete(one)).status_code == 204
    gone = {**entry(user, door, "deleted", table, row_id), "columns": by_length(old), "old": old}
    assert await entries() == [{**gone, "new": None}]


def by_length(names: Any) -> list[str]:
    """As jsonb keeps its keys."""
    return sorted(names, key=lambda name: (len(name), name))


@pytest.mark.parametrize("table", OVER_REST)
async def test_over_rest(client: httpx.AsyncClient, admin_user: User, table: str) -> None:
    await check_whole_life(client, f"/api/{table}", table, admin_user, "rest")


@pytest.mark.parametrize("table", IN_THE_ADMIN)
async def test_in_the_admin(admin: httpx.AsyncClient, librarian: User, table: str) -> None:
    await check_whole_life(admin, f"api/tables/{table}/", table, librarian, "admin")


async def test_a_user_in_the_admin(admin: httpx.AsyncClient, librarian: User) -> None:
    """Whose password is hidden, while it is told that there is another one."""
    body = {"email": "anna@films.example", "password": "a long password"}
    made = await admin.post("api/tables/users/", json=body)
    assert made.status_code == 201, made.text
    row_id = made.json()["id"]
    (created,) = await entries("table_name = 'users'")
    created_here = entry(librarian, "admin", "created", "users", row_id)
    assert {name: created[name] for name in created_here} == created_here
    assert (created["new"]["email"], created["new"]["password"]) == (body["email"], "•••")
    await forget()
    change = {"active": False, "password": "another password"}
    assert (await admin.patch(f"api/tables/users/{row_id}/", json=change)).status_code == 200
    found = await entries("table_name = 'users'")
    told = {name: (each["old"][name], each["new"][name]) for each in found for name in each["new"]}
    assert told == {"active": (True, False), "password": ("•••", "•••")}
    who = entry(librarian, "admin", "changed", "users", row_id)
    assert all({name: each[name] for name in who} == who for each in found)


async def test_a_setting_in_the_admin(admin: httpx.AsyncClient, librarian: User) -> None:
    body = {"key": "chunk_words", "value": "40"}
    made = await admin.post("api/tables/system_configuration/", json=body)
    assert made.status_code == 201, made.text
    row_id = made.json()["id"]
    await forget()
    path = f"api/tables/system_configuration/{row_id}/"
    assert (await admin.patch(path, json={"value": "60"})).status_code == 200
    assert await entries() == [
        {
            **entry(librarian, "admin", "changed", "system_configuration", row_id),
            "columns": ["value"],
            "old": {"value": 40},
            "new": {"value": 60},
        }
    ]
