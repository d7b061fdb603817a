"""Rows that clients write over HTTP: each answer is the row, as its reader would have it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from uuid import UUID

from apps.shared.db.access import Viewer
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import explain_missing_reference
from apps.shared.errors import DomainError, Forbidden, Invalid, PreconditionFailed
from apps.shared.http.etags import compute_etag, matches_etag
from apps.shared.http.reading import ResourceReader, fetch_value
from apps.shared.rows.statements import Arguments
from apps.shared.rows.writing import insert_row, update_row

MAX_BATCH = 1000


class Resource(ResourceReader):
    """The rows of one table, as a caller may read and write them.

    What they may see and not change is Forbidden.
    """

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
        args = Arguments()
        write = insert_row(self.table, values, args, self.reference_condition(values, viewer, args))
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
            args = Arguments()
            where = f"{self.key_condition(key, args)} AND {self.write_condition(viewer, args)}"
            where += f" AND {self.reference_condition(values, viewer, args)}"
            # A change of nothing is one as well: who may not change the row is told so.
            write = update_row(self.table, values, args, where)
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
            gone = await fetch_value(
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
                f"The {self.noun} has changed since you read it. Fetch it and try again."
            )

    async def _lock(self, viewer: Viewer, key: UUID | str) -> bool:
        """Whether there is such a row that they may change."""
        args = Arguments()
        where = f"{self.key_condition(key, args)} AND {self.write_condition(viewer, args)}"
        query = f"SELECT t.id FROM {self.tablename} t WHERE {where} FOR UPDATE"
        return await fetch_value(query, args) is not None

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
