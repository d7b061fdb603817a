"""Whether a backup can be relied on: that it is whole, and that it restores to what it was."""

import asyncio
from pathlib import Path
from typing import Any

from apps.operations.backups.addresses import database_name, with_database
from apps.operations.backups.archive import check_digest, dump_blocks, peek
from apps.operations.backups.checksums import measure
from apps.operations.backups.databases import Databases, connect
from apps.operations.backups.manifest import Manifest, NotABackup, Report, megabytes
from apps.operations.backups.room import require_room
from apps.operations.backups.tools import running
from apps.shared.db.engine import get_engine

NAME_BYTES = 63
"""PostgreSQL cuts off the rest of a longer name, which may leave another database's."""


async def check(file: Path) -> Manifest:
    """Reads the whole file. Raises NotABackup, also where a single bit of it has changed."""
    await asyncio.to_thread(check_digest, file)
    return peek(file)


async def load(file: Path, dsn: str, server: int, report: Report = lambda _: None) -> None:
    """Fills the empty database at `dsn`, on a server of that major version.

    Raises NotABackup and ToolFailed; what is then in the database is of no use.
    """
    total, restored = peek(file).dump_bytes, 0
    arguments = ("--exit-on-error", "--no-owner", "--no-privileges")
    async with running("pg_restore", *arguments, dsn=dsn, server=server) as (_, dump):
        for block in dump_blocks(file):
            dump.write(block)
            await dump.drain()
            restored += len(block)
            report(f"{megabytes(restored)} of {megabytes(total)} restored")


async def compare(manifest: Manifest, connection: Any) -> list[str]:
    """The tables that have other columns or rows than the backup had, or are not there."""
    found = {table.name: table for table in await measure(connection)}
    backed_up = {table.name: table for table in manifest.tables}
    names = sorted(found.keys() | backed_up.keys())
    return [name for name in names if found.get(name) != backed_up.get(name)]


async def load_and_compare(
    file: Path, manifest: Manifest, dsn: str, report: Report = lambda _: None
) -> None:
    """Raises what `load` does, and NotABackup for what is not as it was."""
    connection = await connect(dsn)
    try:
        await load(file, dsn, connection.get_server_version().major, report)
        different = await compare(manifest, connection)
    finally:
        connection.terminate()
    if different:
        raise NotABackup(
            f"{file} does not restore to what was backed up. Different: {', '.join(different)}."
        )


async def verify(file: Path, report: Report = lambda _: None) -> Manifest:
    """Restores into a database of its own, which is dropped again.

    Raises NotABackup, NoRoom, ToolFailed, Conflict and Forbidden, and what asyncpg raises.
    """
    manifest = await check(file)
    require_room(manifest)
    dsn = await get_engine().address.dsn()
    present = database_name(dsn)
    scratch = name_beside(present, "_verifying")
    async with Databases.beside(dsn) as databases:
        await databases.lock(scratch)
        await databases.check_rights(scratch)
        await databases.check_version(manifest.postgres)
        await databases.drop(scratch)  # A killed one's.
        await databases.create(scratch, like=present)
        try:
            await load_and_compare(file, manifest, with_database(dsn, scratch), report)
        finally:
            await databases.drop(scratch)
    return manifest


def name_beside(name: str, suffix: str) -> str:
    room = NAME_BYTES - len(suffix.encode())
    return name.encode()[:room].decode(errors="ignore") + suffix
