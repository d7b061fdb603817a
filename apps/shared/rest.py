"""The REST base: list, get, create, change and delete one table."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, MediaType, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response

from apps.shared.problems import problems
from apps.shared.repositories import MAX_PAGE, Repository
from apps.shared.schemas import given, read_struct, write_struct

if TYPE_CHECKING:
    # Bound by each subclass; Litestar reads the real ones from `signature_namespace`.
    Read: TypeAlias = Any
    Create: TypeAlias = Any
    Update: TypeAlias = Any
    Page: TypeAlias = Any

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

    `computed` gives the types of the repository's computed fields. `unwritable` columns cannot be
    sent; `unchangeable` ones only when a row is made. `names` are further types that the
    handlers' annotations name.
    """

    repository: ClassVar[type[Repository[Any]]]
    computed: ClassVar[dict[str, Any]] = {}
    unwritable: ClassVar[tuple[str, ...]] = ()
    unchangeable: ClassVar[tuple[str, ...]] = ()
    names: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        repository, table = cls.repository, cls.repository.table
        name = table.__name__
        cls.rows = repository()
        cls.tags = [table._meta.tablename.capitalize()]
        unwritable = (*repository.hidden, *cls.unwritable)
        read = read_struct(name, table, repository.hidden, cls.computed)
        item = read
        if repository.heavy:
            hidden = (*repository.hidden, *repository.heavy)
            item = read_struct(f"{name}Summary", table, hidden, cls.computed)
        cls.signature_namespace = {
            **cls.names,
            "Read": read,
            "Create": write_struct(f"{name}Create", table, unwritable),
            "Update": write_struct(
                f"{name}Update", table, (*unwritable, *cls.unchangeable), partial=True
            ),
            "Page": page_struct(f"{name}Page", item),
        }

    rows: ClassVar[Repository[Any]]

    @get(summary="List", responses=problems())
    async def list(self, limit: Limit = 50, cursor: Cursor = None) -> "Page":
        return json(await self.rows.page_json(limit=limit, cursor=cursor))

    @post(summary="Create", responses=problems(409, 422))
    async def create(self, data: "JSONBody[Create]") -> "Read":
        return json(await self.rows.create_json(given(data)), status_code=201)

    @get("/{row_id:uuid}", summary="Get", responses=problems(404))
    async def retrieve(self, row_id: FromPath[UUID]) -> "Read":
        return json(await self.rows.get_json(row_id))

    @patch("/{row_id:uuid}", summary="Change only what is sent", responses=problems(404, 409, 422))
    async def change(self, row_id: FromPath[UUID], data: "JSONBody[Update]") -> "Read":
        return json(await self.rows.update_json(row_id, given(data)))

    @delete(
        "/{row_id:uuid}", summary="Delete, with all that belongs to it", responses=problems(404)
    )
    async def remove(self, row_id: FromPath[UUID]) -> None:
        await self.rows.delete(row_id)


def page_struct(name: str, item: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A page of rows; `next` is the cursor of the page after it, null on the last one."""
    return msgspec.defstruct(name, [("items", list[item]), ("next", UUID | None)], kw_only=True)  # type: ignore[valid-type]  # Made at run time.
