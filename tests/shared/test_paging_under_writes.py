"""Ten thousand rows, read page by page while another connection inserts and deletes all the time:
each row that stood throughout comes exactly once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest
from uuid_utils.compat import uuid7

import piccolo_conf
from tests.shared.conftest import shared_url

ROWS, FLEETING = 10_000, 2_000
Row = tuple[UUID, str, str, date | None]


def rows(count: int, prefix: str) -> list[Row]:
    """With so few days that each has many rows, and with nulls."""
    days = [None, *(date(2026, 1, 1) + timedelta(days=day) for day in range(7))]
    keys = [uuid7() for _ in range(count)]
    return [(key, f"{prefix}{n}", prefix, random.choice(days)) for n, key in enumerate(keys)]


@asynccontextmanager
async def changing(fleeting: list[UUID]) -> AsyncIterator[Counter[str]]:
    """Until the block ends; answers how often what was done."""
    connection = await asyncpg.connect(await shared_url())
    done: Counter[str] = Counter()
    ended = asyncio.Event()

    async def change() -> None:
        while not ended.is_set():
            new = rows(20, f"came-{done['rounds']}-")
            await connection.copy_records_to_table(
                "videos", records=new, columns=["id", "identifier", "title", "upload_date"]
            )
            fleeting.extend(key for key, *_ in new)
            gone = random.sample(fleeting, 20)
            await connection.execute("DELETE FROM videos WHERE id = ANY($1)", gone)
            fleeting[:] = set(fleeting).difference(gone)
            done["rounds"] += 1

    task = asyncio.create_task(change())
    try:
        yield done
    finally:
        ended.set()
        await task
        await connection.close()


@pytest.mark.parametrize(
    "order", ["", "-upload_date", "upload_date,status", "status,-upload_date,-identifier"]
)
async def test_each_row_that_stands_comes_exactly_once(
    client: httpx.AsyncClient, order: str
) -> None:
    stands, fleeting = rows(ROWS, "stands-"), rows(FLEETING, "goes-")
    mixed = sorted(stands + fleeting, key=lambda _: random.random())
    async with piccolo_conf.DB.connection() as connection:
        await connection.copy_records_to_table(
            "videos", records=mixed, columns=["id", "identifier", "title", "upload_date"]
        )
    params = {"limit": "200", "fields": "title"} | ({"order": order} if order else {})
    seen: Counter[str] = Counter()
    async with changing([key for key, *_ in fleeting]) as done:
        while True:
            before = done["rounds"]
            page = (await client.get("/api/videos", params=params)).json()
            seen.update(row["id"] for row in page["items"] if row["title"] == "stands-")
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
            async with asyncio.timeout(60):  # Something changes between any two pages.
                while done["rounds"] == before:
                    await asyncio.sleep(0)
    assert seen == Counter(str(key) for key, *_ in stands)
    assert done["rounds"] >= ROWS // 200
