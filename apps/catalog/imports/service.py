"""The import of a folder: list, skip what is known, read in processes, write in batches."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from apps.catalog.imports.batching import batches, by_size, distinct
from apps.catalog.imports.finding import known_fingerprints
from apps.catalog.imports.inventory import Group, ImportFault, Inventory
from apps.catalog.imports.reading import Companion, Read, fingerprint, read_groups, start_worker
from apps.catalog.imports.report import FaultLog, ImportReport
from apps.catalog.imports.writing import BatchWriter
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy, Forbidden, Invalid
from apps.shared.plugs import Plug

LOCK_ID = 0x1390_1257
"""The advisory lock of the one import that may run."""

LOOKUP_GROUPS = 500
RUNNING_BYTES = 16 << 20
"""Of files that are being read or wait to be written; a larger one is read all by itself. Reading
takes some twenty times a subtitle file's size in memory."""
ENOUGH_FOR_PROCESSES = 24
"""Below this a worker process costs more than it saves: it takes half a second to start."""
TRIES = 3
REFUSALS = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)
"""What PostgreSQL raises for a value that it does not take."""

companions: Plug[Sequence[Companion]] = Plug(())
"""What else is read from the files beside a video."""

Running = dict[asyncio.Future[list[Read]], int]
"""What is being read, and how many bytes that is."""

Progress = Callable[[int, int], None]
"""Called with how many of how many videos are done."""


class LibraryImport:
    """One run. `faults` has everything that was not imported, and why."""

    def __init__(self, folder: Path, *, dry_run: bool = False, restore: bool = False) -> None:
        """`restore` reads every file again, and brings back transcripts that were deleted."""
        self.folder = folder
        self.restore = restore
        self.faults = FaultLog()
        self.report = ImportReport(folder=str(folder), dry_run=dry_run)
        self._counts: dict[str, int] = {}
        self._claimed = 0
        self._channels: dict[tuple[str, str], str] = {}

    async def run(self, progress: Progress = lambda done, total: None) -> ImportReport:
        """Raises Invalid for something that is no folder, Busy while another import runs."""
        started = time.monotonic()
        self.folder = await asyncio.to_thread(existing_folder, self.folder)
        self.report.folder = str(self.folder)
        with Inventory(self.folder) as inventory:
            async with only_import():
                await asyncio.to_thread(inventory.fill)
                try:
                    await self._import(inventory, progress)
                except BrokenExecutor:
                    raise Busy(
                        "A process that reads files was ended from outside, perhaps for want of "
                        "memory. What was imported so far stays; run it again to go on."
                    ) from None
            self.report.links = inventory.links
            self.report.other_files = inventory.count_files() - self._claimed
        if self._counts.get("chunks_created") and not self.report.dry_run:
            await settle()
        for outcome in self._channels.values():
            name = f"channels_{outcome}"
            self._counts[name] = self._counts.get(name, 0) + 1
        self.report.fill(self._counts)
        self.report.broken_files, self.report.broken = self.faults.count, self.faults.first
        self.report.seconds = round(time.monotonic() - started, 3)
        return self.report

    async def _import(self, inventory: Inventory, progress: Progress) -> None:
        for fault in inventory.faults:
            self.faults.add(fault)
        for companion in companions():
            await companion.begin()
        total = inventory.count_groups()
        progress(0, total)
        async with reading_pool(total) as (pool, width):
            running: Running = {}
            loop = asyncio.get_running_loop()
            try:
                async for task in self._unknown(inventory):
                    size = sum(group.size for group in task)
                    while running and (
                        len(running) > width or sum(running.values()) + size > RUNNING_BYTES
                    ):
                        await self._write_first(running, inventory)
                        progress(self._done(), total)
                    running[loop.run_in_executor(pool, read_groups, task, companions())] = size
                while running:
                    await self._write_first(running, inventory)
                    progress(self._done(), total)
            finally:
                for future in running:
                    future.cancel()
        progress(total, total)

    def _done(self) -> int:
        return self.report.skipped_videos + self._counts.get("read", 0)

    async def _unknown(self, inventory: Inventory) -> AsyncIterator[list[Group]]:
        """The groups that are not as they were at the last import, in tasks of about one size."""
        for groups in batches(inventory.groups(), LOOKUP_GROUPS):
            self._claimed += sum(1 + len(group.files) for group in groups)
            async with get_engine().connection() as connection:
                known = await known_fingerprints(connection, (g.info.path for g in groups))
            new = [
                group
                for group in groups
                if self.restore or known.get(group.info.path) != fingerprint(group)
            ]
            self.report.skipped_videos += len(groups) - len(new)
            for task in by_size(new):
                yield task

    async def _write_first(self, running: Running, inventory: Inventory) -> None:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for future in done:
            del running[future]
            reads = await future
            self._counts["read"] = self._counts.get("read", 0) + len(reads)
            for read in reads:
                for fault in read.faults:
                    self.faults.add(fault)
            self.report.playlists += sum(read.kind == "playlist" for read in reads)
            for batch in distinct(read for read in reads if read.kind in ("video", "channel")):
                first = await self._read_before(batch, inventory) if self.report.dry_run else []
                await self._write(batch, first)

    async def _read_before(self, reads: Sequence[Read], inventory: Inventory) -> list[Read]:
        """Other copies of the same videos, which a dry run has met but not left in the database."""
        groups = [
            group
            for read in reads
            if read.kind == "video"
            for group in inventory.met_before(read.values["identifier"], read.path)
        ]
        return await asyncio.to_thread(read_groups, groups, companions()) if groups else []

    async def _write(self, reads: Sequence[Read], first: Sequence[Read] = ()) -> None:
        """What the database refuses becomes a fault, and the rest is written."""
        try:
            await self._write_together(reads, first)
        except REFUSALS as error:
            if len(reads) > 1:
                for read in reads:
                    await self._write([read], first)
                return
            refusal = translate_error(error)
            reason = refusal.message if refusal else type(error).__name__
            self.faults.add(ImportFault(reads[0].path, f"cannot be stored: {reason}"))

    async def _write_together(self, reads: Sequence[Read], first: Sequence[Read]) -> None:
        """One transaction; again when somebody made one of the rows in the meantime."""
        for attempt in range(TRIES):
            counts: dict[str, int] = {}
            try:
                async with get_engine().transaction() as transaction:
                    connection = transaction.connection
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    for batch in distinct(first):
                        writer = BatchWriter(connection, companions(), {}, restore=self.restore)
                        await writer.write(batch)
                    writer = BatchWriter(connection, companions(), counts, restore=self.restore)
                    await writer.write(reads)
                    if self.report.dry_run:
                        await transaction.rollback()
                break
            except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
                if attempt == TRIES - 1:
                    raise
        for name, count in counts.items():
            self._counts[name] = self._counts.get(name, 0) + count
        for channel, outcome in writer.channel_outcomes.items():
            # A channel is met in many batches, and counts once: as what first happened to it.
            if self._channels.get(channel, "unchanged") == "unchanged":
                self._channels[channel] = outcome


