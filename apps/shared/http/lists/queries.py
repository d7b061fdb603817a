"""The query string of a list: which rows, which fields, in what order, from where on."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from apps.shared.errors import BadRequest

MAX_PAGE = 200
MAX_OFFSET = 10_000
MAX_CONDITIONS = 20
MAX_PARTS = 200
MAX_DEPTH = 8
LISTS = {"order", "fields"}
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
Offset = Annotated[int, Meta(ge=0, le=MAX_OFFSET)]


@dataclass(frozen=True)
class Field:
    """A column, or a computed field, that a list can show and be asked for."""

    name: str
    sql: str
    """Over the row `t`."""
    type: Any
    """As `msgspec.convert` takes it."""
    kind: str = "plain"
    """plain, text, json or array"""
    is_null: bool = False
    is_sortable: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        null = ("isnull",) if self.is_null else ()
        if self.kind in {"json", "array"}:
            return ("contains", *null)
        contains = ("contains",) if self.kind == "text" else ()
        return ("", "in", *OPERATORS, *contains, *null)


@dataclass
class ListQuery:
    table: str
    limit: int = 50
    offset: int = 0
    cursor: str | None = None
    order: list[tuple[Field, bool]] = field(default_factory=list)
    """Fields, and whether they descend; rows that are equal in all of them go by their id."""
    fields: list[str] | None = None
    is_counted: bool = False
    conditions: list[tuple[str, Any]] = field(default_factory=list)
    """SQL with `{}` for the place of its value; without one the value is NOTHING."""


NOTHING = object()

UNESCAPED = re.compile(r"(\S+T\S+) (\d\d:?\d\d)")
"""A plus that a client did not escape has become a space: 2026-01-01T00:00:00 00:00."""


class ListParser:
    """Reads a query string against the fields of a table; every fault is told with its name."""

    def __init__(self, table: str, known: Mapping[str, Field]) -> None:
        self.table, self.known = table, known

    def parse(self, params: Iterable[tuple[str, str]], order: str = "") -> ListQuery:
        """`order` is that of a list when none is asked for. Raises BadRequest."""
        query, faults, seen = ListQuery(self.table), dict[str, str](), set[str]()
        for name, text in joined(params):
            try:
                if name in seen:
                    raise ValueError("It can be given only once.")
                seen.add(name)
                self._read(query, name, text)
            except ValueError as error:
                faults[name] = str(error)
        if query.cursor is not None and query.offset:
            faults["offset"] = "It cannot be given together with cursor."
        if len(query.conditions) > MAX_CONDITIONS:
            faults["filters"] = f"There can be {MAX_CONDITIONS} of them."
        if faults:
            raise refusal(faults)
        if order and "order" not in seen:
            query.order = [self._sorted_by(each) for each in order.split(",")]
        return query

    def _read(self, query: ListQuery, name: str, text: str) -> None:
        match name:
            case "limit":
                query.limit = convert(text, Limit)
            case "offset":
                query.offset = convert(text, Offset)
            case "cursor":
                query.cursor = text
            case "order":
                query.order = [self._sorted_by(each) for each in text.split(",")]
                names = [each.name for each, _ in query.order]
                if len(set(names)) < len(names):
                    raise ValueError("A field can be named only once.")
                if text == "id":
                    query.order = []
            case "fields":
                query.fields = [self._field(each).name for each in text.split(",")]
            case "count":
                query.is_counted = convert(text, bool)
            case _:
                query.conditions.append(self._condition(name, text))

    def _field(self, name: str) -> Field:
        if name not in self.known:
            raise ValueError(f"There is no field {name!r}. There are {', '.join(self.known)}.")
        return self.known[name]

    def _sorted_by(self, text: str) -> tuple[Field, bool]:
        found = self._field(text.removeprefix("-"))
        if not found.is_sortable:
            names = ", ".join(each.name for each in self.known.values() if each.is_sortable)
            raise ValueError(f"It is not sorted by {found.name}, but by {names}.")
        return found, text.startswith("-")

    def _condition(self, name: str, text: str) -> tuple[str, Any]:
        column, separator, operator = name.partition("__")
        if column not in self.known:
            raise ValueError(unknown_parameter())
        found = self.known[column]
        if operator not in found.operators or (separator and not operator):
            ways = [f"{column}__{each}" if each else column for each in found.operators]
            raise ValueError(unknown_parameter(ways))
        return condition(found, operator, text)


def unknown_parameter(known: Iterable[str] = ()) -> str:
    names = ", ".join(known)
    return "There is no such parameter." + (f" There are {names}." if names else "")


def refusal(faults: Mapping[str, str]) -> BadRequest:
    """Parameter → what is wrong with it."""
    detail = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
    return BadRequest(detail, fields=faults)


def joined(params: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Clients write a list as `fields=a,b` or as `fields=a&fields=b`."""
    found: dict[str, str] = {}
    others = []
    for name, text in params:
        if name in LISTS:
            found[name] = f"{found[name]},{text}" if name in found else text
        else:
            others.append((name, text))
    return [*others, *found.items()]


def condition(found: Field, operator: str, text: str) -> tuple[str, Any]:
    """Raises ValueError when the text is no value of the field."""
    match operator:
        case "isnull":
            return f"{found.sql} IS {'' if convert(text, bool) else 'NOT '}NULL", NOTHING
        case "in":
            return f"{found.sql} = ANY({{}})", [convert(each, found.type) for each in parts(text)]
        case "contains" if found.kind == "text":
            escaped = re.sub(r"([\\%_])", r"\\\1", checked(text))
            return f"{found.sql} ILIKE {{}}", f"%{escaped}%"
        case "contains" if found.kind == "json":
            return f"{found.sql} @> {{}}::jsonb", read_json(text)
        case "contains":
            (item,) = get_args(found.type)
            return f"{found.sql} @> {{}}", [convert(each, item) for each in parts(text)]
    return f"{found.sql} {OPERATORS.get(operator, '=')} {{}}", convert(text, found.type)


def convert(text: str, kind: Any) -> Any:
    """Raises ValueError in msgspec's words."""
    try:
        return checked(msgspec.convert(text, kind, strict=False))
    except msgspec.ValidationError as error:
        if escaped := UNESCAPED.fullmatch(text):
            return convert("+".join(escaped.groups()), kind)
        raise ValueError(str(error)) from None


def checked(value: Any) -> Any:
    """Raises ValueError for what msgspec takes and PostgreSQL does not."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("Text cannot contain the NUL character (U+0000).")
    if isinstance(value, datetime):
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError("Expected a year from 1 to 9999 in UTC") from None
    return value


def parts(text: str) -> list[str]:
    """Separated by commas; a part with a comma in it stands in double quotes."""
    try:
        found = next(csv.reader([text]), [])
    except csv.Error:
        raise ValueError("A value with a line break in it stands in double quotes.") from None
    if len(found) > MAX_PARTS:
        raise ValueError(f"There can be {MAX_PARTS} values.")
    return found


def read_json(text: str) -> str:
    """As PostgreSQL takes it. Raises ValueError."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("It is not JSON.") from None
    depth, level = 0, [value]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"It can be nested {MAX_DEPTH} deep.")
        for each in level:
            for part in each if isinstance(each, dict) else [each]:
                checked(part)
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return msgspec.json.encode(value).decode()
