"""A database of a test's own, beside the one that every test shares."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

import piccolo_conf
from apps.shared.db.embedded import CREATE_DATABASE, DATABASE

numbers = itertools.count(1)


EMPTY = CREATE_DATABASE.partition(DATABASE)[2]
TEMPLATE = "reelbase_migrated"


async def shared_url() -> str:
    return str(await piccolo_conf.DB.address.dsn())


async def make_template() -> None:
    """A migrated database that is copied, while nobody is connected to the one of the tests."""
    url = await shared_url()
    connection = await asyncpg.connect(at(url, "postgres"))
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        name = urlsplit(url).path.removeprefix("/")
        await connection.execute(f'CREATE DATABASE {TEMPLATE} TEMPLATE "{name}"')
    finally:
        await connection.close()


@asynccontextmanager
async def new_database(made: str = EMPTY) -> AsyncIterator[str]:
    """The address of an empty database, dropped afterwards."""
    url = await shared_url()
    name = f"scratch_{next(numbers)}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} {made}")
        yield at(url, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


def migrated_database() -> AbstractAsyncContextManager[str]:
    """In a hundredth of the time that migrating an empty one takes."""
    return new_database(f"TEMPLATE {TEMPLATE}")


def at(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


@pytest.fixture
async def scratch() -> AsyncIterator[str]:
    """The address of an empty database, which the program uses meanwhile."""
    async with new_database() as url:
        with piccolo_conf.DB.using_database(url):
            yield url


@pytest.fixture
async def migrated() -> AsyncIterator[str]:
    """The address of a database without a row, which the program uses meanwhile."""
    async with migrated_database() as url:
        with piccolo_conf.DB.using_database(url):
            yield url
