"""The exported tables, their order, and how PostgreSQL writes and reads their rows."""

from collections.abc import Sequence
from functools import lru_cache
from graphlib import TopologicalSorter

from piccolo.columns import JSONB, Array, Column
from piccolo.conf.apps import Finder
from piccolo.table import Table

from apps.shared.db.tables import Record


@lru_cache
def get_exported_tables() -> dict[str, type[Record]]:
    """By name. A table comes after the tables it references, and the order is stable."""
    tables = {
        table._meta.tablename: table
        for table in Finder().get_table_classes()
        if issubclass(table, Record) and table.is_exported
    }
    graph = {name: sorted(_find_references(tables[name]) - {name}) for name in sorted(tables)}
    return {name: tables[name] for name in TopologicalSorter(graph).static_order()}


def _find_references(table: type[Table]) -> set[str]:
    return {
        column._foreign_key_meta.resolved_references._meta.tablename
        for column in table._meta.foreign_key_columns
    }


def find_self_references(table: type[Table], among: Sequence[str]) -> list[str]:
    """The columns in `among` that reference the table itself."""
    return [
        column._meta.name
        for column in table._meta.foreign_key_columns
        if column._foreign_key_meta.resolved_references is table and column._meta.name in among
    ]


def build_rows_query(table: type[Table]) -> str:
    """A query for each row of the table as a line of JSON, in order of id.

    Null columns are left out, because JSON's null is a value in a JSONB column. It uses json, as
    jsonb has no negative zero.
    """
    name = table._meta.tablename
    parts = ", ".join(
        f"'\"{column._meta.name}\":' || {_build_json_expression(column)}"
        for column in table._meta.columns
    )
    return (
        f"""SELECT '{{"table":"{name}","row":{{' || concat_ws(',', {parts}) || '}}}}' """
        f'FROM "{name}" t ORDER BY t.id'
    )


def _build_json_expression(column: Column) -> str:
    value = f't."{column._meta.name}"'
    if isinstance(column, Array):
        # JSON arrays have no bounds, so an array that does not start at 1 is written as text.
        return (
            f"CASE WHEN array_dims({value}) ~ '\\[(?!1:)' THEN to_json({value}::text) "
            f"ELSE to_json({value}) END"
        )
    return f"to_json({value})"


def build_value_expression(column: Column, line: str, record: str) -> str:
    """SQL for the column's value in `record`, made from `line`'s row by json_populate_record.

    That function treats JSON's null as missing, so JSONB columns need the original row.
    """
    name = column._meta.name
    value = f'{record}."{name}"'
    if isinstance(column, JSONB):
        return (
            f"coalesce({value}, CASE WHEN {line}.row -> '{name}' IS NOT NULL "
            "THEN 'null'::jsonb END)"
        )
    return value
