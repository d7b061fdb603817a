"""What goes over the wire, made from the tables, so that it is said once."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from piccolo.columns import Column, Text, Varchar
from piccolo.table import Table

from apps.shared.db.tables import visible_columns
from apps.shared.http.exposure import ComputedField
from apps.shared.rows.types import column_type

MANAGED = ("id", "created_at", "updated_at")
"""Columns that PostgreSQL fills; nobody writes them over the wire."""


def _field_type(column: Column, *, written: bool = False) -> Any:
    kind = column_type(column)
    if written and isinstance(column, Varchar | Text) and not column._meta.choices:
        kind = Annotated[kind, Meta(min_length=1)]  # What is missing is null, never "".
    if text := column._meta.help_text:
        # Before None is added: around a union Litestar loses the lengths and bounds inside it.
        kind = Annotated[kind, Meta(description=text)]
    return kind | None if column._meta.null else kind


def _struct(name: str, table: type[Table], fields: list[Any], strict: bool) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        name, fields, kw_only=True, forbid_unknown_fields=strict, module=table.__module__
    )


def make_read_struct(
    name: str, table: type[Table], computed: Mapping[str, ComputedField]
) -> type[msgspec.Struct]:
    """Every visible column and computed field, each always there."""
    fields: list[Any] = [
        (column._meta.name, _field_type(column)) for column in visible_columns(table)
    ]
    fields += [(each, field.type) for each, field in computed.items()]
    return _struct(name, table, fields, strict=False)


def make_item_struct(name: str, read: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A row in a list: `fields=` may leave out all but its id."""
    fields: list[Any] = [
        (each.name, each.type) if each.name == "id" else (each.name, each.type | UnsetType, UNSET)
        for each in msgspec.structs.fields(read)
    ]
    return msgspec.defstruct(name, fields, kw_only=True, module=read.__module__)


def make_write_struct(
    name: str,
    table: type[Table],
    unwritable: Sequence[str] = (),
    *,
    optional: Sequence[str] = (),
    partial: bool = False,
) -> type[msgspec.Struct]:
    """What a client may send. Unknown fields are refused.

    Only columns without a default are required; with `partial` none is, and no `optional` one.
    """
    fields: list[Any] = []
    for column in visible_columns(table, (*MANAGED, *unwritable)):
        kind = _field_type(column, written=True)
        required = column.get_default_value() is None and not column._meta.null
        if required and not partial and column._meta.name not in optional:
            fields.append((column._meta.name, kind))
        else:
            fields.append((column._meta.name, kind | UnsetType, UNSET))
    return _struct(name, table, fields, strict=True)


def sent_values(data: msgspec.Struct) -> dict[str, Any]:
    """The fields a client sent, null among them, without those it left out."""
    return {
        name: value
        for name in data.__struct_fields__
        if (value := getattr(data, name)) is not UNSET
    }
