"""A page of an owner's rows is read along an index of the owner, however many rows others have."""

import json
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest

import piccolo_conf
from apps.shared.db.tables import Record
from tests.shared.test_relations import LONG, PAGES, addresses, make_owner

OTHERS = 100
"""Of few, PostgreSQL takes ours for one with so many rows that a walk by id soon meets some."""

# Each column, and what it holds in copy number n of the row r: the same, unless it must be unique.
COLUMNS = """
SELECT attname::text, CASE
    WHEN attname = 'id' THEN 'uuidv7()'
    WHEN attname IN ($2, 'user_id', 'source') OR NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = attrelid AND indisunique AND attnum = ANY(indkey)
        AND NOT indkey[0] = 1) THEN format('r.%I', attname)
    WHEN atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
    WHEN atttypid = 'integer'::regtype THEN 'n'
    WHEN atttypid = 'timestamptz'::regtype THEN 'now() + n * interval ''1 s'''
    ELSE format('left(md5(n || r.id::text), %s)', least(16, atttypmod - 4)) END
FROM pg_attribute WHERE attrelid = format('public.%I', $1::text)::regclass
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""


async def multiply(connection: asyncpg.Connection, row: Record, by: str) -> None:
    """The table with 20,000 copies of the row, of other owners, in one of this connection alone."""
    table = row._meta.tablename
    columns = dict(await connection.fetch(COLUMNS, table, by))
    other = f"md5((n % {OTHERS})::text)::uuid"
    columns[by] = f"CASE WHEN r.id = '{row.id}' THEN {other} ELSE r.{by} END"
    await connection.execute(
        f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP;"
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
        f" FROM public.{table} r, generate_series(1, 20000) n"
        f" WHERE n = 1 OR r.id = '{row.id}';"
        f"ANALYZE {table}"
    )


def index_scans(plan: dict[str, Any], table: str) -> Iterator[str | None]:
    """The index by which the page's own table is read; None: none."""
    if plan["Node Type"] == "Bitmap Heap Scan":
        plan = {**plan["Plans"][0], "Relation Name": plan["Relation Name"]}
    if plan.get("Relation Name") == table:
        yield plan.get("Index Name")
    for part in plan.get("Plans", ()):
        yield from index_scans(part, table)


@pytest.mark.parametrize("relation", LONG)
async def test_a_page_is_read_along_its_owner(
    client: httpx.AsyncClient, queries: list[str], relation: str
) -> None:
    owner = await make_owner(relation)
    await PAGES[relation](owner)
    row = await PAGES[relation](await make_owner(relation))
    queries.clear()
    await client.get(addresses(relation, owner)[0])
    (query,) = queries
    found = re.search(r"t\.(\w+) = \(SELECT t\.id FROM", query)
    assert found
    async with piccolo_conf.DB.connection() as connection, connection.transaction():
        await multiply(connection, row, found[1])
        answer = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", owner.id, 51, 0)
        plan = json.loads(answer)[0]["Plan"]
        *_, index = index_scans(plan, row._meta.tablename)
        definition = "SELECT pg_get_indexdef(to_regclass('pg_temp.' || $1), 1, TRUE)"
        assert await connection.fetchval(definition, index) == found[1], index
