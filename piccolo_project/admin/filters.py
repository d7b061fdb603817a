"""What is asked of a listing: its columns, its filters, its order, its page."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from piccolo.columns import JSON, Array, Column, Text, Varchar
from piccolo.table import Table
from piccolo_api.crud.endpoints import MATCH_TYPES, OPERATOR_MAP, PiccoloCRUD

from apps.shared.errors import BadRequest, Invalid
from piccolo_project.admin.columns import form_columns
from piccolo_project.admin.values import parsed

PAGES = {"__page": 10_000_000, "__page_size": PiccoloCRUD.max_page_size}
LISTS = ("__order", "__visible_fields")
FLAGS = ("__readable", "__range_header", "__range_header_name")
READABLE = ("t", "true", "True", "1")
WILDCARD = re.compile(r"[\\%_]")


def converted(table: type[Table], asked: Mapping[str, Any]) -> dict[str, Any]:
    """With the values of filters as those of their columns. Raises BadRequest."""
    columns = {
        column._meta.name: column for column in form_columns(table) if not column._meta.secret
    }
    return {name: one_converted(columns, name, value, asked) for name, value in asked.items()}


def one_converted(
    columns: Mapping[str, Column], name: str, value: Any, asked: Mapping[str, Any]
) -> Any:
    if name == "__readable" and value not in READABLE:
        raise BadRequest(f"{name} is {value}; expected: true.")
    if name in FLAGS:
        return value
    if name in PAGES:
        if not is_whole(value, 1, PAGES[name]):
            most = PAGES[name]
            raise BadRequest(f"{name} is {value}; expected: a whole number from 1 to {most}.")
        return value
    if name in LISTS:
        parts = value.split(",") if isinstance(value, str) else value
        find_all(columns, (each.removeprefix("-") for each in parts), name)
        return value
    column_name, _, kind = name.rpartition("__")
    if kind in {"operator", "match"}:
        find_all(columns, [column_name], "a filter")
        allowed = OPERATOR_MAP if kind == "operator" else MATCH_TYPES
        if value not in list(allowed):
            raise BadRequest(f"{name} is {value}; expected: {', '.join(allowed)}.")
        return value
    find_all(columns, [name], "a filter")
    how = asked.get(f"{name}__match", MATCH_TYPES[0])
    values = value if isinstance(value, list) else [value]
    found = [filtered_by(columns[name], each, how) for each in values]
    return found if isinstance(value, list) else found[0]


def is_whole(value: Any, least: int, most: int) -> bool:
    """Python reads no number of more than some thousand digits."""
    text = str(value)
    return text.isdecimal() and len(text) < 20 and least <= int(text) <= most


def find_all(columns: Mapping[str, Column], names: Iterable[str], place: str) -> None:
    for name in names:
        if name not in columns or (place == "a filter" and isinstance(columns[name], JSON)):
            raise BadRequest(f"{place} cannot have the column {name!r} in it.")


def filtered_by(column: Column, value: Any, how: str) -> Any:
    if isinstance(column, Array):
        column = column.base_column
    if isinstance(column, Varchar | Text):
        # Any but an exact match is a pattern to PostgreSQL, in which a person means what they type.
        return value if how == "exact" else WILDCARD.sub(r"\\\g<0>", value)
    try:
        found = parsed(column, value)
    except Invalid as error:
        raise BadRequest(error.message) from None
    if found is None:
        name = column._meta.name
        raise BadRequest(f"{name} is empty; for rows without one send {name}__operator=is_null.")
    return found
