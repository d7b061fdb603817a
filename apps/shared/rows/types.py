"""The type of a column's values, as msgspec takes it, and what a person is told of it."""

import datetime
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta, inspect
from piccolo.columns import (
    JSON,
    JSONB,
    Array,
    BigInt,
    Column,
    DoublePrecision,
    ForeignKey,
    Integer,
    Real,
    Timestamptz,
    Varchar,
)

MAX_REAL = (2 - 2**-23) * 2.0**127
"""The greatest number of four bytes."""


def column_type(column: Column) -> Any:  # noqa: PLR0911  # One case a kind of column.
    """With its length, bounds and choices."""
    if choices := column._meta.choices:
        return Literal[tuple(member.value for member in choices)]
    match column:
        case Array():
            return list[column_type(column.base_column)]  # type: ignore[misc]  # Made at run time.
        case Varchar():
            return Annotated[str, Meta(max_length=column.length)]
        case JSON() | JSONB():
            return list[Any] if column.default == "[]" else dict[str, Any]
        case Timestamptz():
            return Annotated[datetime.datetime, Meta(tz=True)]
        case ForeignKey():
            return uuid.UUID
        case BigInt():
            return Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
        case Integer():
            return Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
    return column.value_type


def bounded_type(column: Column) -> Any:
    """As `column_type`, and no number is more than four bytes hold where the column has no more.

    Bodies take such a number: PostgreSQL refuses it, and the API's description says so beforehand.
    """
    match column:
        case Real() if not isinstance(column, DoublePrecision):
            return Annotated[float, Meta(ge=-MAX_REAL, le=MAX_REAL)]
        case Array():
            return list[bounded_type(column.base_column)]  # type: ignore[misc]  # Made at run time.
    return column_type(column)


DESCRIPTIONS: Mapping[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.DateType: "a date such as 2024-02-29",
    inspect.DateTimeType: "a time from year 1 to 9999 with its zone, such as 2024-02-29T12:30:00Z",
    inspect.DictType: "a JSON object, such as {}",
    inspect.FloatType: "a number",
    inspect.IntType: "a whole number",
    inspect.StrType: "text",
    inspect.UUIDType: "the id of a row",
    inspect.AnyType: "JSON",
}


def describe_type(kind: Any) -> str:
    """What goes on after "must be": a whole number from 1 to 200."""
    if get_origin(kind) is Literal:  # msgspec would sort them.
        return f"one of {', '.join(map(str, get_args(kind)))}"
    return _describe(inspect.type_info(kind))


def _describe(info: inspect.Type) -> str:
    match info:
        case inspect.IntType(ge=int() as least, le=int() as most):
            return f"a whole number from {least} to {most}"
        case inspect.FloatType(ge=float() as least, le=float() as most):
            return f"a number from {least:.3g} to {most:.3g}"
        case inspect.StrType(max_length=int() as most):
            return f"text of up to {most} characters"
        case inspect.ListType(item_type=inspect.AnyType()):
            return "a JSON list, such as []"
        case inspect.ListType():
            return f"a list, each item {_describe(info.item_type)}"
        case inspect.UnionType():
            first, *_ = (each for each in info.types if not isinstance(each, inspect.NoneType))
            return _describe(first)
    return DESCRIPTIONS[type(info)]
