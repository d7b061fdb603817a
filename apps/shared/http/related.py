"""Addresses below a row: the rows, or the one row, that name it."""

from typing import TYPE_CHECKING, Any, TypeAlias

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from apps.shared.db.repositories import parse_key
from apps.shared.http.controllers import TableController
from apps.shared.http.problems import problem_responses
from apps.shared.http.reading import Owner
from apps.shared.http.requests import PARSES_QUERY, AppRequest, IfNoneMatch, query_params
from apps.shared.http.responses import RawJSONResponse, row_response

if TYPE_CHECKING:
    # As in `handlers`.
    Read: TypeAlias = Any
    Page: TypeAlias = Any
    Key: TypeAlias = Any


def serve_related_page(
    owner: type[TableController],
    child: type[TableController],
    by: str,
    name: str = "",
    order: str = "",
) -> HTTPRouteHandler:
    """`/api/<owner>/{key}/<name>`: a page of the rows that name it in their column `by`.

    By default the name is the child's table and the order is by id. One statement a page: it needs
    an index that begins with `by` and goes on with the order.
    """
    rows, owners, parser = child.rows, owner.rows, child.parser
    name = name or rows.tablename

    async def list_related(request: AppRequest, key: "FromPath[Key]") -> "Page":
        query = parser.parse(query_params(request), order)
        found = Owner(owners, parse_key(key), by)
        return RawJSONResponse(await rows.page(request.user, query, found))

    operation = child.list_operation
    decorate = _decorate(owner, child, name, operation_class=operation, opt=PARSES_QUERY)
    return decorate(list_related)


def serve_related_row(
    owner: type[TableController], child: type[TableController], by: str
) -> HTTPRouteHandler:
    """`/api/<owner>/{key}/<noun>`: the only row that names it in its column `by`."""
    rows, owners = child.rows, owner.rows

    async def get_related(
        request: AppRequest, key: "FromPath[Key]", if_none_match: IfNoneMatch = None
    ) -> "Read":
        found = await rows.get_related(request.user, Owner(owners, parse_key(key), by))
        return row_response(found, if_none_match)

    return _decorate(owner, child, rows.noun.replace(" ", "_"))(get_related)


def _decorate(
    owner: type[TableController], child: type[TableController], name: str, **options: Any
) -> get:
    return get(
        f"{owner.path}{owner.key_path}/{name}",
        summary=f"The {name.replace('_', ' ')} of a {owner.rows.noun}",
        tags=child.tags,
        responses=problem_responses(403, 404),
        signature_namespace={
            **child.signature_namespace,
            "Key": owner.signature_namespace["Key"],
        },
        **options,
    )
