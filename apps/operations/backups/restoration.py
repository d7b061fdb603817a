"""Replaces the current database with a backup, and keeps it until the next restore.

The backup is restored into a second database, and the two are swapped in one transaction: whenever
a process is killed, a complete database is in place.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import asyncpg

from apps.operations.backups.addresses import database_name, with_database
from apps.operations.backups.clusters import (
    choose_aside_folder,
    find_fault,
    open_present_server,
    start_new_server,
)
from apps.operations.backups.databases import FAILURES, Databases, connect_unhurried
from apps.operations.backups.disk_space import check_room
from apps.operations.backups.manifest import (
    Manifest,
    ProgressCallback,
    format_megabytes,
    reject_newer,
)
from apps.operations.backups.verification import NAME_BYTES, check_file, load_and_compare
from apps.shared.db.engine import CONNECT_SECONDS, get_engine
from apps.shared.db.migrations import apply_migrations
from apps.shared.errors import Conflict
from apps.shared.secret_keys import SecretsUnavailable
from apps.shared.secrets import load_keys

Say = Callable[[str], None]

# PostgreSQL's estimates: counting would take minutes.
HELD = """
SELECT coalesce(sum(greatest(n_live_tup, reltuples, 0)), 0)::bigint
FROM pg_class JOIN pg_stat_user_tables s ON s.relid = oid
"""


class Names(NamedTuple):
    present: str
    scratch: str
    old: str

    @classmethod
    def of(cls, dsn: str) -> "Names":
        name = database_name(dsn)
        names = cls(name, f"{name}_restoring", f"{name}_old")
        if len(names.scratch.encode()) > NAME_BYTES:
            raise Conflict(
                f"The database name {name} is too long to create {names.scratch} beside it: rename "
                "it first."
            )
        return names


class Restore:
    """Restores one file; calls `say` before each step."""

    def __init__(self, file: Path, manifest: Manifest, say: Say, report: ProgressCallback) -> None:
        self.file = file
        self.manifest = manifest
        self.say = say
        self.report = report

    async def run(self, dsn: str, *, discard_old: bool) -> None:
        """`dsn` names the database to replace, which need not exist.

        Raises Conflict, Forbidden, NotABackup and ToolFailed, and what asyncpg raises. Then the
        current database is unchanged.
        """
        names = Names.of(dsn)
        async with Databases.beside(dsn) as databases:
            await databases.lock(names.present)
            await databases.check_rights(*names)
            await databases.check_kept(names.old)
            await databases.check_version(self.manifest.postgres)
            try:
                await self._fill(databases, names, with_database(dsn, names.scratch))
                await self._swap(databases, names)
            except BaseException:
                with suppress(*FAILURES):
                    await databases.drop(names.scratch)
                raise
            if discard_old:
                self.say(f"Dropping {names.old}.")
                await databases.drop(names.old)

    async def _fill(self, databases: Databases, names: Names, scratch: str) -> None:
        self.say(f"Creating the database {names.scratch}.")
        await databases.drop(names.scratch)  # A killed restore may have left it.
        await databases.create(names.scratch, like=names.present)
        self.say("Restoring, then comparing all rows.")
        await load_and_compare(self.file, self.manifest, scratch, self.report)
        self.say("All rows match the backup.")
        with get_engine().using_database(scratch):
            await apply_migrations(self.say)
        self.say("Collecting statistics for the query planner.")
        await _analyze_database(scratch)
        await databases.copy_rights_and_settings(names.present, names.scratch)

    async def _swap(self, databases: Databases, names: Names) -> None:
        if await databases.exists(names.old):
            self.say(f"Dropping {names.old}, kept by an earlier restore.")
            await databases.drop(names.old)
        self.say(f"Replacing {names.present}.")
        await databases.swap(names.scratch, names.present, names.old)


async def restore_file(
    file: Path,
    agree: Callable[[], Awaitable[bool]],
    *,
    discard_old: bool = False,
    say: Say = print,
    report: ProgressCallback = lambda _: None,
) -> bool:
    """Returns whether `agree` confirmed it, once everything is printed. Raises what `Restore` does.

    If the embedded server is broken, a new one takes its place and the broken one's folder is kept.
    """
    say(f"Checking {file}.")
    manifest = await check_file(file)
    reject_newer(manifest, file)
    broken = await find_fault()
    check_room(manifest)
    for line in describe_backup(file, manifest):
        say(line)
    work = Restore(file, manifest, say, report)
    if broken is None:
        async with open_present_server() as dsn:
            say(await _describe_present(dsn, discard_old=discard_old))
            if not await agree():
                return False
            await work.run(dsn, discard_old=discard_old)
    else:
        target = choose_aside_folder()
        say(f"Current  {broken}\n         Its folder will be kept as {target}.")
        if not await agree():
            return False
        async with start_new_server(target, say) as dsn:
            await work.run(dsn, discard_old=False)
            async with Databases.beside(dsn) as databases:
                await databases.drop(Names.of(dsn).old)  # The empty one that a new server gets.
    say("Restored. A running program uses it from now on.")
    return True


def describe_backup(file: Path, manifest: Manifest) -> list[str]:
    """What the backup contains, and whether its secrets can be decrypted here."""
    lines = [
        f"Backup   {file}, {format_megabytes(file.stat().st_size)}, from a database of "
        f"{format_megabytes(manifest.database_bytes)}",
        f"         {manifest.rows:,} rows in {len(manifest.tables)} tables, created "
        f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC",
        f"         by Reelbase {manifest.program} on PostgreSQL {manifest.postgres}",
    ]
    if not manifest.keys:
        return [*lines, "Secrets  none"]
    try:
        at_hand = {key.id for key in load_keys()}
    except SecretsUnavailable:
        at_hand = set()
    missing = [key for key in manifest.keys if key not in at_hand]
    if not missing:
        return [*lines, f"Secrets  readable with {', '.join(manifest.keys)}"]
    return [
        *lines,
        f"Secrets  unreadable without the keys {', '.join(missing)}, which backups omit:",
        "         add them to SECRET_KEYS or to secret.key in DATA_DIR, now or later",
    ]


async def _describe_present(dsn: str, *, discard_old: bool) -> str:
    names = Names.of(dsn)
    async with Databases.beside(dsn) as databases:
        if not await databases.exists(names.present):
            return f"Current  there is no database {names.present}"
        size = format_megabytes(await databases.size(names.present))
    fate = "dropped" if discard_old else f"kept as {names.old} until the next restore"
    return f"Current  {names.present}, {size}, {await _estimate_rows(dsn)}; it will be {fate}"


async def _estimate_rows(dsn: str) -> str:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        try:
            return f"about {await connection.fetchval(HELD):,} rows"
        finally:
            connection.terminate()
    except FAILURES:
        return "unreadable"


async def _analyze_database(dsn: str) -> None:
    connection = await connect_unhurried(dsn)
    try:
        await connection.execute("ANALYZE")
    finally:
        connection.terminate()
