"""The REST base: list, get, create, change and delete the rows of one table."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from litestar.router import Router
from litestar.routes import HTTPRoute
from msgspec import UNSET, Meta, UnsetType

from apps.shared.db.repositories import Repository
from apps.shared.http.etags import compute_etag
from apps.shared.http.exposure import Exposure
from apps.shared.http.handlers import (
    make_change_handler,
    make_delete_handler,
    make_get_handler,
    make_list_handler,
)
from apps.shared.http.idempotency import RunIdempotent
from apps.shared.http.lists.parameters import ListOperation, describe_list
from apps.shared.http.lists.queries import ListParser
from apps.shared.http.problems import problem_responses
from apps.shared.http.requests import AppRequest, reject_coercion
from apps.shared.http.resources import MAX_BATCH, Resource
from apps.shared.http.responses import RawJSONResponse
from apps.shared.http.schemas import (
    make_item_struct,
    make_read_struct,
    make_write_struct,
    sent_values,
)

if TYPE_CHECKING:
    # As in `handlers`.
    Read: TypeAlias = Any
    Create: TypeAlias = Any
    Batch: TypeAlias = Any
    BatchResult: TypeAlias = Any


class RestController(Controller):
    """Answers OPTIONS with every method of a path: Litestar names only those of one handler."""

    def as_router(self) -> Router:
        router = super().as_router()
        routes = [route for route in router.routes if isinstance(route, HTTPRoute)]
        router.routes = [with_all_methods(route) for route in routes]
        return router


def with_all_methods(route: HTTPRoute) -> HTTPRoute:
    """The same route, whose answer to OPTIONS names all of its methods."""
    handlers = [each for each in route.route_handlers if "OPTIONS" not in each.http_methods]
    return HTTPRoute(path=route.path, route_handlers=handlers)


class ReadOnlyController(RestController):
    """A table that clients only read. Its path is the table's name.

    A subclass names its repository, and its exposure where that differs from the default.
    """

    repository: ClassVar[type[Repository[Any]]]
    resource: ClassVar[type[Resource]] = Resource
    exposure: ClassVar[Exposure] = Exposure()
    rows: ClassVar[Resource]
    parser: ClassVar[ListParser]
    key_path: ClassVar[str]
    list_operation: ClassVar[type[ListOperation]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "repository"):  # A base for others.
            return
        table = cls.repository.table
        tablename = table._meta.tablename
        cls.path = f"/api/{tablename}"
        cls.key_path = "/{key:str}" if cls.exposure.identifier else "/{key:uuid}"
        cls.tags = [tablename.capitalize().replace("_", " ")]
        cls.rows = cls.resource(cls.repository(), cls.exposure)
        cls.parser = ListParser(tablename, cls.rows.fields)
        cls.list_operation = describe_list(table.__name__, cls.rows.fields)
        cls.signature_namespace = make_wire_types(cls.rows)
        for name, handler in cls.make_handlers().items():
            setattr(cls, name, handler)

    @classmethod
    def make_handlers(cls) -> dict[str, HTTPRouteHandler]:
        return {
            "list_rows": make_list_handler(cls.rows, cls.parser, cls.list_operation),
            "get_row": make_get_handler(cls.rows, cls.key_path),
        }


class TableController(ReadOnlyController):
    """A table that clients read and write."""

    @classmethod
    def make_handlers(cls) -> dict[str, HTTPRouteHandler]:
        return {
            **super().make_handlers(),
            "change_row": make_change_handler(cls.rows, cls.key_path),
            "delete_row": make_delete_handler(cls.rows, cls.key_path),
        }

    @post(summary="Create", responses=problem_responses(403, 409, 422))
    async def create_row(
        self,
        request: AppRequest,
        data: "JSONBody[Create]",
        run_idempotent: NamedDependency[RunIdempotent],
    ) -> "Read":
        values = sent_values(await reject_coercion(request, data))
        create = partial(self.rows.create, request.user, values)
        row, is_replay = await run_idempotent(create)
        return RawJSONResponse(row, 201, compute_etag(row), is_replay=is_replay)

    @post(
        "/batch",
        summary="Create several at once, all or none",
        responses=problem_responses(403, 409, 422),
    )
    async def create_rows(
        self,
        request: AppRequest,
        data: "JSONBody[Batch]",
        run_idempotent: NamedDependency[RunIdempotent],
    ) -> "BatchResult":
        values = [sent_values(each) for each in (await reject_coercion(request, data)).items]
        create = partial(self.rows.create_many, request.user, values)
        rows, is_replay = await run_idempotent(create)
        return RawJSONResponse(rows, 201, is_replay=is_replay)


def make_wire_types(rows: Resource) -> dict[str, Any]:
    """The types that handlers name: those of a table's bodies, answers and keys."""
    exposure, table, name = rows.exposure, rows.table, rows.table.__name__
    fixed = (*exposure.unwritable, *exposure.unchangeable)
    optional = [exposure.access.owner] if exposure.access.owner else []
    read = make_read_struct(name, table, exposure.computed)
    create = make_write_struct(f"{name}Create", table, exposure.unwritable, optional=optional)
    return {
        "Key": str if exposure.identifier else UUID,
        "Read": read,
        "Create": create,
        "Update": make_write_struct(f"{name}Update", table, fixed, partial=True),
        "Page": make_page_struct(f"{name}Page", make_item_struct(f"{name}Item", read)),
        "Batch": make_items_struct(
            f"{name}Batch", create, Meta(min_length=1, max_length=MAX_BATCH)
        ),
        "BatchResult": make_items_struct(f"{name}BatchResult", read, Meta(max_length=MAX_BATCH)),
    }


def make_items_struct(name: str, item: type[msgspec.Struct], size: Meta) -> type[msgspec.Struct]:
    items: Any = Annotated[list[item], size]  # type: ignore[valid-type]  # Made at run time.
    return msgspec.defstruct(name, [("items", items)], forbid_unknown_fields=True)


def make_page_struct(name: str, item: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A page of rows; `next` is the cursor of the page after it, null on the last one.

    `total` is there when `count=true` was asked for.
    """
    return msgspec.defstruct(
        name,
        [("items", list[item]), ("next", str | None), ("total", int | UnsetType, UNSET)],  # type: ignore[valid-type]  # Made at run time.
        kw_only=True,
    )
