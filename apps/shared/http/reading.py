"""Rows over HTTP: JSON that PostgreSQL itself has written, and only what the caller may see."""

from typing import Any, NamedTuple
from uuid import UUID

from apps.shared.db.access import Viewer
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository
from apps.shared.errors import Forbidden, NotFound
from apps.shared.http.exposure import Exposure
from apps.shared.http.lists.fields import exposed_fields
from apps.shared.rows.cursors import after_cursor, cursor_key, encode_cursor, sort_rows
from apps.shared.rows.fields import Field
from apps.shared.rows.filters import place_conditions
from apps.shared.rows.queries import RowQuery
from apps.shared.rows.statements import Arguments, Selection


class Owner(NamedTuple):
    """Whose rows a page has: those that name `key`'s row in their column `by`."""

    rows: "ResourceReader"
    key: UUID | str
    by: str


class ResourceReader:
    """The rows of one table, as a caller may read them. What they may not see is NotFound."""

    def __init__(self, repository: Repository[Any], exposure: Exposure) -> None:
        self.repository = repository
        self.exposure = exposure
        self.table = repository.table
        self.tablename = repository.tablename
        self.noun = repository.noun
        self.access = exposure.access
        self.fields: dict[str, Field] = exposed_fields(self.table, exposure)
        self.listed = [name for name in self.fields if name not in exposure.heavy]
        self._all_fields = self._select(self.fields)

    def _select(self, names: Any) -> str:
        return ", ".join(f'{self.fields[name].sql} AS "{name}"' for name in names)

    def read_condition(self, viewer: Viewer, args: Arguments) -> str:
        """The condition over `t` for what they may see. Raises Forbidden."""
        return self._allowed(self.access.read, "see", viewer, args)

    def write_condition(self, viewer: Viewer, args: Arguments) -> str:
        """The condition over `t` for what they may change. Raises Forbidden."""
        return self._allowed(self.access.write, "change", viewer, args)

    def _allowed(self, condition: str | None, verb: str, viewer: Viewer, args: Arguments) -> str:
        if viewer.is_administrator:
            return "TRUE"
        if condition is None:
            raise Forbidden(f"Only an administrator can {verb} {self.tablename.replace('_', ' ')}.")
        return f"({condition.format(me=args.add(viewer.id))})" if "{me}" in condition else condition

    def key_condition(self, key: UUID | str, args: Arguments) -> str:
        column = "id" if isinstance(key, UUID) else self.exposure.identifier
        return f't."{column}" = {args.add(key)}'

    def select_id(self, viewer: Viewer, key: UUID | str, args: Arguments) -> str:
        return (
            f"SELECT t.id FROM {self.tablename} t "
            f"WHERE {self.key_condition(key, args)} AND {self.read_condition(viewer, args)}"
        )

    async def find_id(self, viewer: Viewer, key: UUID | str) -> UUID:
        """Raises NotFound and Forbidden."""
        args = Arguments()
        found = await fetch_value(self.select_id(viewer, key, args), args)
        if found is None:
            raise self.repository.not_found(key)
        return UUID(str(found))

    async def get(self, viewer: Viewer, key: UUID | str) -> bytes:
        """Raises NotFound and Forbidden."""
        args = Arguments()
        found = await self._fetch_one(
            f"{self.key_condition(key, args)} AND {self.read_condition(viewer, args)}", args
        )
        if found is None:
            raise self.repository.not_found(key)
        return found

    async def get_related(self, viewer: Viewer, owner: Owner) -> bytes:
        """The only row that an owner can have. Raises NotFound when it has none, or is none."""
        args = Arguments()
        select_owner = owner.rows.select_id(viewer, owner.key, args)
        found = await self._fetch_one(
            f"t.{owner.by} = ({select_owner}) AND {self.read_condition(viewer, args)}", args
        )
        if found is None:
            await owner.rows.find_id(viewer, owner.key)
            raise NotFound(f"The {owner.rows.noun} {owner.key} has no {self.noun}.")
        return found

    async def _fetch_one(self, condition: str, args: Arguments) -> bytes | None:
        found = await fetch_value(
            f"SELECT row_to_json(r)::text FROM (SELECT {self._all_fields} "
            f"FROM {self.tablename} t {self.exposure.joins} WHERE {condition}) r",
            args,
        )
        return None if found is None else str(found).encode()

    async def page(self, viewer: Viewer, query: RowQuery, owner: Owner | None = None) -> bytes:
        """`{"items": […], "next": cursor or null}` and, if asked for, `total`.

        One statement (two with a total), however long the page; a cursor stays good while rows come
        and go. Raises NotFound when there is no such owner.
        """
        args = Arguments()
        conditions = [self.read_condition(viewer, args)]
        conditions += place_conditions(query.conditions, args)
        source = f"{self.tablename} t {self.exposure.joins}"
        select_owner = owner.rows.select_id(viewer, owner.key, args) if owner else ""
        if owner:
            conditions.append(f"t.{owner.by} = ({select_owner})")
        counting, counted = Selection(source, [*conditions]).count(), Arguments(args)
        # Planning takes a quarter of a page's time. A limit that is no parameter lets PostgreSQL
        # keep its plan; where there are filters it shall plan anew, because some values are rare.
        is_plain = not args and not query.offset
        if query.cursor is not None:
            conditions.append(after_cursor(query, args))
        names = self.listed if query.fields is None else list(dict.fromkeys(["id", *query.fields]))
        sorted_by = [each.name for each, _ in query.order if each.name not in names]
        item = "r"
        if sorted_by:
            shown = ", ".join(f'r."{name}"' for name in names)
            item = f"(SELECT shown FROM (SELECT {shown}) shown)"
        window = str(query.limit + 1)
        if not is_plain:
            window = f"{args.add(query.limit + 1)} OFFSET {args.add(query.offset)}"
        rows = Selection(source, conditions).select_page(
            self._select([*names, *sorted_by]), sort_rows(query), window
        )
        # One row more than is shown tells whether there is another page. No JSON has a line break.
        reading = (
            f"SELECT string_agg(row_to_json({item})::text, E',\n') AS items, count(*) AS found, "
            f"(array_agg({cursor_key(query)}))[{query.limit}] AS key FROM ({rows}) r"
        )
        if owner:  # Who does not exist, or is hidden, has not even an empty page.
            reading = f"SELECT p.* FROM ({select_owner}) o CROSS JOIN LATERAL ({reading}) p"
        async with get_engine().connection() as connection:
            page = await connection.fetchrow(reading, *args)
            total = await connection.fetchval(counting, *counted) if query.is_counted else None
        if page is None:
            assert owner is not None
            raise owner.rows.repository.not_found(owner.key)
        items, following = page["items"] or "", "null"
        if page["found"] > query.limit:
            items = items.rpartition(",\n")[0]
            following = encode_cursor(query, page["key"])
        tail = "" if total is None else f',"total":{total}'
        return f'{{"items":[{items}],"next":{following}{tail}}}'.encode()


async def fetch_value(query: str, args: Arguments) -> Any:
    async with get_engine().connection() as connection:
        return await connection.fetchval(query, *args)
