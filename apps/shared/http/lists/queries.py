"""The query string of a list over REST."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from apps.shared.errors import BadRequest
from apps.shared.rows.codec import Codec
from apps.shared.rows.fields import Field
from apps.shared.rows.filters import BOOLEAN, Condition, build_condition, parse_operand
from apps.shared.rows.queries import Order, RowQuery

MAX_PAGE = 200
MAX_OFFSET = 10_000
MAX_CONDITIONS = 20
LISTS = {"order", "fields"}
"""Parameters that clients write as `fields=a,b` or as `fields=a&fields=b`."""

LIMIT = Codec(Annotated[int, Meta(ge=1, le=MAX_PAGE)])
OFFSET = Codec(Annotated[int, Meta(ge=0, le=MAX_OFFSET)])


class ListParser:
    """Reads a query string against the fields of a table; every fault is told with its name."""

    def __init__(self, table: str, fields: Mapping[str, Field]) -> None:
        self.table, self.fields = table, fields

    def parse(self, params: Iterable[tuple[str, str]], order: str = "") -> RowQuery:
        """`order` is that of a list when none is asked for. Raises BadRequest."""
        query, faults, seen = RowQuery(self.table), dict[str, str](), set[str]()
        for name, text in join_repeated(params):
            try:
                if name in seen:
                    raise ValueError("It can only be given once.")
                seen.add(name)
                self._read(query, name, text)
            except ValueError as error:
                faults[name] = str(error)
        if query.cursor is not None and query.offset:
            faults["offset"] = "It cannot be combined with cursor."
        if len(query.conditions) > MAX_CONDITIONS:
            faults["filters"] = f"There can be at most {MAX_CONDITIONS} of them."
        if faults:
            raise refuse_parameters(faults)
        if order and "order" not in seen:
            query.order = [self._order(each) for each in order.split(",")]
        return query

    def _read(self, query: RowQuery, name: str, text: str) -> None:
        match name:
            case "limit":
                query.limit = LIMIT.parse_text(text)
            case "offset":
                query.offset = OFFSET.parse_text(text)
            case "cursor":
                query.cursor = text
            case "order":
                query.order = [self._order(each) for each in text.split(",")]
                names = [each.name for each, _ in query.order]
                if len(set(names)) < len(names):
                    raise ValueError("A field can be named only once.")
                if text == "id":
                    query.order = []
            case "fields":
                query.fields = [self._field(each).name for each in text.split(",")]
            case "count":
                query.is_counted = BOOLEAN.parse_text(text)
            case _:
                query.conditions.append(self._condition(name, text))

    def _field(self, name: str) -> Field:
        if name not in self.fields:
            raise ValueError(
                f"There is no field {name!r}. The fields are {', '.join(self.fields)}."
            )
        return self.fields[name]

    def _order(self, text: str) -> Order:
        found = self._field(text.removeprefix("-"))
        if not found.is_sortable:
            names = ", ".join(each.name for each in self.fields.values() if each.is_sortable)
            raise ValueError(f"Lists cannot be sorted by {found.name}, only by {names}.")
        return Order(found, text.startswith("-"))

    def _condition(self, name: str, text: str) -> Condition:
        column, separator, operator = name.partition("__")
        if column not in self.fields:
            raise ValueError(unknown_parameter())
        found = self.fields[column]
        if operator not in found.operators or (separator and not operator):
            names = [f"{column}__{each}" if each else column for each in found.operators]
            raise ValueError(unknown_parameter(names))
        return build_condition(found, operator, parse_operand(found, operator, text))


def unknown_parameter(known: Iterable[str] = ()) -> str:
    names = ", ".join(known)
    return "Unknown parameter." + (f" Use {names}." if names else "")


def refuse_parameters(faults: Mapping[str, str]) -> BadRequest:
    """Parameter → what is wrong with it."""
    detail = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
    return BadRequest(detail, fields=faults)


def join_repeated(params: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """With each of LISTS once."""
    found: dict[str, str] = {}
    others = []
    for name, text in params:
        if name in LISTS:
            found[name] = f"{found[name]},{text}" if name in found else text
        else:
            others.append((name, text))
    return [*others, *found.items()]
