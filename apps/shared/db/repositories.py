"""What every repository can do."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec
from asyncpg.pgproto.pgproto import UUID as QuickUUID  # noqa: N811  # A class.
from piccolo.columns import JSON, JSONB, Column

from apps.shared.db.tables import Record, get_nouns
from apps.shared.errors import NotFound

TableT = TypeVar("TableT", bound=Record)


class Repository(Generic[TableT]):
    """Create, read, change and delete rows of one table; subclasses add queries by name."""

    table: ClassVar[type[Record]]
    noun: ClassVar[str]
    """What one row is called."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "table" in vars(cls):
            cls.noun = get_nouns(cls.table)[0]

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

    async def create(self, **values: Any) -> TableT:
        """The row as stored, including defaults."""
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

    async def delete(self, row_id: UUID) -> None:
        """Cascades as the foreign keys say. Raises NotFound."""
        gone = await self.table.delete().where(self.table.id == row_id).returning(self.table.id)
        if not gone:
            raise self.not_found(row_id)


def encode_row(columns: Sequence[Column], values: Mapping[str, Any]) -> list[Any]:
    """The values in column order, as asyncpg takes them: JSON as text.

    None becomes SQL's null in a nullable column, and JSON's null in any other.
    """
    return [_encode_value(column, values[column._meta.name]) for column in columns]


def _encode_value(column: Column, value: Any) -> Any:
    if isinstance(column, JSON | JSONB) and not (value is None and column._meta.null):
        return msgspec.json.encode(value).decode()
    return value


def parse_key(key: UUID | str) -> UUID | str:
    """An id if it looks like one, else an identifier."""
    return key if isinstance(key, UUID) else parse_uuid(key) or key


def parse_uuid(key: str) -> UUID | None:
    """Accepts only the canonical form: UUID() would accept some identifiers, too.

    Returns asyncpg's own UUID, which is parsed and encoded in an eighth of the time.
    """
    try:
        return row_id if str(row_id := QuickUUID(key)) == key.lower() else None
    except ValueError:
        return None
