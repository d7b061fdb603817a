"""What an export of the library holds: which tables, in which order, and how a row is written."""

from collections.abc import Sequence
from functools import lru_cache
from graphlib import TopologicalSorter

from piccolo.columns import JSONB, Array, Column
from piccolo.conf.apps import Finder
from piccolo.table import Table

from apps.shared.db.tables import Record


@lru_cache
def library_tables() -> dict[str, type[Record]]:
    """By name; a table comes after those that it refers to, and the order is always the same."""
    tables = {
        table._meta.tablename: table
        for table in Finder().get_table_classes()
        if issubclass(table, Record) and table.is_exported
    }
    graph = {name: sorted(_references(tables[name]) - {name}) for name in sorted(tables)}
    return {name: tables[name] for name in TopologicalSorter(graph).static_order()}


def _references(table: type[Table]) -> set[str]:
    return {
        column._foreign_key_meta.resolved_references._meta.tablename
        for column in table._meta.foreign_key_columns
    }


def self_references(table: type[Table], among: Sequence[str]) -> list[str]:
    """The columns in `among` that name another row of the same table."""
    return [
        column._meta.name
        for column in table._meta.foreign_key_columns
        if column._foreign_key_meta.resolved_references is table and column._meta.name in among
    ]


def rows_as_lines(table: type[Table]) -> str:
    """A query that gives each row of the table as a line of JSON, by id.

    A column that is null is left out, because JSON's own null is a value to a JSONB column. It is
    json and not jsonb, which has no negative zero.
    """
    name = table._meta.tablename
    parts = ", ".join(
        f"'\"{column._meta.name}\":' || {_as_json(column)}" for column in table._meta.columns
    )
    return (
        f"""SELECT '{{"table":"{name}","row":{{' || concat_ws(',', {parts}) || '}}}}' """
        f'FROM "{name}" t ORDER BY t.id'
    )


def _as_json(column: Column) -> str:
    value = f't."{column._meta.name}"'
    if isinstance(column, Array):
        # A JSON array has no bounds; one that does not begin at 1 is written as PostgreSQL's text.
        return (
            f"CASE WHEN array_dims({value}) ~ '\\[(?!1:)' THEN to_json({value}::text) "
            f"ELSE to_json({value}) END"
        )
    return f"to_json({value})"


def from_json(column: Column, line: str, record: str) -> str:
    """The column's value in `record`, which json_populate_record made of `line`'s row.

    That takes JSON's null for a missing value.
    """
    name = column._meta.name
    value = f'{record}."{name}"'
    if isinstance(column, JSONB):
        return (
            f"coalesce({value}, CASE WHEN {line}.row -> '{name}' IS NOT NULL "
            "THEN 'null'::jsonb END)"
        )
    return value
