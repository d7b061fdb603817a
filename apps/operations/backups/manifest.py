"""What a backup says of itself: where it is from, and what has to be in it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from apps.shared.db.migrations import list_known_migrations
from apps.shared.errors import Invalid
from apps.shared.version import VERSION

FORMAT = 1
"""Raised whenever an older program could no longer restore what a newer one has written."""


Report = Callable[[str], None]
"""Is told, again and again, how far something is."""


class NotABackup(Invalid):
    """The file cannot be restored, and why not."""


class NewerBackup(NotABackup):
    def __init__(self, file: Path, program: str) -> None:
        super().__init__(
            f"{file} was made by Reelbase {program}, which is newer than this one "
            f"({VERSION}): update the program first."
        )


class TableState(msgspec.Struct, frozen=True):
    """`checksum` is that of checksums.py, a whole number in decimal digits."""

    name: str
    columns: list[str]
    rows: int
    checksum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`keys` are the ids of those that the secrets in the backup were encrypted with.

    Whatever was written after `made_at` is not in it. `database_bytes` is what the database took,
    indexes and all, and so about what a restored one will take.
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
    """What every format has, so that an older program can tell which one made a file."""

    format: int
    program: str = "?"


def megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def encode(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decode(raw: bytes, file: Path) -> Manifest:
    """Raises NotABackup or NewerBackup; `file` is for their sentences."""
    try:
        head = msgspec.json.decode(raw, type=_Head)
        if head.format > FORMAT:
            raise NewerBackup(file, head.program)
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotABackup(f"{file} is not a backup: its manifest cannot be read.") from None


def refuse_newer(manifest: Manifest, file: Path) -> None:
    """Raises NewerBackup for one with migrations that this program does not know."""
    if set(manifest.migrations) - list_known_migrations():
        raise NewerBackup(file, manifest.program)
