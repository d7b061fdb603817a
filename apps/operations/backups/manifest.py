"""A backup's manifest: where it comes from and what it contains."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from apps.shared.db.migrations import list_known_migrations
from apps.shared.errors import Invalid
from apps.shared.version import VERSION

FORMAT = 1
"""Incremented whenever older programs cannot restore newer backups."""


ProgressCallback = Callable[[str], None]
"""Called repeatedly with the progress, as text."""


class NotABackup(Invalid):
    """The file cannot be restored."""


class NewerBackup(NotABackup):
    def __init__(self, file: Path, program: str) -> None:
        super().__init__(
            f"{file} was created by Reelbase {program}, which is newer than this one "
            f"({VERSION}): update the program first."
        )


class TableState(msgspec.Struct, frozen=True):
    """`checksum` is that of checksums.py, in decimal digits."""

    name: str
    columns: list[str]
    rows: int
    checksum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`keys` are the ids of the keys that the backup's secrets are encrypted with.

    It contains nothing written after `made_at`. `database_bytes` is the database's size including
    indexes, and so about that of a restored one.
    """

    format: int = FORMAT
    program: str = VERSION
    postgres: str
    made_at: datetime
    migrations: list[tuple[str, str]]
    dump_bytes: int
    dump_sha256: str
    database_bytes: int
    tables: list[TableState]
    keys: list[str]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class _Head(msgspec.Struct):
    """What every format has, so that older programs can tell which version wrote a file."""

    format: int
    program: str = "?"


def format_megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def encode_manifest(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decode_manifest(raw: bytes, file: Path) -> Manifest:
    """Raises NotABackup or NewerBackup; `file` is for their messages."""
    try:
        head = msgspec.json.decode(raw, type=_Head)
        if head.format > FORMAT:
            raise NewerBackup(file, head.program)
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotABackup(f"{file} is not a Reelbase backup: its manifest is unreadable.") from None


def reject_newer(manifest: Manifest, file: Path) -> None:
    """Raises NewerBackup if it has migrations that this program does not know."""
    if set(manifest.migrations) - list_known_migrations():
        raise NewerBackup(file, manifest.program)
