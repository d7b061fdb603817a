"""What a list of a table can be asked for, made from the table."""

from typing import Annotated, Any

from msgspec import Meta
from piccolo.columns import (
    JSON,
    JSONB,
    Array,
    Column,
    DoublePrecision,
    ForeignKey,
    Real,
    Text,
    Varchar,
)
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

from apps.shared.db.tables import visible_columns
from apps.shared.http.exposure import Exposure
from apps.shared.http.lists.queries import Field
from apps.shared.http.schemas import python_type

MAX_REAL = (2 - 2**-23) * 2.0**127
"""The greatest number of four bytes."""


def fields_of(table: type[Table], exposure: Exposure) -> dict[str, Field]:
    """Name → field, in the order of the table; computed fields come last."""
    found = {}
    for column in visible_columns(table):
        name = column._meta.name
        found[name] = Field(
            name=name,
            sql=f't."{name}"',
            type=_type(column),
            kind=_kind(column),
            is_null=column._meta.null,
            is_sortable=name in exposure.sortable or _is_sortable(column),
        )
    for name, computed in exposure.computed.items():
        found[name] = Field(name, computed.sql, computed.type, "text", is_null=True)
    return found


def _type(column: Column) -> Any:
    match column:
        case Real() if not isinstance(column, DoublePrecision):
            return Annotated[float, Meta(ge=-MAX_REAL, le=MAX_REAL)]
        case Array():
            return list[_type(column.base_column)]  # type: ignore[misc]  # Made at run time.
    return python_type(column)


def _kind(column: Column) -> str:
    match column:
        case JSON() | JSONB():
            return "json"
        case Array():
            return "array"
        case Text() | Varchar() if not column._meta.choices:
            return "text"
    return "plain"


def _is_sortable(column: Column) -> bool:
    """Those with an index of their own, and the times, which every table has few of or an index."""
    meta = column._meta
    indexed = meta.index and meta.index_method == IndexMethod.btree
    sorted_by = indexed or meta.unique or meta.primary_key
    return (sorted_by and not isinstance(column, ForeignKey)) or meta.name == "created_at"
