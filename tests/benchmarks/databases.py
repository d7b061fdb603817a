"""A PostgreSQL of its own for a benchmark, with as many databases as it wants."""

import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="reelbase-bench-"))
os.environ.setdefault("LOG_LEVEL", "WARNING")

import asyncpg

import piccolo_conf  # Reads DATA_DIR.
from apps.shared.db.engine import FixedAddress
from apps.shared.db.migrations import apply_migrations

EMBEDDED = piccolo_conf.DB.address
FOLDER = Path(os.environ["DATA_DIR"])
# Registered before the server starts, hence run after it has stopped.
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


async def server_dsn() -> str:
    return await EMBEDDED.dsn()


@asynccontextmanager
async def fresh_database(name: str) -> AsyncIterator[str]:
    """A migrated and empty database, which the program uses until the block ends; its address."""
    dsn = await server_dsn()
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE reelbase")
    await connection.close()
    own = dsn.replace("/reelbase?", f"/{name}?")
    piccolo_conf.DB.address = FixedAddress(own)
    await piccolo_conf.DB.open()
    await apply_migrations(announce=lambda _: None)
    try:
        yield own
    finally:
        await piccolo_conf.DB.close()
        piccolo_conf.DB.address = EMBEDDED
