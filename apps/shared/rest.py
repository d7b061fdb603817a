"""The REST base: list, get, create, change and delete one table."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, MediaType, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response

from apps.shared.problems import problems
from apps.shared.repositories import MAX_PAGE, Owner, Repository, as_key, as_uuid
from apps.shared.schemas import given, read_struct, write_struct

if TYPE_CHECKING:
    # Bound by each subclass; Litestar reads the real ones from `signature_namespace`.
    Read: TypeAlias = Any
    Create: TypeAlias = Any
    Update: TypeAlias = Any
    Page: TypeAlias = Any
    Key: TypeAlias = Any

Limit = Annotated[
    int, QueryParameter(ge=1, le=MAX_PAGE, description=f"Rows a page, up to {MAX_PAGE}.")
]
Cursor = Annotated[
    UUID | None, QueryParameter(description="The `next` of the page before; none: the first page.")
]


def json(content: bytes, status_code: int = 200) -> Response[Any]:
    """What PostgreSQL wrote, passed on as it is."""
    return Response(content, media_type=MediaType.JSON, status_code=status_code)


class TableController(Controller):
    """A subclass names its repository, and may narrow what can be written or what is shown.

    The path is the table's name. `computed` gives the types of the repository's computed fields,
    `types` those of columns that take more, or less, than their kind. `unwritable` columns cannot
    be sent; `unchangeable` ones only when a row is made.
    """

    repository: ClassVar[type[Repository[Any]]]
    computed: ClassVar[dict[str, Any]] = {}
    types: ClassVar[dict[str, Any]] = {}
    unwritable: ClassVar[tuple[str, ...]] = ()
    unchangeable: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "repository"):  # A base for others.
            return
        repository, table = cls.repository, cls.repository.table
        name, tablename = table.__name__, table._meta.tablename
        cls.rows = repository()
        cls.path = f"/api/{tablename}"
        cls.tags = [tablename.capitalize().replace("_", " ")]
        unwritable = (*repository.hidden, *cls.unwritable)
        fixed = (*unwritable, *cls.unchangeable)
        shown = {**cls.types, **cls.computed}
        read = read_struct(name, table, repository.hidden, shown)
        item = read
        if repository.heavy:
            hidden = (*repository.hidden, *repository.heavy)
            item = read_struct(f"{name}Summary", table, hidden, shown)
        cls.signature_namespace = {
            "Read": read,
            "Create": write_struct(f"{name}Create", table, unwritable, types=cls.types),
            "Update": write_struct(f"{name}Update", table, fixed, types=cls.types, partial=True),
            "Page": page_struct(f"{name}Page", item),
        }

    rows: ClassVar[Repository[Any]]

    @get(summary="List", responses=problems())
    async def list(self, limit: Limit = 50, cursor: Cursor = None) -> "Page":
        return json(await self.rows.page_json(limit=limit, cursor=cursor))

    @post(summary="Create", responses=problems(409, 422))
    async def create(self, data: "JSONBody[Create]") -> "Read":
        return json(await self.rows.create_json(given(data)), status_code=201)

    @get("/{key:uuid}", summary="Get", responses=problems(404))
    async def retrieve(self, key: FromPath[UUID]) -> "Read":
        return json(await self.rows.get_json(key))

    @patch("/{key:uuid}", summary="Change only what is sent", responses=problems(404, 409, 422))
    async def change(self, key: FromPath[UUID], data: "JSONBody[Update]") -> "Read":
        return json(await self.rows.update_json(key, given(data)))

    @delete("/{key:uuid}", summary="Delete, with all that belongs to it", responses=problems(404))
    async def remove(self, key: FromPath[UUID]) -> None:
        await self.rows.delete(key)


class NamedController(TableController):
    """Its rows are addressed by their id or by their identifier."""

    @get("/{key:str}", summary="Get", responses=problems(404))
    async def retrieve(self, key: FromPath[str]) -> "Read":
        return json(await self.rows.get_json(key))

    @patch("/{key:str}", summary="Change only what is sent", responses=problems(404, 409, 422))
    async def change(self, key: FromPath[str], data: "JSONBody[Update]") -> "Read":
        row_id = as_uuid(key) or await self.rows.find_id(key)
        return json(await self.rows.update_json(row_id, given(data)))

    @delete("/{key:str}", summary="Delete, with all that belongs to it", responses=problems(404))
    async def remove(self, key: FromPath[str]) -> None:
        await self.rows.delete(as_uuid(key) or await self.rows.find_id(key))


def page_of(
    owner: type[Repository[Any]], child: type[TableController], by: str, name: str = ""
) -> HTTPRouteHandler:
    """`/api/<owner>/{key}/<name>`: a page of the rows that name it in their column `by`.

    The name is that of the child's table, if no other is given. One statement a page.
    """
    rows, owners = child.rows, owner()
    name = name or rows.tablename

    async def page(key: "FromPath[Key]", limit: Limit = 50, cursor: Cursor = None) -> "Page":
        found = Owner(owners, as_key(key), by)
        return json(await rows.page_json(limit=limit, cursor=cursor, owner=found))

    return _related(owners, child, name)(page)


def row_of(owner: type[Repository[Any]], child: type[TableController], by: str) -> HTTPRouteHandler:
    """`/api/<owner>/{key}/<noun>`: the only row that names it in its column `by`."""
    rows, owners = child.rows, owner()

    async def one(key: "FromPath[Key]") -> "Read":
        return json(await rows.get_related_json(Owner(owners, as_key(key), by)))

    return _related(owners, child, rows.noun.replace(" ", "_"))(one)


def _related(owners: Repository[Any], child: type[TableController], name: str) -> get:
    kind = "str" if owners.identifier else "uuid"
    return get(
        f"/api/{owners.tablename}/{{key:{kind}}}/{name}",
        summary=f"The {name.replace('_', ' ')} of a {owners.noun}",
        tags=child.tags,
        responses=problems(404),
        signature_namespace={
            **child.signature_namespace,
            "Key": str if owners.identifier else UUID,
        },
    )


def page_struct(name: str, item: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A page of rows; `next` is the cursor of the page after it, null on the last one."""
    return msgspec.defstruct(name, [("items", list[item]), ("next", UUID | None)], kw_only=True)  # type: ignore[valid-type]  # Made at run time.
