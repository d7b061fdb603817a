"""Links into the admin, whose page reads the part after the `#`."""

from urllib.parse import urlencode
from uuid import UUID

ADMIN = "/admin/#"


def link_to_rows(table: str, **values: str | None) -> str:
    """The table's rows with exactly these values; None means null."""
    filters: dict[str, str] = {}
    for column, value in values.items():
        if value is None:
            filters[f"{column}__operator"] = "is_null"
        else:
            filters |= {column: value, f"{column}__operator": "e", f"{column}__match": "exact"}
    return f"{ADMIN}/{table}?{urlencode(filters)}" if filters else f"{ADMIN}/{table}"


def link_to_row(table: str, row_id: UUID) -> str:
    return f"{ADMIN}/{table}/{row_id}"
