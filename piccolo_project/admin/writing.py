"""What a person may write into a row, of all that a form sends."""

from collections.abc import Mapping
from typing import Any

from piccolo.columns import Column
from piccolo.table import Table

from apps.shared.errors import BadRequest, Conflict, Invalid
from apps.shared.rows.codec import BLANK
from piccolo_project.admin.columns import (
    MOVED_BY_PROGRAM,
    MOVING,
    readonly_reason,
    required_columns,
)
from piccolo_project.admin.describing import row_noun
from piccolo_project.admin.values import is_same, parse_value


def find_columns(table: type[Table], data: Mapping[str, Any]) -> dict[Column, Any]:
    """Column → what was sent; an empty secret is one that is kept. Raises BadRequest."""
    columns = {column._meta.name: column for column in table._meta.columns}
    if unknown := sorted(data.keys() - columns.keys()):
        raise BadRequest(f"{table._meta.tablename} has no column {', '.join(map(repr, unknown))}.")
    return {
        columns[name]: sent
        for name, sent in data.items()
        if sent not in BLANK or not columns[name]._meta.secret
    }


def parse_new(table: type[Table], sent: Mapping[Column, Any]) -> dict[str, Any]:
    """The values of a new row. What is empty gets its default. Raises Invalid."""
    chosen = {column: each for column, each in sent.items() if each not in BLANK}
    for column in chosen:
        if why := readonly_reason(column, is_new=True):
            raise refuse_column(column, "given", why)
    values = parse_all(chosen)
    missing = [column._meta.name for column in required_columns(table) if column not in chosen]
    if missing:
        raise Invalid(" ".join(f"{name} is required." for name in missing))
    return values


def parse_changes(
    table: type[Table], stored: Mapping[str, Any], sent: Mapping[Column, Any]
) -> dict[str, Any]:
    """The values that differ from those stored: a form sends back every field that it has.

    Raises Invalid, and Conflict when the form shows the row as it was before its last change.
    Whoever sends no `updated_at` has no form.
    """
    others = {
        column: each
        for column, each in sent.items()
        if not is_same(column, stored[column._meta.name], each)
    }
    moved = {each for each in others if is_stale(each, stored[each._meta.name], others[each])}
    chosen = {column: each for column, each in others.items() if column not in moved}
    is_old = any(each._meta.name == "updated_at" and others[each] not in BLANK for each in moved)
    if chosen and is_old and table not in MOVED_BY_PROGRAM:
        raise Conflict(
            f"This {row_noun(table)} was changed at {stored['updated_at']:%Y-%m-%d %H:%M:%S} UTC, "
            "since you opened it. Reload the page, then make your change again."
        )
    for column in chosen:
        if why := readonly_reason(column):
            raise refuse_column(column, "changed", why)
    return parse_all(chosen)


def is_stale(column: Column, stored: Any, sent: Any) -> bool:
    """Whether it is a time that has moved on since the form was opened."""
    if column._meta.name not in MOVING:
        return False
    earlier = parse_value(column, sent)
    return earlier is None or (stored is not None and bool(earlier < stored))


def parse_all(sent: Mapping[Column, Any]) -> dict[str, Any]:
    """Raises Invalid, which tells all that is wrong at once."""
    values, wrong = {}, []
    for column, each in sent.items():
        name = column._meta.name
        try:
            values[name] = parse_value(column, each)
        except Invalid as error:
            wrong.append(error.message)
        else:
            if values[name] is None and not column._meta.null:
                wrong.append(f"{name} is required.")
    if wrong:
        raise Invalid(" ".join(wrong))
    return values


def refuse_column(column: Column, done: str, why: str) -> Invalid:
    message = f"{column._meta.name} cannot be {done}: {why}."
    return Invalid(message, fields={column._meta.name: message})
