"""Addresses inside the admin, whose page reads them after the `#`."""

from urllib.parse import urlencode
from uuid import UUID

ADMIN = "/admin/#"


def listing(table: str, **values: str | None) -> str:
    """The rows of a table that have exactly these values; None: no value."""
    filters: dict[str, str] = {}
    for column, value in values.items():
        if value is None:
            filters[f"{column}__operator"] = "is_null"
        else:
            filters |= {column: value, f"{column}__operator": "e", f"{column}__match": "exact"}
    return f"{ADMIN}/{table}?{urlencode(filters)}" if filters else f"{ADMIN}/{table}"


def row(table: str, row_id: UUID) -> str:
    return f"{ADMIN}/{table}/{row_id}"
