"""The schema that the tables declare, made without any migration."""

from itertools import chain

from piccolo.conf.apps import Finder
from piccolo.table import create_db_tables

from apps.shared.db.engine import get_engine
from apps.shared.db.tables import FUNCTIONS, Record, Sql


def record_classes() -> list[type[Record]]:
    """Every table of every app."""
    return [table for table in Finder().get_table_classes() if issubclass(table, Record)]


async def create_declared_schema() -> None:
    """Needs an empty schema. A migrated database looks the same, or the two have drifted."""
    tables = record_classes()
    await run_statements(FUNCTIONS, *(table.functions for table in tables))
    await create_db_tables(*tables)
    await run_statements(*(table.extras for table in tables))


async def run_statements(*groups: tuple[Sql, ...]) -> None:
    async with get_engine().connection() as connection:
        for sql in chain(*groups):
            await connection.execute(sql.create)
