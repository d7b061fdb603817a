"""Writing a row: just the columns that are given, the rest is PostgreSQL's default."""

from collections.abc import Mapping
from typing import Any

from piccolo.table import Table

from apps.shared.db.repositories import encode_row
from apps.shared.db.tables import columns_in, names
from apps.shared.rows.statements import Arguments


def insert_row(
    table: type[Table], values: Mapping[str, Any], args: Arguments, condition: str = "TRUE"
) -> str:
    """Nothing is inserted where the condition is false."""
    changes = place_values(table, values, args)
    if not changes:
        return f"INSERT INTO {table._meta.tablename} DEFAULT VALUES"
    places = ", ".join(changes.values())
    into = f"{table._meta.tablename} ({', '.join(changes)})"
    return f"INSERT INTO {into} SELECT {places} WHERE {condition}"


def update_row(
    table: type[Table], values: Mapping[str, Any], args: Arguments, condition: str
) -> str:
    """The condition is over `t`; a change of no column is one as well."""
    changes = place_values(table, values, args) or {"id": "t.id"}
    assignments = ", ".join(f"{name} = {place}" for name, place in changes.items())
    return f"UPDATE {table._meta.tablename} t SET {assignments} WHERE {condition}"


def place_values(table: type[Table], values: Mapping[str, Any], args: Arguments) -> dict[str, str]:
    """Column → where its value stands, in the order of the table."""
    columns = columns_in(table, values)
    places = map(args.add, encode_row(columns, values))
    return {f'"{name}"': place for name, place in zip(names(columns), places, strict=True)}
