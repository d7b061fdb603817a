"""Rows over HTTP: JSON that PostgreSQL itself has written, and only what the caller may see."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple
from uuid import UUID

from apps.shared.db.access import Viewer
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import explain_missing_reference
from apps.shared.db.repositories import Repository
from apps.shared.db.tables import columns_in
from apps.shared.errors import (
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
)
from apps.shared.http.etags import compute_etag, matches_etag
from apps.shared.http.exposure import Exposure
from apps.shared.http.lists.fields import exposed_fields
from apps.shared.rows.cursors import after_cursor, cursor_key, encode_cursor, sort_rows
from apps.shared.rows.fields import Field
from apps.shared.rows.filters import place_conditions
from apps.shared.rows.queries import RowQuery
from apps.shared.rows.statements import Arguments, Selection
from apps.shared.rows.writing import insert_row, place_values, update_row

MAX_BATCH = 1000


class Owner(NamedTuple):
    """Whose rows a page has: those that name `key`'s row in their column `by`."""

    rows: "Resource"
    key: UUID | str
    by: str


class Resource:
    """The rows of one table, as a caller may read and write them.

    What a caller may not see is NotFound; what they may see and not change, Forbidden.
    """

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

    def reference_condition(
        self, values: Mapping[str, Any], viewer: Viewer, args: Arguments
    ) -> str:
        """The condition for a reference to what they may change.

        Before the row is written: a unique key would tell of rows that they may not see.
        """
        column = self.access.through
        if viewer.is_administrator or column not in values:
            return "TRUE"
        row = f'(SELECT {args.add(values[column])}::uuid AS "{column}") t'
        return f"(SELECT {self.write_condition(viewer, args)} FROM {row})"

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
        found = await fetchval(self.select_id(viewer, key, args), args)
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
        found = await fetchval(
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

    async def create(self, viewer: Viewer, values: Mapping[str, Any]) -> bytes:
        """Raises Forbidden, and Invalid for a reference to what the viewer may not change."""
        async with self._transaction(viewer):
            return await self._insert(viewer, values)

    async def create_many(self, viewer: Viewer, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """All or none; a DomainError names the field of the row: `items[3].title`."""
        made = []
        async with get_engine().transaction():
            for number, values in enumerate(rows):
                try:
                    made.append(await self._insert(viewer, values))
                except Exception as error:
                    error.add_note(f"items[{number}]")
                    raise
        return b'{"items":[' + b",".join(made) + b"]}"

    async def _insert(self, viewer: Viewer, values: Mapping[str, Any]) -> bytes:
        self.access.check_owner(values, viewer)
        values = self.access.with_owner(values, viewer)
        columns, args = columns_in(self.table, values), Arguments()
        places = place_values(columns, values, args)
        allowed = self.reference_condition(values, viewer, args)
        write = insert_row(self.table, columns, places, allowed)
        written = await self._write(viewer, f"{write} RETURNING *", args)
        if written is None:
            raise self._no_such_reference()
        return written

    async def update(
        self,
        viewer: Viewer,
        key: UUID | str,
        values: Mapping[str, Any],
        if_match: str | None = None,
    ) -> bytes:
        """Changes just `values`. Raises NotFound, Forbidden and PreconditionFailed."""
        self.access.check_owner(values, viewer)
        async with self._transaction(viewer, if_match):
            await self._check_match(viewer, key, if_match)
            columns, args = columns_in(self.table, values), Arguments()
            places = place_values(columns, values, args)
            where = f"{self.key_condition(key, args)} AND {self.write_condition(viewer, args)}"
            where += f" AND {self.reference_condition(values, viewer, args)}"
            # A change of nothing is one as well: who may not change the row is told so.
            write = update_row(self.table, columns, places, where)
            written = await self._write(viewer, f"{write} RETURNING t.*", args)
            if written is None:
                raise await self._explain_miss(viewer, key)
            return written

    async def delete(self, viewer: Viewer, key: UUID | str, if_match: str | None = None) -> None:
        """Takes along what the references say. Raises as `update` does."""
        async with self._transaction(viewer, if_match):
            await self._check_match(viewer, key, if_match)
            args = Arguments()
            where = f"{self.key_condition(key, args)} AND {self.write_condition(viewer, args)}"
            gone = await fetchval(
                f"DELETE FROM {self.tablename} t WHERE {where} RETURNING t.id", args
            )
            if gone is None:
                raise await self._explain_miss(viewer, key)

    def _transaction(
        self, viewer: Viewer, if_match: str | None = None
    ) -> AbstractAsyncContextManager[Any]:
        """One statement is a transaction of its own; more than one needs it."""
        if viewer.is_administrator and not if_match:
            return nullcontext()
        return get_engine().transaction()

    async def _check_match(self, viewer: Viewer, key: UUID | str, if_match: str | None) -> None:
        if not if_match:
            return
        if not await self._lock(viewer, key):
            raise await self._explain_miss(viewer, key)
        if not matches_etag(if_match, compute_etag(await self.get(viewer, key))):
            raise PreconditionFailed(
                f"The {self.noun} was changed meanwhile. Get it again, and decide anew."
            )

    async def _lock(self, viewer: Viewer, key: UUID | str) -> bool:
        """Whether there is such a row that they may change."""
        args = Arguments()
        where = f"{self.key_condition(key, args)} AND {self.write_condition(viewer, args)}"
        query = f"SELECT t.id FROM {self.tablename} t WHERE {where} FOR UPDATE"
        return await fetchval(query, args) is not None

    async def _explain_miss(self, viewer: Viewer, key: UUID | str) -> DomainError:
        """Raises NotFound for what they may not even see."""
        await self.find_id(viewer, key)
        if await self._lock(viewer, key):
            return self._no_such_reference()
        return Forbidden(f"This {self.noun} is not yours to change.")

    def _no_such_reference(self) -> Invalid:
        column = self.access.through
        message = explain_missing_reference(column)
        return Invalid(message, fields={column: message})

    async def _write(self, viewer: Viewer, write: str, args: Arguments) -> bytes | None:
        """Raises Invalid when what was written would not be the viewer's own to write."""
        query = (
            f"WITH t AS ({write}) "
            f"SELECT (SELECT row_to_json(r) FROM (SELECT {self._all_fields}) r)::text, "
            f"{self.write_condition(viewer, args)} FROM t {self.exposure.joins}"
        )
        async with get_engine().connection() as connection:
            row = await connection.fetchrow(query, *args)
        if row is None:
            return None
        if not row[1]:
            raise self._no_such_reference()
        return str(row[0]).encode()


async def fetchval(query: str, args: Arguments) -> Any:
    async with get_engine().connection() as connection:
        return await connection.fetchval(query, *args)
