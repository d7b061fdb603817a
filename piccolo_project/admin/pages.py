"""The pages of a listing, the chooser of references, and the files that are made of pages."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta
from piccolo.columns import ForeignKey
from piccolo.query import Select
from piccolo.querystring import QueryString
from piccolo.table import Table
from piccolo_api.crud.endpoints import PiccoloCRUD
from piccolo_api.crud.validators import apply_validators
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from apps.shared.db.times import select_bounded
from apps.shared.rows.codec import Codec
from apps.shared.rows.filters import Condition, place_conditions
from apps.shared.rows.queries import Order, sort_clause
from apps.shared.rows.statements import Arguments, Selection, TemplateArguments
from piccolo_project.admin.columns import LARGE
from piccolo_project.admin.counting import count_or_estimate, count_rows, limit_time
from piccolo_project.admin.filters import FILE_ROWS, ListingParser, ListingQuery, parse_parameter
from piccolo_project.admin.finding import column_sql, listing_field, match_readable

ROWS_SECONDS = 5

LISTED = 100
"""The most rows of a page that a person sees; a file is made of pages of a thousand."""

ROWS_AT_ONCE, LARGE_AT_ONCE = 100, 1
"""So many rows of a file are in memory, and of those that may have megabytes each.

A row takes about five times the bytes of its texts meanwhile.
"""

CHOOSER_LIMIT = Codec(Annotated[int, Meta(ge=0, le=FILE_ROWS)])
CHOOSER_OFFSET = Codec(Annotated[int, Meta(ge=0, le=10**9)])

Method = TypeVar("Method", bound=Callable[..., Any])
validated: Callable[[Method], Method] = apply_validators
"""By the rules of the table's config, such as that only a superuser changes users."""


class ListingCrud(PiccoloCRUD):
    """Raises Busy and BadRequest."""

    def __init__(self, table: type[Table], **options: Any) -> None:
        super().__init__(table, **options)
        self.key = table._meta.primary_key
        self.key_field = listing_field(self.key)
        self.parser = ListingParser(table, self.page_size)

    def parse(self, request: Request) -> ListingQuery:
        """Raises BadRequest."""
        return self.parser.parse(self._parse_params(request.query_params))

    @validated
    async def get_count(self, request: Request) -> Response:
        """Exact for the pages of a file, or no file has all of its rows."""
        query, args = self.parse(request), Arguments()
        selection, is_estimate = self.select_rows(query.conditions, args), False
        if query.is_file:
            count = await count_rows(selection, args)
        else:
            count, is_estimate = await count_or_estimate(selection, args)
        answer = {"count": count, "page_size": self.page_size, "is_estimate": is_estimate}
        return json_response(answer)

    @validated
    async def get_ids(self, request: Request) -> Response:
        params = request.query_params
        limit = parse_parameter(CHOOSER_LIMIT, "limit", params.get("limit", str(LISTED)))
        offset = parse_parameter(CHOOSER_OFFSET, "offset", params.get("offset", "0"))
        term = params.get("search")
        conditions = [match_readable(self.table, term)] if term else []
        order = self.complete_order([])
        keys = self.page_keys(conditions, order, limit, offset)
        query = self.table.select(self.key, self.table.get_readable()).where(self.key.is_in(keys))
        async with limit_time(ROWS_SECONDS, "Type more characters, or the id."):
            rows = await sort_select(query, order)
        return json_response({str(row[self.key._meta.name]): row["readable"] for row in rows})

    @validated
    async def get_all(self, request: Request, params: dict[str, Any] | None = None) -> Response:
        """A page behind the end has the last rows, unless a file is made of the pages."""
        query = self.parser.parse(params or {})
        names = self.default_fields(query) if query.fields is None else query.fields
        order = self.complete_order(query.order)
        keys = self.page_keys(query.conditions, order, query.limit, query.offset)
        advice = "Filter by an exact value that fewer rows have, or sort by another column."
        async with limit_time(ROWS_SECONDS, advice):
            if query.is_file:
                found = [row[self.key._meta.name] for row in await self.table.raw("{}", keys)]
                parts = self.stream_file(query, names, order, found)
                return StreamingResponse(parts, media_type="application/json")
            rows = await self.fetch_rows(query, names, order, keys)
            if not rows and query.page > 1 and query.limit <= LISTED:
                backwards = [each.reversed for each in order]
                keys = self.page_keys(query.conditions, backwards, query.limit, 0)
                rows = (await self.fetch_rows(query, names, backwards, keys))[::-1]
        return json_response({"rows": self.format_rows(rows)})

    async def stream_file(
        self, query: ListingQuery, names: list[str], order: list[Order], keys: list[UUID]
    ) -> AsyncIterator[bytes]:
        """In parts, so that few of its rows are in memory."""
        size = LARGE_AT_ONCE if LARGE & {*names} else ROWS_AT_ONCE
        yield b'{"rows":['
        comma = b""
        for start in range(0, len(keys), size):
            # Some of them may have been deleted meanwhile.
            if rows := await self.fetch_rows(query, names, order, keys[start : start + size]):
                yield comma + msgspec.json.encode(self.format_rows(rows, is_file=True))[1:-1]
                comma = b","
        yield b"]}"

    async def fetch_rows(
        self,
        query: ListingQuery,
        names: list[str],
        order: list[Order],
        keys: QueryString | list[UUID],
    ) -> list[dict[str, Any]]:
        """The references of any but these stay unread."""
        chosen = [self.table._meta.get_column_by_name(name) for name in names]
        references = [column for column in chosen if isinstance(column, ForeignKey)]
        readable = [self.table._get_related_readable(column) for column in references]
        select = self.table.select(
            *(select_bounded(column) for column in chosen),
            *(readable if query.is_readable else ()),
        )
        return await sort_select(select.where(self.key.is_in(keys)), order)

    def default_fields(self, query: ListingQuery) -> list[str]:
        """Those that are shown when none are asked for."""
        return list(self.parser.fields)

    def format_rows(
        self, rows: list[dict[str, Any]], *, is_file: bool = False
    ) -> list[dict[str, Any]]:
        """As they are answered."""
        return rows

    def select_rows(self, conditions: list[Condition], args: Arguments) -> Selection:
        return Selection(f'"{self.table._meta.tablename}"', place_conditions(conditions, args))

    def page_keys(
        self, conditions: list[Condition], order: list[Order], limit: int, offset: int
    ) -> QueryString:
        """The keys of a page's rows are found first: rows that are skipped stay unread."""
        args = TemplateArguments()
        selection = self.select_rows(conditions, args)
        window = f"{args.add(limit)} OFFSET {args.add(offset)}"
        by = sort_clause(order, nulls_last=False)
        return QueryString(selection.select_page(column_sql(self.key), by, window), *args)

    def complete_order(self, order: list[Order]) -> list[Order]:
        """With the key at its end, so that each row has one place."""
        return [*order, Order(self.key_field, order[-1].descends if order else True)]


def sort_select(query: Select[Any], order: list[Order]) -> Select[Any]:
    for each in order:
        query = query.order_by(QueryString(each.field.sort_sql), ascending=not each.descends)
    return query


def json_response(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
