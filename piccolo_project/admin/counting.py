"""What the admin asks of a whole table, answered without reading all of it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from piccolo.columns import Column, ForeignKey
from piccolo.query import Select
from piccolo.querystring import QueryString
from piccolo_api.crud.endpoints import OrderBy, Params, PiccoloCRUD
from piccolo_api.crud.validators import apply_validators
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from apps.shared.db.engine import get_engine
from apps.shared.errors import BadRequest, Busy
from piccolo_project.admin.columns import LARGE, column_path
from piccolo_project.admin.filters import is_whole
from piccolo_project.admin.finding import SORTED, filter_of, readable_as
from piccolo_project.admin.times import bounded

COUNTED = 100_000
"""So many rows are counted; of more PostgreSQL's planner says about how many they are."""

ADDED = 1.01
"""To an estimate: a page too many shows the last rows again, a page too few would hide some."""

COUNT_SECONDS, ROWS_SECONDS, FILE_SECONDS = 0.25, 5, 20

LISTED = 100
"""The most rows of a page that a person sees; a file is made of pages of a thousand."""

ROWS_AT_ONCE, LARGE_AT_ONCE = 100, 1
"""So many rows of a file are in memory, and of those that may have megabytes each.

A row takes about five times the bytes of its texts meanwhile.
"""

JSON = "application/json"

Method = TypeVar("Method", bound=Callable[..., Any])
validated: Callable[[Method], Method] = apply_validators
"""By the rules of the table's config, such as that only a superuser changes users."""


