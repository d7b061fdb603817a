"""The handlers of a table whose path or description depends on its exposure."""

from typing import TYPE_CHECKING, Any, TypeAlias

from litestar import delete, get, patch
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from apps.shared.db.repositories import parse_key
from apps.shared.http.lists.parameters import ListOperation
from apps.shared.http.lists.queries import ListParser
from apps.shared.http.problems import problem_responses
from apps.shared.http.requests import (
    PARSES_QUERY,
    AppRequest,
    IfMatch,
    IfNoneMatch,
    query_params,
    reject_coercion,
)
from apps.shared.http.resources import Resource
from apps.shared.http.responses import RawJSONResponse, row_response
from apps.shared.http.schemas import sent_values

if TYPE_CHECKING:
    # Litestar reads the real types from each controller's `signature_namespace`.
    Read: TypeAlias = Any
    Update: TypeAlias = Any
    Page: TypeAlias = Any
    Key: TypeAlias = Any


def make_list_handler(
    rows: Resource, parser: ListParser, operation: type[ListOperation]
) -> HTTPRouteHandler:
    @get(
        summary="List",
        responses=problem_responses(403),
        operation_class=operation,
        opt=PARSES_QUERY,
    )
    async def list_rows(self: Any, request: AppRequest) -> "Page":
        query = parser.parse(query_params(request), rows.exposure.order)
        return RawJSONResponse(await rows.page(request.user, query))

    return list_rows


def make_get_handler(rows: Resource, path: str) -> HTTPRouteHandler:
    @get(path, summary="Get", responses=problem_responses(403, 404))
    async def get_row(
        self: Any, request: AppRequest, key: "FromPath[Key]", if_none_match: IfNoneMatch = None
    ) -> "Read":
        return row_response(await rows.get(request.user, parse_key(key)), if_none_match)

    return get_row


def make_change_handler(rows: Resource, path: str) -> HTTPRouteHandler:
    @patch(
        path,
        summary="Update the given fields",
        responses=problem_responses(403, 404, 409, 412, 422),
    )
    async def change_row(
        self: Any,
        request: AppRequest,
        key: "FromPath[Key]",
        data: "JSONBody[Update]",
        if_match: IfMatch = None,
    ) -> "Read":
        values = sent_values(await reject_coercion(request, data))
        return row_response(await rows.update(request.user, parse_key(key), values, if_match))

    return change_row


def make_delete_handler(rows: Resource, path: str) -> HTTPRouteHandler:
    @delete(
        path,
        summary="Delete, with everything that belongs to it",
        responses=problem_responses(403, 404, 409, 412),
    )
    async def delete_row(
        self: Any, request: AppRequest, key: "FromPath[Key]", if_match: IfMatch = None
    ) -> None:
        await rows.delete(request.user, parse_key(key), if_match)

    return delete_row
