"""The lock that keeps imports from running at the same time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from apps.shared.db.engine import get_engine
from apps.shared.errors import Busy

LOCK_ID = 0x1390_1257
"""An advisory lock of PostgreSQL."""


@asynccontextmanager
async def import_lock() -> AsyncIterator[None]:
    """Raises Busy while another import runs, in any process."""
    connection = await get_engine().get_new_connection()
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_ID):
            raise Busy("Another import is running. Try again when it has finished.")
        yield
    finally:
        await connection.close()
