"""Where a page ends, and what comes after it (keyset pagination)."""

import base64
from typing import Any
from uuid import UUID

import msgspec

from apps.shared.errors import BadRequest
from apps.shared.http.lists.queries import Field, ListQuery, checked


def keys_of(query: ListQuery) -> tuple[str, str]:
    """What the cursor is made from, over the row `r` of a page, and the page's order, over `t`.

    Nulls come last.
    """
    if not query.order:
        return "r.id::text", "t.id"
    keys = ", ".join([*(f'r."{each.name}"' for each, _ in query.order), "r.id"])
    order = [
        f"{each.sql}{' DESC' if descends else ''}{' NULLS LAST' if each.is_null else ''}"
        for each, descends in query.order
    ]
    return f"json_build_array({keys})::text", ", ".join([*order, "t.id"])


def cursor_of(query: ListQuery, keys: str) -> str:
    """JSON: the id of the last row; in another order than by id, everything it is sorted by."""
    if not query.order:
        return f'"{keys}"'
    text = f"{sorting(query)} {keys}"
    return f'"{base64.urlsafe_b64encode(text.encode()).decode()}"'


def sorting(query: ListQuery) -> str:
    """What a cursor is good for: `videos:-upload_date,status`."""
    order = ",".join(f"{'-' if descends else ''}{each.name}" for each, descends in query.order)
    return f"{query.table}:{order}"


def after(query: ListQuery, args: Any) -> str:
    """The condition for the rows after the cursor. Raises BadRequest."""
    *values, last = read_cursor(query)
    fields = [*query.order, (Field("id", "t.id", UUID), False)]
    ways, equal = [], list[str]()
    for (each, descends), value in zip(fields, [*values, last], strict=True):
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


def read_cursor(query: ListQuery) -> list[Any]:
    """The values of the last row, in the order of the fields, and its id."""
    assert query.cursor is not None
    try:
        if not query.order:
            return [msgspec.convert(query.cursor, UUID)]
        text = base64.urlsafe_b64decode(query.cursor).decode()
        order, _, keys = text.partition(" ")
        if order != sorting(query):
            raise ValueError
        kinds = [each.type | None if each.is_null else each.type for each, _ in query.order]
        values = msgspec.json.decode(keys, type=tuple[*kinds, UUID], strict=False)  # type: ignore[valid-type]  # Made at run time.
        return [checked(value) for value in values]
    except ValueError:
        message = "It is not the `next` of a page in this order."
        raise BadRequest(f"cursor: {message}", fields={"cursor": message}) from None
