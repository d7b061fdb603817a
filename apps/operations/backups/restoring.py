"""A backup put in place of the present database, which stays beside it until the next restore.

Everything is done in a database beside the present one, and the two are swapped in one
transaction, so that whatever is killed whenever leaves one of them whole and in place.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import asyncpg

from apps.operations.backups.addresses import database_name, with_database
from apps.operations.backups.checking import NAME_BYTES, check, load_and_compare
from apps.operations.backups.clusters import aside, fault, new_server, present_server
from apps.operations.backups.databases import FAILURES, Databases, connect
from apps.operations.backups.manifest import Manifest, Report, megabytes, refuse_newer
from apps.operations.backups.room import require_room
from apps.shared.db.engine import CONNECT_SECONDS, get_engine
from apps.shared.db.migrations import apply_migrations
from apps.shared.errors import Conflict
from apps.shared.secret_keys import SecretsUnavailable
from apps.shared.secrets import load_keys

Say = Callable[[str], None]

# Counted rows would take minutes; these are PostgreSQL's own estimates.
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
                f"The name of the database {name} is too long for {names.scratch} beside it: "
                "rename it first."
            )
        return names


class Restore:
    """One file on its way into the database; `say` is told of each step as it begins."""

    def __init__(self, file: Path, manifest: Manifest, say: Say, report: Report) -> None:
        self.file = file
        self.manifest = manifest
        self.say = say
        self.report = report

    async def run(self, dsn: str, *, discard_old: bool) -> None:
        """`dsn` names the database to replace, which need not be there.

        Raises Conflict, Forbidden, NotABackup and ToolFailed, and what asyncpg raises. After each
        of these the present database is as it was.
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
        self.say(f"Making the database {names.scratch}.")
        await databases.drop(names.scratch)  # What an earlier restore left that was killed.
        await databases.create(names.scratch, like=names.present)
        self.say("Loading, then comparing all rows with what was backed up.")
        await load_and_compare(self.file, self.manifest, scratch, self.report)
        self.say("It holds what was backed up.")
        with get_engine().using_database(scratch):
            await apply_migrations(self.say)
        self.say("Gathering the planner's statistics.")
        await _analyze(scratch)
        await databases.copy_rights_and_settings(names.present, names.scratch)

    async def _swap(self, databases: Databases, names: Names) -> None:
        if await databases.exists(names.old):
            self.say(f"Dropping {names.old}, which an earlier restore kept.")
            await databases.drop(names.old)
        self.say(f"Putting it in place of {names.present}.")
        await databases.swap(names.scratch, names.present, names.old)


async def restore(
    file: Path,
    agree: Callable[[], Awaitable[bool]],
    *,
    discard_old: bool = False,
    say: Say = print,
    report: Report = lambda _: None,
) -> bool:
    """Whether it was done: `agree` is asked when all has been told. Raises what `Restore` does.

    A broken embedded server does not hinder it: a new one takes its place, and the folder of the
    broken one is kept aside.
    """
    say(f"Checking {file}.")
    manifest = await check(file)
    refuse_newer(manifest, file)
    broken = await fault()
    require_room(manifest)
    for line in about(file, manifest):
        say(line)
    work = Restore(file, manifest, say, report)
    if broken is None:
        async with present_server() as dsn:
            say(await _about_present(dsn, discard_old=discard_old))
            if not await agree():
                return False
            await work.run(dsn, discard_old=discard_old)
    else:
        target = aside()
        say(f"Present  {broken}\n         Its folder is put aside as {target}, whole.")
        if not await agree():
            return False
        async with new_server(target, say) as dsn:
            await work.run(dsn, discard_old=False)
            async with Databases.beside(dsn) as databases:
                await databases.drop(Names.of(dsn).old)  # The empty one that a new server gets.
    say("Restored. A program that serves goes on with it by itself.")
    return True


def about(file: Path, manifest: Manifest) -> list[str]:
    """What is in the backup, and what of its secrets can be read here."""
    lines = [
        f"Backup   {file}, {megabytes(file.stat().st_size)}, of a database of "
        f"{megabytes(manifest.database_bytes)}",
        f"         {manifest.rows:,} rows in {len(manifest.tables)} tables, of "
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
        return [*lines, f"Secrets  readable: {', '.join(manifest.keys)} is at hand"]
    return [
        *lines,
        f"Secrets  not readable without the keys {', '.join(missing)}, which no backup holds:",
        "         add them to SECRET_KEYS or to secret.key in DATA_DIR, before or after",
    ]


async def _about_present(dsn: str, *, discard_old: bool) -> str:
    names = Names.of(dsn)
    async with Databases.beside(dsn) as databases:
        if not await databases.exists(names.present):
            return f"Present  there is no database {names.present}"
        size = megabytes(await databases.size(names.present))
    kept = "is dropped" if discard_old else f"stays as {names.old} until the next restore"
    return f"Present  {names.present}, {size}, {await _rows(dsn)}; it {kept}"


async def _rows(dsn: str) -> str:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        try:
            return f"about {await connection.fetchval(HELD):,} rows"
        finally:
            connection.terminate()
    except FAILURES:
        return "which cannot be read"


async def _analyze(dsn: str) -> None:
    connection = await connect(dsn)
    try:
        await connection.execute("ANALYZE")
    finally:
        connection.terminate()
