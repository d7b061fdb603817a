"""The REST base: list, get, create, change and delete one table."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Operation
from litestar.params import FromPath, JSONBody
from litestar.router import Router
from litestar.routes import HTTPRoute
from msgspec import UNSET, Meta, UnsetType

from apps.shared.db.repositories import Repository, as_key
from apps.shared.http.exposure import Exposure
from apps.shared.http.lists.parameters import describe_list
from apps.shared.http.lists.queries import ListParser
from apps.shared.http.problems import problems
from apps.shared.http.resources import MAX_BATCH, Owner, Resource, etag
from apps.shared.http.schemas import given, item_struct, read_struct, write_struct
from apps.shared.http.wire import (
    READS_QUERY,
    Asked,
    IfMatch,
    IfNoneMatch,
    OnceKey,
    Written,
    asked_of,
    exactly,
    made_once,
    row,
)

if TYPE_CHECKING:
    # Bound by each subclass; Litestar reads the real ones from `signature_namespace`.
    Read: TypeAlias = Any
    Create: TypeAlias = Any
    Update: TypeAlias = Any
    Page: TypeAlias = Any
    Batch: TypeAlias = Any
    Made: TypeAlias = Any
    Key: TypeAlias = Any


class RestController(Controller):
    """Litestar's own answer to OPTIONS names but the first method of each path of a controller."""

    def as_router(self) -> Router:
        router = super().as_router()
        router.routes = [whole(route) for route in router.routes if isinstance(route, HTTPRoute)]
        return router


def whole(route: HTTPRoute) -> HTTPRoute:
    """With an answer to OPTIONS that knows all of its methods."""
    handlers = [each for each in route.route_handlers if "OPTIONS" not in each.http_methods]
    return HTTPRoute(path=route.path, route_handlers=handlers)


class ReadOnlyController(RestController):
    """A table that nobody writes over REST. A subclass names its repository, and its exposure where
    that differs from the default.

    The path is the table's name.
    """

    repository: ClassVar[type[Repository[Any]]]
    resource: ClassVar[type[Resource]] = Resource
    exposure: ClassVar[Exposure] = Exposure()
    rows: ClassVar[Resource]
    parser: ClassVar[ListParser]
    list_operation: ClassVar[type[Operation]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "repository"):  # A base for others.
            return
        exposure, table = cls.exposure, cls.repository.table
        name, tablename = table.__name__, table._meta.tablename
        cls.rows = cls.resource(cls.repository(), exposure)
        cls.parser = ListParser(tablename, cls.rows.fields)
        cls.path = f"/api/{tablename}"
        cls.tags = [tablename.capitalize().replace("_", " ")]
        fixed = (*exposure.unwritable, *exposure.unchangeable)
        read = read_struct(name, table, exposure.computed)
        create = write_struct(
            f"{name}Create",
            table,
            exposure.unwritable,
            optional=[exposure.access.owner] if exposure.access.owner else [],
        )
        cls.signature_namespace = {
            "Read": read,
            "Create": create,
            "Update": write_struct(f"{name}Update", table, fixed, partial=True),
            "Page": page_struct(f"{name}Page", item_struct(f"{name}Item", read)),
            "Batch": items_struct(f"{name}Batch", create, Meta(min_length=1, max_length=MAX_BATCH)),
            "Made": items_struct(f"{name}Made", read, Meta(max_length=MAX_BATCH)),
        }
        cls.list_operation = describe_list(name, cls.rows.fields)
        cls.list = list_of(cls)  # type: ignore[attr-defined]  # A handler like the others.

    @get("/{key:uuid}", summary="Get", responses=problems(403, 404))
    async def retrieve(
        self, request: Asked, key: FromPath[UUID], if_none_match: IfNoneMatch = None
    ) -> "Read":
        return row(await self.rows.get(request.user, key), if_none_match=if_none_match)


class TableController(ReadOnlyController):
    """A table that clients read and write."""

    @post(summary="Create", responses=problems(403, 409, 422))
    async def create(
        self, request: Asked, data: "JSONBody[Create]", idempotency_key: OnceKey = None
    ) -> "Read":
        values = given(await exactly(request, data))
        make = partial(self.rows.create, request.user, values)
        made, is_again = await made_once(request, idempotency_key, make)
        return Written(made, 201, etag(made), is_again=is_again)

    @post("/batch", summary="Create many, all or none", responses=problems(403, 409, 422))
    async def create_many(
        self, request: Asked, data: "JSONBody[Batch]", idempotency_key: OnceKey = None
    ) -> "Made":
        rows = [given(each) for each in (await exactly(request, data)).items]
        make = partial(self.rows.create_many, request.user, rows)
        made, is_again = await made_once(request, idempotency_key, make)
        return Written(made, 201, is_again=is_again)

    @patch(
        "/{key:uuid}",
        summary="Change only what is sent",
        responses=problems(403, 404, 409, 412, 422),
    )
    async def change(
        self,
        request: Asked,
        key: FromPath[UUID],
        data: "JSONBody[Update]",
        if_match: IfMatch = None,
    ) -> "Read":
        values = given(await exactly(request, data))
        return row(await self.rows.update(request.user, key, values, if_match))

    @delete(
        "/{key:uuid}",
        summary="Delete, with all that belongs to it",
        responses=problems(403, 404, 409, 412),
    )
    async def remove(self, request: Asked, key: FromPath[UUID], if_match: IfMatch = None) -> None:
        await self.rows.delete(request.user, key, if_match)


