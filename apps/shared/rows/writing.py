"""Writing a row: just the columns that are given, the rest is PostgreSQL's default."""

from collections.abc import Mapping, Sequence
from typing import Any

from piccolo.columns import Column
from piccolo.table import Table

from apps.shared.db.repositories import encode_row
from apps.shared.db.tables import names
from apps.shared.rows.statements import Arguments


def place_values(
    columns: Sequence[Column], values: Mapping[str, Any], args: Arguments
) -> list[str]:
    """Where the columns' values stand in the statement."""
    return [args.add(each) for each in encode_row(columns, values)]


def insert_row(
    table: type[Table], columns: Sequence[Column], places: Sequence[str], condition: str = "TRUE"
) -> str:
    """Nothing is inserted where the condition is false."""
    tablename = table._meta.tablename
    if not columns:
        return f"INSERT INTO {tablename} DEFAULT VALUES"
    into = ", ".join(f'"{name}"' for name in names(columns))
    return f"INSERT INTO {tablename} ({into}) SELECT {', '.join(places)} WHERE {condition}"


def update_row(
    table: type[Table], columns: Sequence[Column], places: Sequence[str], condition: str
) -> str:
    """The condition is over `t`; a change of no column is one as well."""
    pairs = zip(names(columns), places, strict=True)
    changes = ", ".join(f'"{name}" = {place}' for name, place in pairs)
    return f"UPDATE {table._meta.tablename} t SET {changes or 'id = t.id'} WHERE {condition}"
