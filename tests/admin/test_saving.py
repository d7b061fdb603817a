"""A form that is saved as it was opened changes nothing, whatever the row has in it."""

from typing import Any

import httpx
import pytest

from tests.admin.page import sent_by_page
from tests.admin.rows import TABLES, fill_all_tables
from tests.database import fetch
from tests.exchange.whole_library import without_triggers

WITHIN_PYTHON = """
UPDATE videos SET upload_date = '0044-03-15';
UPDATE users SET active = true;
UPDATE processing_jobs SET created_at = '-infinity';
UPDATE video_statistics SET recorded_at = '9999-12-31 23:59:59.999999+00'"""
"""asyncpg has no other times."""


async def written(table: str) -> list[dict[str, Any]]:
    """Each row as PostgreSQL writes it, and by which transaction: a write would be another."""
    return await fetch(f"SELECT t::text AS row, xmin, ctid FROM {table} t ORDER BY id")


@pytest.mark.parametrize("table", TABLES)
async def test_what_is_saved_as_it_is_stays_as_it_is(admin: httpx.AsyncClient, table: str) -> None:
    await fill_all_tables()
    await without_triggers(WITHIN_PYTHON)
    path = f"api/tables/{table}/"
    schema = (await admin.get(f"{path}schema/")).json()
    before = await written(table)
    for row in await fetch(f"SELECT id FROM {table}"):
        opened = await admin.get(f"{path}{row['id']}/", params={"__readable": "true"})
        assert opened.status_code == 200, opened.text
        body = sent_by_page(schema, opened.json())
        saved = await admin.patch(f"{path}{row['id']}/", json=body)
        assert saved.status_code == 200, saved.text
        whole = await admin.patch(f"{path}{row['id']}/", json=saved.json())
        assert (whole.status_code, whole.json()) == (200, saved.json())
    assert await written(table) == before