class NamedController(TableController):
    """Its rows are addressed by their id or by their identifier."""

    @get("/{key:str}", summary="Get", responses=problems(403, 404))
    async def retrieve(
        self, request: Asked, key: FromPath[str], if_none_match: IfNoneMatch = None
    ) -> "Read":
        return row(await self.rows.get(request.user, as_key(key)), if_none_match=if_none_match)

    @patch(
        "/{key:str}",
        summary="Change only what is sent",
        responses=problems(403, 404, 409, 412, 422),
    )
    async def change(
        self,
        request: Asked,
        key: FromPath[str],
        data: "JSONBody[Update]",
        if_match: IfMatch = None,
    ) -> "Read":
        values = given(await exactly(request, data))
        return row(await self.rows.update(request.user, as_key(key), values, if_match))

    @delete(
        "/{key:str}",
        summary="Delete, with all that belongs to it",
        responses=problems(403, 404, 409, 412),
    )
    async def remove(self, request: Asked, key: FromPath[str], if_match: IfMatch = None) -> None:
        await self.rows.delete(request.user, as_key(key), if_match)


def list_of(controller: type[ReadOnlyController]) -> HTTPRouteHandler:
    """The page of a whole table."""
    rows, parser, order = controller.rows, controller.parser, controller.exposure.order

    async def list(self: Any, request: Asked) -> "Page":
        return Written(await rows.page(request.user, parser.parse(asked_of(request), order)))

    decorate = get(
        summary="List",
        responses=problems(403),
        operation_class=controller.list_operation,
        opt=READS_QUERY,
    )
    return decorate(list)


def page_of(
    owner: type[TableController],
    child: type[TableController],
    by: str,
    name: str = "",
    order: str = "",
) -> HTTPRouteHandler:
    """`/api/<owner>/{key}/<name>`: a page of the rows that name it in their column `by`.

    The name is that of the child's table, if no other is given; the order is by id. An index begins
    with `by` and goes on with that order. One statement a page.
    """
    rows, owners, parser = child.rows, owner.rows, child.parser
    name = name or rows.tablename

    async def page(request: Asked, key: "FromPath[Key]") -> "Page":
        query = parser.parse(asked_of(request), order)
        found = Owner(owners, as_key(key), by)
        return Written(await rows.page(request.user, query, found))

    operation = child.list_operation
    return _related(owners, child, name, operation_class=operation, opt=READS_QUERY)(page)


def row_of(owner: type[TableController], child: type[TableController], by: str) -> HTTPRouteHandler:
    """`/api/<owner>/{key}/<noun>`: the only row that names it in its column `by`."""
    rows, owners = child.rows, owner.rows

    async def one(
        request: Asked, key: "FromPath[Key]", if_none_match: IfNoneMatch = None
    ) -> "Read":
        found = await rows.get_related(request.user, Owner(owners, as_key(key), by))
        return row(found, if_none_match=if_none_match)

    return _related(owners, child, rows.noun.replace(" ", "_"))(one)


def _related(owners: Resource, child: type[TableController], name: str, **options: Any) -> get:
    kind = "str" if owners.exposure.identifier else "uuid"
    return get(
        f"/api/{owners.tablename}/{{key:{kind}}}/{name}",
        summary=f"The {name.replace('_', ' ')} of a {owners.noun}",
        tags=child.tags,
        responses=problems(403, 404),
        signature_namespace={
            **child.signature_namespace,
            "Key": str if owners.exposure.identifier else UUID,
        },
        **options,
    )


def items_struct(name: str, item: type[msgspec.Struct], size: Meta) -> type[msgspec.Struct]:
    items: Any = Annotated[list[item], size]  # type: ignore[valid-type]  # Made at run time.
    return msgspec.defstruct(name, [("items", items)], forbid_unknown_fields=True)


def page_struct(name: str, item: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A page of rows; `next` is the cursor of the page after it, null on the last one.

    `total` is there when `count=true` was asked for.
    """
    return msgspec.defstruct(
        name,
        [("items", list[item]), ("next", str | None), ("total", int | UnsetType, UNSET)],  # type: ignore[valid-type]  # Made at run time.
        kw_only=True,
    )
