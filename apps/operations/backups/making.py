"""A backup: one moment of the database in one file, while others go on writing."""

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
from apps.operations.backups.archive import BLOCK_BYTES, Writer
from apps.operations.backups.checksums import measure
from apps.operations.backups.manifest import Manifest, Report, TableState, megabytes
from apps.operations.backups.tools import running
from apps.shared.db.engine import CONNECT_SECONDS, get_engine
from apps.shared.errors import Conflict
from apps.shared.secrets import ENVELOPE_PATTERN

# On a connection of its own: it lasts as long as the backup.
SESSION = {
    "application_name": "reelbase backup",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
}

# Without indexes, which a dump leaves out; what it holds is compressed, and so takes less.
TABLES_BYTES = """
SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class
WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
"""

DATABASE_BYTES = "SELECT pg_database_size(current_database())"


class Made(NamedTuple):
    """`removed` are older backups of which there were enough."""

    file: Path
    manifest: Manifest
    removed: list[Path]


async def backup_to(file: Path, report: Report = lambda _: None) -> Made:
    """Raises Conflict, CannotWrite, ToolFailed, and what asyncpg raises."""
    if not file.parent.is_dir():
        raise Conflict(f"The folder {file.parent} does not exist: make it, or name another.")
    return Made(file, await _make(file, report), [])


async def backup(kept: int, report: Report = lambda _: None) -> Made:
    """To the folder of backups, of which the newest `kept` stay. Raises what `backup_to` does."""
    folder = folders.backup_folder()
    folders.make_folder(folder)
    folders.forget_unfinished(folder)
    file = folders.free_name(folder, datetime.now(UTC))
    manifest = await _make(file, report)
    return Made(file, manifest, folders.keep_newest(kept, file))


async def _make(file: Path, report: Report) -> Manifest:
    made_at = datetime.now(UTC)
    async with _snapshot(await get_engine().address.dsn()) as (connection, snapshot):
        folders.require_space(file.parent, await connection.fetchval(TABLES_BYTES))
        with folders.written_beside(file) as raw, Writer(raw) as writer:
            tables = await _dump_and_measure(connection, snapshot, writer, report)
            manifest = Manifest(
                postgres=await connection.fetchval("SHOW server_version"),
                made_at=made_at,
                migrations=await _migrations(connection),
                dump_bytes=writer.dump_bytes,
                dump_sha256=writer.dump_sha256,
                database_bytes=await connection.fetchval(DATABASE_BYTES),
                tables=tables,
                keys=await _key_ids(connection),
            )
            writer.finish(manifest)
            raw.flush()
            # Beside the event loop, which may be serving: the end of the block has little left.
            await asyncio.to_thread(os.fsync, raw.fileno())
    return manifest


@asynccontextmanager
async def _snapshot(dsn: str) -> AsyncIterator[tuple[Any, str]]:
    """A connection that sees one moment only, and the name by which others see the same."""
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, server_settings=SESSION)
    try:
        await connection.transaction(isolation="repeatable_read", readonly=True).start()
        yield connection, await connection.fetchval("SELECT pg_export_snapshot()")
    finally:
        # Nothing was written that a COMMIT would keep.
        connection.terminate()


async def _dump_and_measure(
    connection: Any, snapshot: str, writer: Writer, report: Report
) -> list[TableState]:
    measured: list[TableState] = []

    def tell() -> None:
        written = megabytes(writer.dump_bytes)
        report(f"{written} written, checksums of {len(measured)} tables")

    def note(table: TableState) -> None:
        measured.append(table)
        tell()

    measuring = asyncio.create_task(measure(connection, note))
    try:
        arguments = ("--format=custom", "--compress=gzip:1", f"--snapshot={snapshot}")
        dsn = await get_engine().address.dsn()
        server = connection.get_server_version().major
        async with running("pg_dump", *arguments, dsn=dsn, server=server) as (output, _):
            while block := await output.read(BLOCK_BYTES):
                writer.write(block)
                tell()
        return await measuring
    finally:
        measuring.cancel()
        await asyncio.wait([measuring])


async def _migrations(connection: Any) -> list[tuple[str, str]]:
    if not await connection.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
        return []
    rows = await connection.fetch("SELECT app_name, name FROM migration")
    return sorted((row["app_name"], row["name"]) for row in rows)


async def _key_ids(connection: Any) -> list[str]:
    """Of the keys that the secrets are encrypted with: without them they cannot be read."""
    found: set[str] = set()
    for column in SECRET_COLUMNS:
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", column.table):
            query = (
                f"SELECT DISTINCT {column.key_id} FROM {column.table} t WHERE {column.secret} ~ $1"
            )
            found |= {row[0] for row in await connection.fetch(query, f"^{ENVELOPE_PATTERN}$")}
    return sorted(found)
