"""What every repository can do. Rows leave as JSON that PostgreSQL itself has written."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from piccolo.columns import JSON, JSONB, Column

from apps.shared.engine import engine
from apps.shared.errors import NotFound
from apps.shared.tables import Record, columns_in, names, visible_columns

TableT = TypeVar("TableT", bound=Record)

MAX_PAGE = 200


class Owner(NamedTuple):
    """Whose rows a page has: those that name `key`'s row in their column `by`."""

    rows: "Repository[Any]"
    key: UUID | str
    by: str


class Repository(Generic[TableT]):
    """Create, read, change, delete and page one table; subclasses add queries by name.

    `hidden` columns are in no answer; `heavy` ones are left out of pages. `computed` maps a further
    field, or a column that is shown as something else, to its SQL, in which the row is `t` and
    `joins` may add tables. `identifier` is the column by which a row may be addressed besides its
    id.
    """

    table: ClassVar[type[Record]]
    noun: ClassVar[str]
    hidden: ClassVar[tuple[str, ...]] = ()
    heavy: ClassVar[tuple[str, ...]] = ()
    computed: ClassVar[Mapping[str, str]] = {}
    joins: ClassVar[str] = ""
    identifier: ClassVar[str | None] = None

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

    async def find_id(self, key: UUID | str) -> UUID:
        """The id of the row with this id or identifier. Raises NotFound."""
        key = as_key(key)
        async with engine().connection() as connection:
            found = await connection.fetchval(self.select_id(key, 1), key)
        if found is None:
            raise self.not_found(key)
        return UUID(str(found))

    def _address(self, key: UUID | str) -> str:
        return "id" if isinstance(key, UUID) else str(self.identifier)

    async def create(self, **values: Any) -> TableT:
        """The row as PostgreSQL has it, with what that has filled in."""
        rows = await self.table.insert(self.table(**values)).returning(*self.table.all_columns())
        return self.table(**rows[0], _exists_in_db=True)  # type: ignore[return-value]  # As in `get`.

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

    async def get_json(self, key: UUID | str) -> bytes:
        """By id or identifier. Raises NotFound."""
        key = as_key(key)
        found = await self._one_json(f"t.{self._address(key)} = $1", key)
        if found is None:
            raise self.not_found(key)
        return found

    async def get_related_json(self, owner: Owner) -> bytes:
        """The only row that an owner can have. Raises NotFound when it has none, or is none."""
        select_owner = owner.rows.select_id(owner.key, 1)
        found = await self._one_json(f"t.{owner.by} = ({select_owner})", owner.key)
        if found is None:
            await owner.rows.find_id(owner.key)
            raise NotFound(f"The {owner.rows.noun} {owner.key} has no {self.noun}.")
        return found

    def select_id(self, key: UUID | str, place: int) -> str:
        return f"SELECT id FROM {self.tablename} WHERE {self._address(key)} = ${place}"

    async def _one_json(self, condition: str, *values: Any) -> bytes | None:
        query = (
            f"SELECT row_to_json(r)::text FROM (SELECT {self._fields()} "
            f"FROM {self.tablename} t {self.joins} WHERE {condition}) r"
        )
        async with engine().connection() as connection:
            found = await connection.fetchval(query, *values)
        return None if found is None else str(found).encode()

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
        self,
        *,
        limit: int = 50,
        cursor: UUID | None = None,
        equal: Mapping[str, Any] | None = None,
        owner: Owner | None = None,
    ) -> bytes:
        """`{"items": […], "next": cursor or null}`, oldest first, after the row `cursor`.

        `equal` maps a column (or a computed field) to the value it must have; None is no condition.
        One statement, however long the page; a cursor stays good while rows come and go. Raises
        NotFound when there is no such owner.
        """
        values: list[Any] = [limit]
        conditions = ["TRUE"]

        def place(value: Any) -> str:
            values.append(value)
            return f"${len(values)}"

        if cursor is not None:
            conditions.append(f"t.id > {place(cursor)}")
        for name, value in (equal or {}).items():
            if value is not None:
                conditions.append(f"{self.computed.get(name, f't.{name}')} = {place(value)}")
        answer = """json_build_object(
            'items', coalesce((SELECT json_agg(shown ORDER BY id) FROM shown), '[]'),
            'next', CASE WHEN (SELECT count(*) FROM page) > $1
                    THEN (SELECT id FROM shown ORDER BY id DESC LIMIT 1) END)::text"""
        if owner:
            found = owner.rows.select_id(owner.key, len(values) + 1)
            conditions.append(f"t.{owner.by} = ({found})")
            values.append(owner.key)
            answer = f"CASE WHEN EXISTS ({found}) THEN {answer} END"
        query = f"""
            WITH page AS (
                SELECT {self._fields(page=True)} FROM {self.tablename} t {self.joins}
                WHERE {" AND ".join(conditions)} ORDER BY t.id LIMIT $1 + 1
            ), shown AS (SELECT * FROM page ORDER BY id LIMIT $1)
            SELECT {answer}"""
        async with engine().connection() as connection:
            page = await connection.fetchval(query, *values)
        if owner and page is None:
            raise owner.rows.not_found(owner.key)
        return str(page).encode()

    def _fields(self, *, page: bool = False) -> str:
        hidden = (*self.hidden, *self.heavy) if page else self.hidden
        hidden = (*hidden, *self.computed)
        shown = [f't."{name}"' for name in names(visible_columns(self.table, hidden))]
        shown += [f"{sql} AS {name}" for name, sql in self.computed.items()]
        return ", ".join(shown)


def encode(columns: Sequence[Column], values: Mapping[str, Any]) -> list[Any]:
    """The values in the order of the columns, as asyncpg takes them: JSON as text.

    None is null to SQL where the column may be that, else the null of JSON.
    """
    return [_encoded(column, values[column._meta.name]) for column in columns]


def _encoded(column: Column, value: Any) -> Any:
    if isinstance(column, JSON | JSONB) and not (value is None and column._meta.null):
        return msgspec.json.encode(value).decode()
    return value


def as_key(key: UUID | str) -> UUID | str:
    """An id where it has the form of one, else an identifier."""
    return key if isinstance(key, UUID) else as_uuid(key) or key


def as_uuid(key: str) -> UUID | None:
    """Just the usual form: Python takes some identifiers, as `----` and 32 digits, for one."""
    try:
        return row_id if str(row_id := UUID(key)) == key.lower() else None
    except ValueError:
        return None
