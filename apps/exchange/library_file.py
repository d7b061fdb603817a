"""Reads an export line by line; every error names its line."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, cast

import msgspec

from apps.exchange.exported_tables import get_exported_tables
from apps.exchange.format import (
    END,
    FORMAT,
    MAX_LINE_BYTES,
    ROW,
    VERSION,
    Footer,
    Header,
    reject_line,
)
from apps.shared.db.migrations import list_known_migrations
from apps.shared.db.tables import names
from apps.shared.errors import DomainError, Invalid

BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
NEWER = (
    "The file is from a newer version of Reelbase. Upgrade, then import it. Nothing was imported."
)


class RowLine(NamedTuple):
    number: int
    table: str
    row: str
    """JSON."""


def is_export(path: Path) -> bool:
    """Whether it is a file that begins like an export, compressed or not."""
    try:
        with path.expanduser().open("rb") as file:
            return file.read(3).startswith((b"{", BOM, GZIP))
    except (OSError, ValueError, RuntimeError):
        return False


class LibraryFile:
    """The header is read and checked on opening. Opening it and `rows` raise Invalid."""

    header: Header

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.counts = dict.fromkeys(get_exported_tables(), 0)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                raw = opened.enter_context(self.path.expanduser().open("rb"))
                compressed = raw.peek(2).startswith(GZIP)
            except OSError as error:
                raise Invalid(f"Cannot read {self.path} ({error.strerror}).") from None
            self._file: BinaryIO = raw
            if compressed:
                self._file = cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=raw)))
            self.header = self._read_header()
            self._stack = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def rows(self) -> Iterator[RowLine]:
        while not END.match(line := self._next_line()):
            found = ROW.fullmatch(line)
            if found is None:
                raise self._reject('Expected a row: {"table": …, "row": {…}}.')
            table = found[1].decode()
            if table not in self.columns:
                raise self._reject(f"The header has no table {table}.")
            self.counts[table] += 1
            try:
                row = found[2].decode()
            except UnicodeDecodeError:
                raise self._reject("The row is not valid UTF-8.") from None
            yield RowLine(self.number, table, row)
        self._check_end(line)

    @property
    def columns(self) -> dict[str, list[str]]:
        """The columns of each table in the file."""
        return {table.name: table.columns for table in self.header.tables}

    @property
    def total(self) -> int:
        return sum(table.rows for table in self.header.tables)

    def _reject(self, reason: str) -> DomainError:
        return reject_line(self.number, reason)

    def _read(self) -> bytes:
        try:
            return self._file.readline(MAX_LINE_BYTES + 1)
        except EOFError:
            raise self._report_truncation() from None
        except (gzip.BadGzipFile, zlib.error):
            raise Invalid(
                f"{self.path} is damaged after line {self.number:,} and cannot be decompressed. "
                "Nothing was imported."
            ) from None
        except OSError as error:
            raise Invalid(
                f"Cannot read {self.path} ({error.strerror}). Nothing was imported."
            ) from None

    def _next_line(self) -> bytes:
        line = self._read()
        if not line:
            raise self._report_truncation()
        self.number += 1
        if len(line) > MAX_LINE_BYTES:
            raise self._reject(f"The line is longer than {MAX_LINE_BYTES >> 20} MB.")
        if not line.endswith(b"\n"):
            raise self._report_truncation()
        if line.endswith(b"\r\n"):
            raise self._reject("The line ends with a carriage return: the file was altered.")
        return line

    def _report_truncation(self) -> DomainError:
        return Invalid(
            f"{self.path} is truncated after line {self.number:,}: the last line, with the row "
            "counts, is missing. Nothing was imported."
        )

    def _read_header(self) -> Header:
        line = self._next_line()
        if line.startswith(BOM):
            raise self._reject("The file begins with a byte order mark: it was altered.")
        try:
            header = msgspec.json.decode(line, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            header = None
        if header is None or header.format != FORMAT:
            raise self._reject(
                "This is not the header of a file written by `piccolo catalog export`."
            )
        if header.version > VERSION or not list_known_migrations().issuperset(header.migrations):
            raise Invalid(NEWER)
        for table in header.tables:
            self._check_columns(table.name, table.columns)
        return header

    def _check_columns(self, table: str, columns: list[str]) -> None:
        if table not in get_exported_tables():
            raise self._reject(f"Reelbase has no table {table}.")
        known = names(get_exported_tables()[table]._meta.columns)
        if unknown := sorted(set(columns) - set(known)):
            raise self._reject(f"{table} has no column {', '.join(unknown)}.")
        if "id" not in columns:
            raise self._reject(f"{table} lacks the column id.")

    def _check_end(self, line: bytes) -> None:
        try:
            end = msgspec.json.decode(line, type=Footer).end
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._reject("This is not the last line of an export.") from None
        for table in self.columns:
            if end.get(table) != self.counts[table]:
                raise self._reject(
                    f"The file has {self.counts[table]:,} rows of {table} instead of "
                    f"{end.get(table, 0):,}."
                )
        if self._read():
            raise reject_line(self.number + 1, "Nothing may follow the last line.")
