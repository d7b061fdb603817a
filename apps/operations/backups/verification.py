"""Verifies that a backup is intact, and that restoring it reproduces the database."""

import asyncio
from pathlib import Path
from typing import Any

from apps.operations.backups.addresses import database_name, with_database
from apps.operations.backups.archive import check_digest, read_dump, read_manifest
from apps.operations.backups.checksums import measure_tables
from apps.operations.backups.databases import Databases, connect_unhurried
from apps.operations.backups.disk_space import check_room
from apps.operations.backups.manifest import (
    Manifest,
    NotABackup,
    ProgressCallback,
    format_megabytes,
)
from apps.operations.backups.tools import run_tool
from apps.shared.db.engine import get_engine

NAME_BYTES = 63
"""PostgreSQL truncates longer names, which might leave another database's name."""


async def check_file(file: Path) -> Manifest:
    """Reads the whole file. Raises NotABackup if even a single bit has changed."""
    await asyncio.to_thread(check_digest, file)
    return read_manifest(file)


async def load_dump(
    file: Path, dsn: str, server: int, report: ProgressCallback = lambda _: None
) -> None:
    """Restores into the empty database at `dsn`; `server` is its PostgreSQL's major version.

    Raises NotABackup and ToolFailed, after which the database's contents are useless.
    """
    total, restored = read_manifest(file).dump_bytes, 0
    arguments = ("--exit-on-error", "--no-owner", "--no-privileges")
    async with run_tool("pg_restore", *arguments, dsn=dsn, server=server) as (_, dump):
        for block in read_dump(file):
            dump.write(block)
            await dump.drain()
            restored += len(block)
            report(f"{format_megabytes(restored)} of {format_megabytes(total)} restored")


async def find_differences(manifest: Manifest, connection: Any) -> list[str]:
    """The tables whose columns or rows differ, or which exist on one side only."""
    found = {table.name: table for table in await measure_tables(connection)}
    backed_up = {table.name: table for table in manifest.tables}
    names = sorted(found.keys() | backed_up.keys())
    return [name for name in names if found.get(name) != backed_up.get(name)]


async def load_and_compare(
    file: Path, manifest: Manifest, dsn: str, report: ProgressCallback = lambda _: None
) -> None:
    """Raises what `load_dump` raises, and NotABackup if anything differs."""
    connection = await connect_unhurried(dsn)
    try:
        await load_dump(file, dsn, connection.get_server_version().major, report)
        different = await find_differences(manifest, connection)
    finally:
        connection.terminate()
    if different:
        raise NotABackup(
            f"{file} differs from the original after restoring: {', '.join(different)}."
        )


async def verify_backup(file: Path, report: ProgressCallback = lambda _: None) -> Manifest:
    """Restores into a temporary database.

    Raises NotABackup, NoRoom, ToolFailed, Conflict and Forbidden, and what asyncpg raises.
    """
    manifest = await check_file(file)
    check_room(manifest)
    dsn = await get_engine().address.dsn()
    present = database_name(dsn)
    scratch = name_beside(present, "_verifying")
    async with Databases.beside(dsn) as databases:
        await databases.lock(scratch)
        await databases.check_rights(scratch)
        await databases.check_version(manifest.postgres)
        await databases.drop(scratch)  # A killed verification may have left it.
        await databases.create(scratch, like=present)
        try:
            await load_and_compare(file, manifest, with_database(dsn, scratch), report)
        finally:
            await databases.drop(scratch)
    return manifest


def name_beside(name: str, suffix: str) -> str:
    room = NAME_BYTES - len(suffix.encode())
    return name.encode()[:room].decode(errors="ignore") + suffix
