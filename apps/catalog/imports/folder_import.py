"""The import of a folder: list its files, skip known ones, read in processes, write in batches."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

import asyncpg

from apps.catalog.imports.batch_writer import BatchWriter
from apps.catalog.imports.batching import batch_by_count, batch_by_size, batch_without_repeats
from apps.catalog.imports.existing_rows import fetch_fingerprints
from apps.catalog.imports.group_reader import (
    ParsedGroup,
    SidecarImporter,
    fingerprint_group,
    read_groups,
)
from apps.catalog.imports.inventory import FileGroup, ImportFault, Inventory
from apps.catalog.imports.locations import resolve_folder
from apps.catalog.imports.locks import import_lock
from apps.catalog.imports.reader_pool import open_reader_pool
from apps.catalog.imports.report import FaultLog, ImportReport
from apps.catalog.imports.search_indexes import update_search_indexes
from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.errors import Busy
from apps.shared.plugs import Plug

LOOKUP_GROUPS = 500
PENDING_BYTES = 16 << 20
"""The limit for files being read or waiting to be written; a larger file is read on its own.
Reading a subtitle file takes about twenty times its size in memory."""
TRIES = 3
REFUSALS = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
)
"""What PostgreSQL raises for a value that it does not accept."""

sidecar_importers: Plug[Sequence[SidecarImporter]] = Plug(())
"""What else is imported from the files beside a video."""

PendingReads = dict[asyncio.Future[list[ParsedGroup]], int]
"""The reads in progress, and the bytes each is reading."""

ProgressCallback = Callable[[int, int], None]
"""Called with the number done and the total."""


class FolderImport:
    """One import. `faults` has everything that could not be imported, and why."""

    def __init__(self, folder: Path, *, dry_run: bool = False, restore: bool = False) -> None:
        """`restore` reads every file again, and brings back deleted transcripts."""
        self.folder = folder
        self.restore = restore
        self.faults = FaultLog()
        self.report = ImportReport(folder=str(folder), dry_run=dry_run)
        self._counts: dict[str, int] = {}
        self._claimed = 0
        self._channels: dict[tuple[str, str], str] = {}

    async def run(self, progress: ProgressCallback = lambda done, total: None) -> ImportReport:
        """Raises Invalid unless it is a folder, and Busy while another import runs."""
        started = time.monotonic()
        self.folder = await asyncio.to_thread(resolve_folder, self.folder)
        self.report.folder = str(self.folder)
        with Inventory(self.folder) as inventory:
            async with import_lock():
                await asyncio.to_thread(inventory.scan)
                try:
                    await self._import(inventory, progress)
                except BrokenExecutor:
                    raise Busy(
                        "A process that was reading files was killed, perhaps because memory ran "
                        "out. What was imported so far is kept; run the import again to continue."
                    ) from None
            self.report.links = inventory.links
            self.report.other_files = inventory.count_files() - self._claimed
        if self._counts.get("chunks_created") and not self.report.dry_run:
            await update_search_indexes()
        for outcome in self._channels.values():
            name = f"channels_{outcome}"
            self._counts[name] = self._counts.get(name, 0) + 1
        self.report.set_counts(self._counts)
        self.report.broken_files, self.report.broken = self.faults.count, self.faults.first
        self.report.seconds = round(time.monotonic() - started, 3)
        return self.report

    async def _import(self, inventory: Inventory, progress: ProgressCallback) -> None:
        for fault in inventory.faults:
            self.faults.add(fault)
        for importer in sidecar_importers():
            await importer.begin()
        total = inventory.count_groups()
        progress(0, total)
        async with open_reader_pool(total) as (pool, width):
            pending: PendingReads = {}
            loop = asyncio.get_running_loop()
            try:
                async for task in self._list_changed(inventory):
                    size = sum(group.size for group in task)
                    while pending and (
                        len(pending) > width or sum(pending.values()) + size > PENDING_BYTES
                    ):
                        await self._write_first(pending, inventory)
                        progress(self._count_done(), total)
                    read = loop.run_in_executor(pool, read_groups, task, sidecar_importers())
                    pending[read] = size
                while pending:
                    await self._write_first(pending, inventory)
                    progress(self._count_done(), total)
            finally:
                for future in pending:
                    future.cancel()
        progress(total, total)

    def _count_done(self) -> int:
        return self.report.skipped_videos + self._counts.get("read", 0)

    async def _list_changed(self, inventory: Inventory) -> AsyncIterator[list[FileGroup]]:
        """The groups that have changed since the last import, in tasks of similar size."""
        for groups in batch_by_count(inventory.groups(), LOOKUP_GROUPS):
            self._claimed += sum(1 + len(group.files) for group in groups)
            async with get_engine().connection() as connection:
                known = await fetch_fingerprints(connection, (g.info.path for g in groups))
            changed = [
                group
                for group in groups
                if self.restore or known.get(group.info.path) != fingerprint_group(group)
            ]
            self.report.skipped_videos += len(groups) - len(changed)
            for task in batch_by_size(changed):
                yield task

    async def _write_first(self, pending: PendingReads, inventory: Inventory) -> None:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for future in done:
            del pending[future]
            groups = await future
            self._counts["read"] = self._counts.get("read", 0) + len(groups)
            for group in groups:
                for fault in group.faults:
                    self.faults.add(fault)
            self.report.playlists += sum(group.kind == "playlist" for group in groups)
            writable = (group for group in groups if group.kind in ("video", "channel"))
            for batch in batch_without_repeats(writable):
                copies = await self._read_copies(batch, inventory) if self.report.dry_run else []
                await self._write(batch, copies)

    async def _read_copies(
        self, groups: Sequence[ParsedGroup], inventory: Inventory
    ) -> list[ParsedGroup]:
        """Earlier copies of the same videos, which a dry run has not left in the database."""
        copies = [
            copy
            for group in groups
            if group.kind == "video"
            for copy in inventory.list_other_copies(group.values["identifier"], group.path)
        ]
        return await asyncio.to_thread(read_groups, copies, sidecar_importers()) if copies else []

    async def _write(
        self, groups: Sequence[ParsedGroup], copies: Sequence[ParsedGroup] = ()
    ) -> None:
        """What the database refuses becomes a fault; the rest is written."""
        try:
            await self._write_together(groups, copies)
        except REFUSALS as error:
            if len(groups) > 1:
                for group in groups:
                    await self._write([group], copies)
                return
            refusal = translate_error(error)
            reason = refusal.message if refusal else type(error).__name__
            self.faults.add(ImportFault(groups[0].path, f"cannot be stored: {reason}"))

    async def _write_together(
        self, groups: Sequence[ParsedGroup], copies: Sequence[ParsedGroup]
    ) -> None:
        """One transaction, retried when somebody else creates one of the rows meanwhile."""
        importers = sidecar_importers()
        for attempt in range(TRIES):
            counts: dict[str, int] = {}
            try:
                async with get_engine().transaction() as transaction:
                    connection = transaction.connection
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    for batch in batch_without_repeats(copies):
                        writer = BatchWriter(connection, importers, {}, restore=self.restore)
                        await writer.write(batch)
                    writer = BatchWriter(connection, importers, counts, restore=self.restore)
                    await writer.write(groups)
                    if self.report.dry_run:
                        await transaction.rollback()
                break
            except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
                if attempt == TRIES - 1:
                    raise
        for name, count in counts.items():
            self._counts[name] = self._counts.get(name, 0) + count
        for channel, outcome in writer.channel_outcomes.items():
            # A channel appears in many batches but is counted once, by the first change to it.
            if self._channels.get(channel, "unchanged") == "unchanged":
                self._channels[channel] = outcome
