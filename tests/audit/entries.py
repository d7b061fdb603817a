"""What the audit has written down."""

import json
from typing import Any

from tests.conftest import FORGET_CHANGES
from tests.database import execute, fetch

Entry = dict[str, Any]

COLUMNS = "user_id, user_email, door, action, table_name, row_id, columns, old, new"


async def entries(where: str = "TRUE", *values: Any) -> list[Entry]:
    """Oldest first."""
    query = f"SELECT {COLUMNS} FROM audit_entries WHERE {where} ORDER BY id"
    return [
        {**row, "old": read(row["old"]), "new": read(row["new"])}
        for row in await fetch(query, *values)
    ]


def read(content: str | None) -> Any:
    return None if content is None else json.loads(content)


async def forget() -> None:
    """What was written down up to here."""
    await execute(FORGET_CHANGES)


async def text_of_all() -> str:
    rows = await fetch("SELECT t::text AS row FROM audit_entries t")
    return "\n".join(row["row"] for row in rows)
