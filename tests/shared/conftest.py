"""A database of a test's own, beside the one that every test shares."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

import piccolo_conf
from apps.shared.db.embedded import CREATE_DATABASE, DATABASE
from apps.shared.db.engine import FixedAddress

numbers = itertools.count(1)


async def shared_url() -> str:
    return str(await piccolo_conf.DB.address.dsn())


@asynccontextmanager
async def new_database() -> AsyncIterator[str]:
    """The address of an empty database, dropped afterwards."""
    url = await shared_url()
    name = f"scratch_{next(numbers)}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(
            CREATE_DATABASE.replace(f"DATABASE {DATABASE}", f"DATABASE {name}")
        )
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def scratch() -> AsyncIterator[str]:
    """The address of an empty database, which the program uses meanwhile."""
    database = piccolo_conf.DB
    async with new_database() as url:
        address, pool = database.address, database.pool
        database.address, database.pool = FixedAddress(url), None
        try:
            yield url
        finally:
            database.address, database.pool = address, pool
