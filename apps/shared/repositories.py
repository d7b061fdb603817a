"""What every repository can do. Rows leave as JSON that PostgreSQL itself has written."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec
from piccolo.columns import JSON, JSONB, Column

from apps.shared.engine import engine
from apps.shared.errors import NotFound
from apps.shared.tables import Record, columns_in, names, visible_columns

TableT = TypeVar("TableT", bound=Record)

MAX_PAGE = 200


class Repository(Generic[TableT]):
    """Create, read, change, delete and page one table; subclasses add queries by name.

    `hidden` columns are in no answer; `heavy` ones are left out of pages. `computed` maps a further
    field to its SQL, in which the row is `t` and `joins` may add tables.
    """

    table: ClassVar[type[Record]]
    noun: ClassVar[str]
    hidden: ClassVar[tuple[str, ...]] = ()
    heavy: ClassVar[tuple[str, ...]] = ()
    computed: ClassVar[Mapping[str, str]] = {}
    joins: ClassVar[str] = ""

    def __init__(self) -> None:
        self.tablename = self.table._meta.tablename

    def not_found(self, key: object) -> NotFound:
        return NotFound(f"There is no {self.noun} {key}.")

    async def get(self, row_id: UUID) -> TableT:
        """Raises NotFound."""
        row = await self.table.objects().get(self.table.id == row_id)
        if row is None:
            raise self.not_found(row_id)
        return row  # type: ignore[return-value]  # `table` is TableT, which a ClassVar cannot say.

    async def check_exists(self, row_id: UUID) -> None:
        """Raises NotFound."""
        if not await self.table.exists().where(self.table.id == row_id):
            raise self.not_found(row_id)

    async def create(self, **values: Any) -> TableT:
        row = self.table(**values)
        await row.save()
        return row  # type: ignore[return-value]  # As in `get`.

    async def update(self, row_id: UUID, **values: Any) -> TableT:
        """Raises NotFound."""
        rows = (
            await self.table.update(**values)
            .where(self.table.id == row_id)
            .returning(*self.table.all_columns())
        )
        if not rows:
            raise self.not_found(row_id)
        return self.table(**rows[0], _exists_in_db=True)  # type: ignore[return-value]  # As in `get`.

    async def get_json(self, row_id: UUID) -> bytes:
        """Raises NotFound."""
        return await self._one_json("t.id = $1", row_id)

    async def _one_json(self, condition: str, *values: Any) -> bytes:
        query = (
            f"SELECT row_to_json(r)::text FROM (SELECT {self._fields()} "
            f"FROM {self.tablename} t {self.joins} WHERE {condition}) r"
        )
        async with engine().connection() as connection:
            found = await connection.fetchval(query, *values)
        if found is None:
            raise self.not_found(values[0])
        return str(found).encode()

    async def create_json(self, values: Mapping[str, Any]) -> bytes:
        columns = columns_in(self.table, values)
        if columns:
            into = ", ".join(f'"{column._meta.name}"' for column in columns)
            places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
            write = f"INSERT INTO {self.tablename} ({into}) VALUES ({places}) RETURNING *"
        else:
            write = f"INSERT INTO {self.tablename} DEFAULT VALUES RETURNING *"
        return await self._write_json(write, encode(columns, values)) or b""

    async def update_json(self, row_id: UUID, values: Mapping[str, Any]) -> bytes:
        """Changes just `values`. Raises NotFound."""
        columns = columns_in(self.table, values)
        if not columns:
            return await self.get_json(row_id)
        changes = ", ".join(
            f'"{column._meta.name}" = ${place}' for place, column in enumerate(columns, start=2)
        )
        write = f"UPDATE {self.tablename} SET {changes} WHERE id = $1 RETURNING *"
        written = await self._write_json(write, [row_id, *encode(columns, values)])
        if written is None:
            raise self.not_found(row_id)
        return written

    async def _write_json(self, write: str, arguments: Sequence[Any]) -> bytes | None:
        query = (
            f"WITH t AS ({write}) "
            f"SELECT row_to_json(r)::text FROM (SELECT {self._fields()} FROM t {self.joins}) r"
        )
        async with engine().connection() as connection:
            written = await connection.fetchval(query, *arguments)
        return None if written is None else str(written).encode()

    async def delete(self, row_id: UUID) -> None:
        """Takes along what the foreign keys say. Raises NotFound."""
        gone = await self.table.delete().where(self.table.id == row_id).returning(self.table.id)
        if not gone:
            raise self.not_found(row_id)

    async def page_json(
        self, *, limit: int = 50, cursor: UUID | None = None, equal: Mapping[str, Any] | None = None
    ) -> bytes:
        """`{"items": […], "next": cursor or null}`, oldest first, after the row `cursor`.

        `equal` maps a column (or a computed field) to the value it must have; None is no condition.
        One statement, however long the page; a cursor stays good while rows come and go.
        """
        conditions, values = ["TRUE"], [limit]
        if cursor is not None:
            values.append(cursor)  # type: ignore[arg-type]  # A list of whatever the query takes.
            conditions.append(f"t.id > ${len(values)}")
        for name, value in (equal or {}).items():
            if value is not None:
                values.append(value)
                conditions.append(f"{self.computed.get(name, f't.{name}')} = ${len(values)}")
        query = f"""
            WITH page AS (
                SELECT {self._fields(page=True)} FROM {self.tablename} t {self.joins}
                WHERE {" AND ".join(conditions)} ORDER BY t.id LIMIT $1 + 1
            ), shown AS (SELECT * FROM page ORDER BY id LIMIT $1)
            SELECT json_build_object(
                'items', coalesce((SELECT json_agg(shown ORDER BY id) FROM shown), '[]'),
                'next', CASE WHEN (SELECT count(*) FROM page) > $1
                        THEN (SELECT id FROM shown ORDER BY id DESC LIMIT 1) END)::text"""
        async with engine().connection() as connection:
            return str(await connection.fetchval(query, *values)).encode()

    def _fields(self, *, page: bool = False) -> str:
        hidden = (*self.hidden, *self.heavy) if page else self.hidden
        shown = [f't."{name}"' for name in names(visible_columns(self.table, hidden))]
        shown += [f"{sql} AS {name}" for name, sql in self.computed.items()]
        return ", ".join(shown)


def encode(columns: Sequence[Column], values: Mapping[str, Any]) -> list[Any]:
    """The values in the order of the columns, as asyncpg takes them: JSON as text."""
    return [
        msgspec.json.encode(values[column._meta.name]).decode()
        if isinstance(column, JSON | JSONB)
        else values[column._meta.name]
        for column in columns
    ]
