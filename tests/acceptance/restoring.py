"""A library on a server of its own, backups of it, and what it holds."""

import contextlib
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from piccolo.apps.migrations.commands.backwards import run_backwards

import piccolo_conf
from apps.operations.backups.archive import ArchiveWriter, read_dump, read_manifest
from apps.operations.backups.checksums import measure_tables
from apps.operations.backups.creation import create_backup_at
from apps.operations.backups.databases import KEPT
from apps.operations.backups.restoration import restore_file
from apps.shared.db.migrations import apply_migrations, list_known_migrations
from tests.factories import make_chunk, make_user, make_video
from tests.processes import PICCOLO, PostgresServer

RESTORE = [*PICCOLO, "project", "restore"]

State = dict[str, tuple[int, str]]
"""Table → its rows and their checksum."""


async def state(dsn: str) -> State:
    """But for the migrations: when they were run is another moment in each database."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await measure_tables(connection)
    finally:
        await connection.close()
    return {
        table.name: (table.rows, table.checksum) for table in tables if table.name != "migration"
    }


async def videos(dsn: str, *, number: int) -> None:
    """More of them, with a chunk each."""
    with piccolo_conf.DB.using_database(dsn):
        await make_user()
        for _ in range(number):
            await make_video(tags=["a", "é"], metadata='{"n": 1.50}')
        await make_chunk()


async def restored(file: Path, dsn: str, *, discard_old: bool = False) -> list[str]:
    """What was said, line by line."""
    said: list[str] = []
    with piccolo_conf.DB.using_database(dsn):
        assert await restore_file(file, yes, discard_old=discard_old, say=said.append)
    return said


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


def rewritten(backup: Path, file: Path, **changes: Any) -> Path:
    """The same dump with a manifest that says something else."""
    with file.open("wb") as raw, ArchiveWriter(raw) as writer:
        for block in read_dump(backup):
            writer.write(block)
        writer.finish(msgspec.structs.replace(read_manifest(backup), **changes))
    return file


async def undo_newest_migration() -> None:
    app, migration = max(list_known_migrations(), key=lambda known: known[1])
    with contextlib.redirect_stdout(io.StringIO()):
        assert (await run_backwards(app, migration, auto_agree=True)).success


class Library:
    """Its present state is `before`. `backup` is of the state `after`, and so is `older`, which
    the program before the newest migration has made.
    """

    NAME = "library"
    KEPT = "kept"

    before: State
    after: State

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.url = server.url(database=self.NAME)
        self.backup = folder / "backup.zip"
        self.older = folder / "older.zip"

    async def make(self) -> None:
        await self.ask(f"CREATE DATABASE {self.NAME}")
        with piccolo_conf.DB.using_database(self.url):
            await apply_migrations(lambda _: None)
            await videos(self.url, number=3)
            self.after = await state(self.url)
            await create_backup_at(self.backup)
            await undo_newest_migration()
            await create_backup_at(self.older)
            await apply_migrations(lambda _: None)
        await videos(self.url, number=2)
        self.before = await state(self.url)
        await self.ask(f"ALTER DATABASE {self.NAME} RENAME TO {self.KEPT}")

    async def reset(self) -> None:
        """As before any restore, but that an earlier one has kept another database."""
        for name in await self.databases():
            await self.ask(f"DROP DATABASE {name} WITH (FORCE)")
        await self.ask(f"CREATE DATABASE {self.NAME} TEMPLATE {self.KEPT}")
        await self.ask(f"CREATE DATABASE {self.NAME}_old TEMPLATE template0")
        await self.ask(f"COMMENT ON DATABASE {self.NAME}_old IS '{KEPT}'")

    async def databases(self) -> list[str]:
        rows = await self.ask(
            f"SELECT datname FROM pg_database WHERE datname ~ '^{self.NAME}' ORDER BY datname"
        )
        return [row["datname"] for row in rows]

    async def ask(self, query: str, *values: Any) -> list[Any]:
        async with self.connection() as connection:
            return list(await connection.fetch(query, *values))

    @asynccontextmanager
    async def connection(self, database: str = "postgres") -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self.server.url(database=database))
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def library_server(folder: Path) -> Iterator[Library]:
    server = PostgresServer(folder)
    server.start()
    try:
        yield Library(server, folder)
    finally:
        server.stop()