class QuickCrud(PiccoloCRUD):
    """The values of filters are those of their columns already. Raises Busy and BadRequest."""

    @validated
    async def get_count(self, request: Request) -> Response:
        """Exact for the pages of a file, or no file has all of its rows."""
        split = self._split_params(self._parse_params(request.query_params))
        found = self.keys(split).querystrings[0]
        is_file = split.page_size == self.max_page_size
        count = await (self.count_all(found) if is_file else self.count_some(found))
        is_estimate = count is None
        if count is None:
            count = await self.estimate(found)
        told = {"count": count, "page_size": self.page_size, "is_estimate": is_estimate}
        return in_json(told)

    async def count_all(self, found: QueryString) -> int | None:
        async with limited(FILE_SECONDS, "Filter by a value that fewer rows have."):
            rows = await self.table.raw("SELECT count(*) FROM ({}) AS counted", found)
        return int(rows[0]["count"])

    async def count_some(self, found: QueryString) -> int | None:
        """None when there are more than COUNTED, or when it takes too long to tell."""
        query = "SELECT count(*) FROM ({} LIMIT {}) AS counted"
        try:
            async with limited(COUNT_SECONDS, ""):
                rows = await self.table.raw(query, found, COUNTED + 1)
        except Busy:
            return None
        count = int(rows[0]["count"])
        return count if count <= COUNTED else None

    async def estimate(self, found: QueryString) -> int:
        rows = await self.table.raw("EXPLAIN (FORMAT JSON) {}", found)
        planned: int = json.loads(rows[0]["QUERY PLAN"])[0]["Plan"]["Plan Rows"]
        return max(COUNTED + 1, round(planned * ADDED))

    @validated
    async def get_ids(self, request: Request) -> Response:
        limit = whole(request, "limit", LISTED, most=self.max_page_size)
        offset = whole(request, "offset", 0, most=10**9)
        key = self.table._meta.primary_key
        keys = self.table.select(key).order_by(key, ascending=False).limit(limit).offset(offset)
        if term := request.query_params.get("search"):
            keys = keys.where(readable_as(self.table, term))
        query = self.table.select(key, self.table.get_readable()).where(key.is_in(keys))
        async with limited(ROWS_SECONDS, "Look for more letters of it, or for its id."):
            rows = await query.order_by(key, ascending=False)
        return in_json({str(row[key._meta.name]): row["readable"] for row in rows})

    @validated
    async def get_all(self, request: Request, params: dict[str, Any] | None = None) -> Response:
        """A page behind the end has the last rows, unless a file is made of the pages."""
        split = self._split_params(self._clean_data(params or {}))
        size = split.page_size or self.page_size
        order = self.complete(split.order_by or [])
        offset = (split.page - 1) * size
        advice = "Filter by a whole value that fewer rows have, or sort by another column."
        async with limited(ROWS_SECONDS, advice):
            if size == self.max_page_size:
                keys = await self.page(split, order, size, offset).output(as_list=True)
                return StreamingResponse(self.in_parts(split, order, keys), media_type=JSON)
            rows = await self.rows(split, order, self.page(split, order, size, offset))
            if not rows and split.page > 1 and size <= LISTED:
                backwards = [OrderBy(each.column, not each.ascending) for each in order]
                page = self.page(split, backwards, size, 0)
                rows = (await self.rows(split, backwards, page))[::-1]
        return in_json({"rows": self.format_rows(rows)})

    def page(self, split: Params, order: list[OrderBy], size: int, offset: int) -> Select[Any]:
        """The keys of its rows: those that are passed by stay unread."""
        return ordered(self.keys(split), order).limit(size).offset(offset)

    async def in_parts(
        self, split: Params, order: list[OrderBy], keys: list[UUID]
    ) -> AsyncIterator[bytes]:
        """Of a file, so that few of its rows are in memory."""
        chosen = {column._meta.name for column in split.visible_fields or ()}
        size = LARGE_AT_ONCE if chosen & LARGE else ROWS_AT_ONCE
        yield b'{"rows":['
        comma = b""
        for start in range(0, len(keys), size):
            # Some of them may have been deleted meanwhile.
            if rows := await self.rows(split, order, keys[start : start + size]):
                yield comma + msgspec.json.encode(self.format_rows(rows, is_file=True))[1:-1]
                comma = b","
        yield b"]}"

    async def rows(
        self, split: Params, order: list[OrderBy], keys: Select[Any] | list[UUID]
    ) -> list[dict[str, Any]]:
        """The references of any but these stay unread."""
        chosen = split.visible_fields or ()
        references = [column for column in chosen if isinstance(column, ForeignKey)]
        readable = [self.table._get_related_readable(column) for column in references]
        query = self.table.select(
            *(bounded(column) for column in chosen),
            *(readable if split.include_readable else ()),
        )
        return await ordered(query.where(self.table._meta.primary_key.is_in(keys)), order)

    def format_rows(
        self, rows: list[dict[str, Any]], *, is_file: bool = False
    ) -> list[dict[str, Any]]:
        """As they are answered."""
        return rows

    def keys(self, split: Params) -> Select[Any]:
        """Those of the rows that the filters let through."""
        query = self.table.select(self.table._meta.primary_key)
        for name, value in split.fields.items():
            column = self.table._meta.get_column_by_name(name)
            for each in value if isinstance(value, list) else [value]:
                query = query.where(filter_of(column, each, split))
        return query

    def complete(self, order: list[OrderBy]) -> list[OrderBy]:
        """With the key at its end, so that each row has one place."""
        key = self.table._meta.primary_key
        return [*order, OrderBy(key, order[-1].ascending if order else False)]


def ordered(query: Select[Any], order: list[OrderBy]) -> Select[Any]:
    for each in order:
        query = query.order_by(sorting(each.column), ascending=each.ascending)
    return query


def sorting(column: Column) -> Column | QueryString:
    indexed = SORTED.get(column_path(column))
    return QueryString(indexed) if indexed else column


@asynccontextmanager
async def limited(seconds: float, advice: str) -> AsyncIterator[None]:
    """What is asked within may take so long, and is planned for its own values. Raises Busy.

    A plan for any value would look for the rarest status as for the most frequent.
    """
    try:
        async with get_engine().transaction(), get_engine().connection() as connection:
            await connection.execute(
                f"SET LOCAL statement_timeout = {int(seconds * 1000)};"
                "SET LOCAL plan_cache_mode = force_custom_plan"
            )
            yield
    except asyncpg.QueryCanceledError:
        raise Busy(f"This takes longer than {seconds:g} s. {advice}") from None


def whole(request: Request, name: str, default: int, *, most: int) -> int:
    """Raises BadRequest."""
    value = request.query_params.get(name, str(default))
    if not is_whole(value, 0, most):
        raise BadRequest(f"{name} is {value}; expected: a whole number from 0 to {most}.")
    return int(value)


def in_json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type=JSON)
