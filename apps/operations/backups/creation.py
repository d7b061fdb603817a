"""Creates a backup: a consistent snapshot of the database in one file."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from apps.configuration.secret_columns import SECRET_COLUMNS
from apps.operations.backups import folder as folders
from apps.operations.backups.archive import BLOCK_BYTES, ArchiveWriter
from apps.operations.backups.checksums import measure_tables
from apps.operations.backups.manifest import (
    Manifest,
    ProgressCallback,
    TableState,
    format_megabytes,
)
from apps.operations.backups.tools import run_tool
from apps.shared.db.engine import CONNECT_SECONDS, get_engine
from apps.shared.errors import Conflict
from apps.shared.secrets import ENVELOPE_PATTERN

# The connection stays open as long as the backup takes.
SESSION = {
    "application_name": "reelbase backup",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
}

# An upper bound: a dump omits indexes and is compressed.
TABLES_BYTES = """
SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class
WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
"""

DATABASE_BYTES = "SELECT pg_database_size(current_database())"


class CreatedBackup(NamedTuple):
    """`removed` are the older backups that it replaced."""

    file: Path
    manifest: Manifest
    removed: list[Path]


async def create_backup_at(file: Path, report: ProgressCallback = lambda _: None) -> CreatedBackup:
    """Raises Conflict, CannotWrite, ToolFailed, and what asyncpg raises."""
    if not file.parent.is_dir():
        raise Conflict(f"The folder {file.parent} does not exist: create it, or choose another.")
    return CreatedBackup(file, await _write_backup(file, report), [])


async def create_backup(kept: int, report: ProgressCallback = lambda _: None) -> CreatedBackup:
    """Writes to the backup folder and keeps the newest `kept`. Raises as `create_backup_at`."""
    folder = folders.get_backup_folder()
    folders.make_folder(folder)
    folders.remove_unfinished(folder)
    file = folders.choose_name(folder, datetime.now(UTC))
    manifest = await _write_backup(file, report)
    return CreatedBackup(file, manifest, folders.remove_oldest(kept, file))


async def _write_backup(file: Path, report: ProgressCallback) -> Manifest:
    made_at = datetime.now(UTC)
    async with _open_snapshot(await get_engine().address.dsn()) as (connection, snapshot):
        folders.check_space(file.parent, await connection.fetchval(TABLES_BYTES))
        with folders.write_atomically(file) as raw, ArchiveWriter(raw) as writer:
            tables = await _dump_and_measure(connection, snapshot, writer, report)
            manifest = Manifest(
                postgres=await connection.fetchval("SHOW server_version"),
                made_at=made_at,
                migrations=await _list_migrations(connection),
                dump_bytes=writer.dump_bytes,
                dump_sha256=writer.dump_sha256,
                database_bytes=await connection.fetchval(DATABASE_BYTES),
                tables=tables,
                keys=await _list_key_ids(connection),
            )
            writer.finish(manifest)
            raw.flush()
            # In a thread, as the event loop may be serving; the rest of the block is quick.
            await asyncio.to_thread(os.fsync, raw.fileno())
    return manifest


@asynccontextmanager
async def _open_snapshot(dsn: str) -> AsyncIterator[tuple[Any, str]]:
    """A connection with a snapshot, and the snapshot's name for other connections."""
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, server_settings=SESSION)
    try:
        await connection.transaction(isolation="repeatable_read", readonly=True).start()
        yield connection, await connection.fetchval("SELECT pg_export_snapshot()")
    finally:
        # Nothing to commit.
        connection.terminate()


async def _dump_and_measure(
    connection: Any, snapshot: str, writer: ArchiveWriter, report: ProgressCallback
) -> list[TableState]:
    measured: list[TableState] = []

    def tell() -> None:
        written = format_megabytes(writer.dump_bytes)
        report(f"{written} written, {len(measured)} tables checksummed")

    def note(table: TableState) -> None:
        measured.append(table)
        tell()

    measuring = asyncio.create_task(measure_tables(connection, note))
    try:
        arguments = ("--format=custom", "--compress=gzip:1", f"--snapshot={snapshot}")
        dsn = await get_engine().address.dsn()
        server = connection.get_server_version().major
        async with run_tool("pg_dump", *arguments, dsn=dsn, server=server) as (output, _):
            while block := await output.read(BLOCK_BYTES):
                writer.write(block)
                tell()
        return await measuring
    finally:
        measuring.cancel()
        await asyncio.wait([measuring])


async def _list_migrations(connection: Any) -> list[tuple[str, str]]:
    if not await connection.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
        return []
    rows = await connection.fetch("SELECT app_name, name FROM migration")
    return sorted((row["app_name"], row["name"]) for row in rows)


async def _list_key_ids(connection: Any) -> list[str]:
    """Ids of the keys that the stored secrets are encrypted with."""
    found: set[str] = set()
    for column in SECRET_COLUMNS:
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", column.table):
            query = (
                f"SELECT DISTINCT {column.key_id} FROM {column.table} t WHERE {column.secret} ~ $1"
            )
            found |= {row[0] for row in await connection.fetch(query, f"^{ENVELOPE_PATTERN}$")}
    return sorted(found)