def existing_folder(folder: Path) -> Path:
    try:
        found = folder.expanduser().resolve()
        str(found).encode()
        if found.is_dir():
            return found
    except (OSError, ValueError, RuntimeError):
        pass
    shown = str(folder).encode(errors="replace").decode()
    raise Invalid(f"{shown} is not a folder.", fields={"folder": "Not a folder."})


def allowed_folder(folder: str, roots: Sequence[str], what: str = "folder") -> Path:
    """The folder, or file, without symbolic links. Raises Forbidden unless it lies in a root.

    What lies outside is refused in the same words whether it exists or not.
    """
    if not roots:
        raise Forbidden(f"No {what} may be imported from here: IMPORT_ROOTS is not set.")
    try:
        wanted = Path(folder).resolve()
    except (OSError, ValueError, RuntimeError):
        wanted = None
    if wanted is None or not any(
        wanted.is_relative_to(Path(root).expanduser().resolve()) for root in roots
    ):
        raise Forbidden(f"This {what} is outside of IMPORT_ROOTS.", fields={what: "Outside."})
    return wanted


@asynccontextmanager
async def only_import() -> AsyncIterator[None]:
    """Raises Busy while another import runs, in whatever process."""
    connection = await get_engine().get_new_connection()
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_ID):
            raise Busy("Another import is running. Try again when it has ended.")
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def reading_pool(total: int) -> AsyncIterator[tuple[Executor, int]]:
    """Where files are read, and how many tasks may wait there: memory is bounded by it."""
    if total < ENOUGH_FOR_PROCESSES:
        with ThreadPoolExecutor(1) as threads:
            yield threads, 1
        return
    workers = os.cpu_count() or 1
    # Not forked: a copy of a process with a database connection and threads is no good one.
    context = multiprocessing.get_context("spawn")
    processes = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker)
    watching = asyncio.create_task(break_with_the_first(processes))
    try:
        yield processes, workers * 2
    finally:
        await asyncio.to_thread(processes.shutdown, wait=True, cancel_futures=True)
        watching.cancel()


async def break_with_the_first(processes: ProcessPoolExecutor) -> None:
    """A worker that is killed while it sends a result leaves half a message.

    Then Python waits for the other half for ever: it is the end of the pipe that wakes it.
    """
    while True:
        await asyncio.sleep(1)
        workers = list((processes._processes or {}).values())
        if any(not worker.is_alive() for worker in workers):
            for worker in workers:
                worker.kill()
            results: Any = processes._result_queue  # Not public.
            results._writer.close()
            return


async def settle(
    tables: Iterable[str] = ("channels", "videos", "transcripts", "chunks"),
) -> None:
    """Moves the new words into the search indexes, and tells the planner what there is now."""
    async with get_engine().connection() as connection:
        await connection.execute(
            "SET statement_timeout = 0;"
            "SELECT gin_clean_pending_list(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
            " WHERE a.amname = 'gin' AND pg_has_role(c.relowner, 'USAGE');"
            + "".join(f'ANALYZE "{table}";' for table in tables)
            + "RESET statement_timeout"
        )
