"""Plain SQL, as somebody with psql would send it."""

import asyncio
from typing import Any

import piccolo_conf
from tests.conftest import TABLES


async def execute(query: str, *values: Any) -> str:
    async with piccolo_conf.DB.connection() as connection:
        return str(await connection.execute(query, *values))


async def fetch(query: str, *values: Any) -> list[dict[str, Any]]:
    async with piccolo_conf.DB.connection() as connection:
        return [dict(row) for row in await connection.fetch(query, *values)]


async def value(query: str, *values: Any) -> Any:
    async with piccolo_conf.DB.connection() as connection:
        return await connection.fetchval(query, *values)


async def insert(table: str, **values: Any) -> Any:
    """The new row's id."""
    columns = ", ".join(values)
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    query = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"
    return await value(query, *values.values())


async def counts() -> dict[str, int]:
    """Table → its number of rows."""
    return {table: await value(f"SELECT count(*) FROM {table}") for table in TABLES}


WAITING = """
SELECT count(DISTINCT pid) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"""


async def until_others_wait(number: int = 1) -> None:
    """For the transaction that we are in."""
    async with asyncio.timeout(60):
        while await value(WAITING) < number:
            pass
