"""What a database consists of, as text that can be compared."""

import asyncpg

from apps.operations.doctor.schema import PARTS


async def catalog(url: str) -> set[str]:
    """All but Piccolo's own table of migrations."""
    connection = await asyncpg.connect(url)
    try:
        return {" ".join(row).strip() for row in await connection.fetch(PARTS)}
    finally:
        await connection.close()
