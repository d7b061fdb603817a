"""Where a page ends, and what comes after it (keyset pagination). Nulls come last."""

import base64
from typing import Any
from uuid import UUID

import msgspec

from apps.shared.errors import BadRequest
from apps.shared.rows.codec import Codec, to_storable
from apps.shared.rows.fields import Field
from apps.shared.rows.queries import Order, RowQuery, sort_clause
from apps.shared.rows.statements import Arguments

ID = Order(Field("id", "t.id", Codec(UUID)))
"""The last one of every order: rows that are equal in all others go by their id."""


def sort_rows(query: RowQuery) -> str:
    return sort_clause([*query.order, ID], nulls_last=True)


def cursor_key(query: RowQuery) -> str:
    """What the cursor is made from, over the row `r` of a page."""
    if not query.order:
        return "r.id::text"
    keys = ", ".join([*(f'r."{each.name}"' for each, _ in query.order), "r.id"])
    return f"json_build_array({keys})::text"


def encode_cursor(query: RowQuery, key: str) -> str:
    """JSON: the id of the last row; in another order than by id, everything it is sorted by."""
    if not query.order:
        return f'"{key}"'
    text = f"{describe_order(query)} {key}"
    return f'"{base64.urlsafe_b64encode(text.encode()).decode()}"'


def describe_order(query: RowQuery) -> str:
    """What a cursor is good for: `videos:-upload_date,status`."""
    order = ",".join(f"{'-' if descends else ''}{each.name}" for each, descends in query.order)
    return f"{query.table}:{order}"


def after_cursor(query: RowQuery, args: Arguments) -> str:
    """The condition for the rows after the cursor. Raises BadRequest."""
    ways, equal = [], list[str]()
    for (each, descends), value in zip([*query.order, ID], decode_cursor(query), strict=True):
        if value is None:  # Nothing comes after null but rows that are null as well.
            equal.append(f"{each.sql} IS NULL")
            continue
        place = args.add(value)
        later = f"{each.sql} {'<' if descends else '>'} {place}"
        ways.append(
            " AND ".join([*equal, f"({later} OR {each.sql} IS NULL)" if each.is_null else later])
        )
        equal.append(f"{each.sql} = {place}")
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def decode_cursor(query: RowQuery) -> list[Any]:
    """The values of the last row, in the order of the fields, and its id."""
    assert query.cursor is not None
    try:
        if not query.order:
            return [msgspec.convert(query.cursor, UUID)]
        text = base64.urlsafe_b64decode(query.cursor).decode()
        order, _, keys = text.partition(" ")
        if order != describe_order(query):
            raise ValueError
        kinds = [
            each.codec.type | None if each.is_null else each.codec.type for each, _ in query.order
        ]
        values = msgspec.json.decode(keys, type=tuple[*kinds, UUID], strict=False)  # type: ignore[valid-type]  # Made at run time.
        return [to_storable(value) for value in values]
    except (ValueError, OverflowError):
        message = "It is not the `next` of a page in this order."
        raise BadRequest(f"cursor: {message}", fields={"cursor": message}) from None
