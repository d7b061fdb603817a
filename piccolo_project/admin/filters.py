"""The query string of a listing: its filters, its order, its page and its columns.

`title=cat&title__match=starts`, `duration_seconds=60&duration_seconds__operator=gte`,
`upload_date__operator=is_null`; a value that is given more than once must hold each time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta
from piccolo.table import Table
from piccolo_api.crud.endpoints import MATCH_TYPES, PiccoloCRUD

from apps.shared.errors import BadRequest
from apps.shared.rows.codec import Codec, Kind, ValueRefused, refuse_nul
from apps.shared.rows.fields import Field
from apps.shared.rows.filters import Condition, build_condition
from apps.shared.rows.queries import Order, RowQuery
from piccolo_project.admin.finding import listing_fields

FILE_ROWS = PiccoloCRUD.max_page_size
"""The page makes a file of pages of so many rows."""

PAGE = Codec(Annotated[int, Meta(ge=1, le=10_000_000)])
PAGE_SIZE = Codec(Annotated[int, Meta(ge=1, le=FILE_ROWS)])
OPERATORS = {"lt": "lt", "lte": "lte", "gt": "gt", "gte": "gte", "e": "", "ne": "ne"}
NULL_OPERATORS = {"is_null": True, "not_null": False}
READABLE = ("t", "true", "True", "1")
IGNORED = ("__range_header", "__range_header_name")


@dataclass
class ListingQuery(RowQuery):
    page: int = 1
    is_readable: bool = False
    """With what the rows call those that they refer to."""

    @property
    def is_file(self) -> bool:
        return self.limit == FILE_ROWS


class ListingParser:
    def __init__(self, table: type[Table], page_size: int) -> None:
        self.tablename, self.page_size = table._meta.tablename, page_size
        self.fields = listing_fields(table)

    def parse(self, params: Mapping[str, Any]) -> ListingQuery:
        """`params` has lists for what is given more than once. Raises BadRequest."""
        query = ListingQuery(self.tablename, limit=self.page_size)
        filtered = dict[str, None]()
        for name, value in params.items():
            column, _, part = name.rpartition("__")
            if part in {"operator", "match"} and column:
                allowed = [*OPERATORS, *NULL_OPERATORS] if part == "operator" else MATCH_TYPES
                self._find(column, "A filter")
                if value not in list(allowed):
                    raise BadRequest(f"{name} must be one of {', '.join(allowed)}.")
                filtered[column] = None
            elif name.startswith("__"):
                self._read(query, name, value)
            else:
                filtered[name] = None
        query.offset = (query.page - 1) * query.limit
        for name in filtered:
            query.conditions += self._conditions(name, params)
        return query

    def _read(self, query: ListingQuery, name: str, value: Any) -> None:
        match name:
            case "__page":
                query.page = parse_parameter(PAGE, name, value)
            case "__page_size":
                query.limit = parse_parameter(PAGE_SIZE, name, value)
            case "__order":
                query.order = [
                    Order(self._find(each.removeprefix("-"), name), each.startswith("-"))
                    for each in split_names(value)
                ]
            case "__visible_fields":
                query.fields = [self._find(each, name).name for each in split_names(value)]
            case "__readable" if value in READABLE:
                query.is_readable = True
            case "__readable":
                raise BadRequest("__readable must be true.")
            case _ if name not in IGNORED:
                self._find(name, "A filter")

    def _find(self, name: str, place: str) -> Field:
        if name not in self.fields:
            raise BadRequest(f"{place} cannot use the column {name!r}.")
        return self.fields[name]

    def _conditions(self, name: str, params: Mapping[str, Any]) -> Iterator[Condition]:
        field = self._find(name, "A filter")
        if field.codec.kind == Kind.json:
            raise BadRequest(f"A filter cannot use the column {name!r}.")
        operator = params.get(f"{name}__operator", "e")
        if operator in NULL_OPERATORS:
            yield build_condition(field, "isnull", NULL_OPERATORS[operator])
        elif name in params:
            values = params[name] if isinstance(params[name], list) else [params[name]]
            match = params.get(f"{name}__match", MATCH_TYPES[0])
            for value in values:
                try:
                    yield filter_field(field, operator, match, value)
                except ValueRefused as error:
                    raise BadRequest(error.about(name)) from None


def filter_field(field: Field, operator: str, match: str, value: str) -> Condition:
    """Texts go by `match`, other kinds by `operator`, lists by an item. Raises ValueRefused."""
    codec = field.codec.item or field.codec
    if codec.kind == Kind.text:
        sought: Any = refuse_nul(value)
    elif (sought := codec.parse_form(value)) is None:
        name = field.name
        raise ValueRefused(f"is empty; to find rows without one, send {name}__operator=is_null")
    if field.codec.item:
        return build_condition(field, "any", sought)
    if codec.kind == Kind.text:
        return build_condition(field, "" if match == "exact" else match, sought)
    return build_condition(field, OPERATORS[operator], sought)


def parse_parameter(codec: Codec, name: str, value: Any) -> Any:
    """Raises BadRequest."""
    try:
        return codec.parse_text(value)
    except ValueRefused as error:
        raise BadRequest(error.about(name)) from None


def split_names(value: str | list[str]) -> list[str]:
    return value.split(",") if isinstance(value, str) else value
