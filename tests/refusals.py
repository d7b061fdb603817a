"""Rows that the database must refuse, and rows at the very edge that it must take, sent through
every door: plain SQL, POST and PATCH."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx
import pytest

from piccolo_project.admin.columns import READ_ONLY
from tests.database import execute, fetch, insert

Row = dict[str, Any]


class Refusal(NamedTuple):
    """A valid row of `table` with these `changes` breaks this constraint, and no other.

    `fields` are what a client is told of, where that is not just what changed. The status follows
    from the constraint, but for 400: the wire's own types refuse that row.
    """

    constraint: str
    table: str
    changes: Row
    fields: Sequence[str] = ()
    status: int | None = None

    def __str__(self) -> str:
        return self.constraint

    def check(self, answer: httpx.Response, sentence: str) -> None:
        assert answer.headers["content-type"] == "application/problem+json"
        said = answer.json()
        fields = self.fields or tuple(self.changes)
        if self.status == 400:
            (name,) = fields
            message = f"Invalid enum value '{self.changes[name]}'"
            assert answer.status_code == said["status"] == 400
            assert said["errors"] == [{"field": name, "message": message}]
            return
        status = 409 if self.constraint.endswith("_key") else 422
        assert answer.status_code == said["status"] == status
        assert said["detail"] == sentence
        assert said["errors"] == [{"field": name, "message": sentence} for name in fields]


def wire(row: Row) -> Row:
    """As a client sends it."""
    return dict(json.loads(json.dumps(row, default=str)))


async def stored(table: str) -> list[Row]:
    return await fetch(f"SELECT * FROM {table} ORDER BY id")


async def by_plain_sql(case: Refusal, valid: Row, sentence: str, client: httpx.AsyncClient) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await insert(case.table, **{**valid, **case.changes})
    assert refusal.value.constraint_name == case.constraint
    assert await insert(case.table, **valid)


async def by_post(case: Refusal, valid: Row, sentence: str, client: httpx.AsyncClient) -> None:
    before = await stored(case.table)
    path = f"/api/{case.table}"
    case.check(await client.post(path, json=wire({**valid, **case.changes})), sentence)
    assert await stored(case.table) == before
    assert (await client.post(path, json=wire(valid))).status_code == 201


async def by_patch(case: Refusal, valid: Row, sentence: str, client: httpx.AsyncClient) -> None:
    row_id = await insert(case.table, **valid)
    before = await stored(case.table)
    path = f"/api/{case.table}/{row_id}"
    case.check(await client.patch(path, json=wire(case.changes)), sentence)
    assert await stored(case.table) == before


DOORS = (by_plain_sql, by_post, by_patch)


def in_the_admin(cases: Sequence[Refusal]) -> list[Refusal]:
    """Those of tables to which a person adds rows there."""
    kept = {table._meta.tablename for table in READ_ONLY}
    return [case for case in cases if case.table not in kept]


async def assert_refused_by_admin(
    case: Refusal, valid: Row, sentence: str, admin: httpx.AsyncClient
) -> None:
    before = await stored(case.table)
    path = f"api/tables/{case.table}/"
    answer = await admin.post(path, json=wire({**valid, **case.changes}))
    assert answer.status_code == 422, answer.text
    assert answer.json() == {"custom_form_error": sentence}
    assert await stored(case.table) == before
    assert (await admin.post(path, json=wire(valid))).status_code == 201


async def assert_allowed(client: httpx.AsyncClient, table: str, valid: Row, changes: Row) -> None:
    """Through every door, one after another; what is stored is what was sent."""
    path, whole = f"/api/{table}", {**valid, **changes}

    async def take(row_id: UUID | str) -> Row:
        (row,) = await fetch(f"SELECT * FROM {table} WHERE id = $1", row_id)
        await execute(f"DELETE FROM {table} WHERE id = $1", row_id)
        return {name: row[name] for name in changes}

    assert await take(await insert(table, **whole)) == changes
    answer = await client.post(path, json=wire(whole))
    assert answer.status_code == 201, answer.text
    assert await take(answer.json()["id"]) == changes
    row_id = await insert(table, **valid)
    answer = await client.patch(f"{path}/{row_id}", json=wire(changes))
    assert answer.status_code == 200, answer.text
    assert await take(row_id) == changes
