"""Backups as background jobs, and how their result is described."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from apps.configuration.registry import BACKUPS_KEPT
from apps.configuration.services import get_configuration
from apps.operations.backups import creation
from apps.operations.backups.commands import describe_keys
from apps.operations.backups.manifest import format_megabytes
from apps.processing.job_kinds import JobKind, Outcome
from apps.processing.runner import ProgressCallback


class BackupReport(msgspec.Struct):
    """`removed` are the older backups that it replaced, `keys` a note about its secrets' keys."""

    name: str
    bytes: int
    rows: int
    tables: int
    made_at: datetime
    seconds: float
    removed: list[str] = []
    keys: list[str] = []


async def make_backup(note: ProgressCallback) -> BackupReport:
    started = time.monotonic()
    made = await creation.create_backup(
        get_configuration().get(BACKUPS_KEPT), lambda text: note(text, None)
    )
    manifest = made.manifest
    return BackupReport(
        name=made.file.name,
        bytes=made.file.stat().st_size,
        rows=manifest.rows,
        tables=len(manifest.tables),
        made_at=manifest.made_at,
        seconds=round(time.monotonic() - started, 3),
        removed=[file.name for file in made.removed],
        keys=list(describe_keys(manifest)),
    )


def describe_backup(result: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(result, BackupReport)
    lines = [
        f"{format_megabytes(report.bytes)}: {report.rows:,} rows in {report.tables} tables, as "
        f"of {report.made_at:%Y-%m-%d %H:%M:%S} UTC"
    ]
    lines += [f"Removed the oldest backup, {name}." for name in report.removed]
    return Outcome(
        f"Backed up to {report.name} in {report.seconds:.1f} s.",
        lines + report.keys,
        download=f"/backups/{report.name}",
    )


BACKUP = JobKind("backup", "Backup", 0x1390_F0E2, describe_backup, "No backup was made.")
