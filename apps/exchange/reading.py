"""Reading an export, one line at a time; whatever is wrong with it is told with its line."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, cast

import msgspec

from apps.exchange.contents import library_tables
from apps.exchange.format import (
    END,
    FORMAT,
    LONGEST_LINE,
    ROW,
    VERSION,
    End,
    Header,
    refused,
)
from apps.shared.db.migrations import list_known_migrations
from apps.shared.db.tables import names
from apps.shared.errors import DomainError, Invalid

BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
NEWER = (
    "The file is from a newer program. Upgrade this one, then import again. Nothing was imported."
)


class Line(NamedTuple):
    number: int
    table: str
    row: str
    """JSON."""


def is_export(path: Path) -> bool:
    """Whether the file, compressed or not, begins as an export does; a folder does not."""
    try:
        with path.expanduser().open("rb") as file:
            return file.read(3).startswith((b"{", BOM, GZIP))
    except (OSError, ValueError, RuntimeError):
        return False


class LibraryFile:
    """`header` is read and checked when it is opened. Raises Invalid, here and from `rows`."""

    header: Header

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.counts = dict.fromkeys(library_tables(), 0)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                raw = opened.enter_context(self.path.expanduser().open("rb"))
                packed = raw.peek(2).startswith(GZIP)
            except OSError as error:
                raise Invalid(f"{self.path} cannot be read: {error.strerror}.") from None
            self._file: BinaryIO = raw
            if packed:
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

    def rows(self) -> Iterator[Line]:
        while not END.match(line := self._next()):
            found = ROW.fullmatch(line)
            if found is None:
                raise self.refused('It is no row: {"table": …, "row": {…}} is expected.')
            table = found[1].decode()
            if table not in self.columns:
                raise self.refused(f"The header names no table {table}.")
            self.counts[table] += 1
            try:
                row = found[2].decode()
            except UnicodeDecodeError:
                raise self.refused("It is not UTF-8.") from None
            yield Line(self.number, table, row)
        self._check_end(line)

    @property
    def columns(self) -> dict[str, list[str]]:
        """Of each table that is in the file."""
        return {table.name: table.columns for table in self.header.tables}

    @property
    def total(self) -> int:
        return sum(table.rows for table in self.header.tables)

    def refused(self, reason: str) -> DomainError:
        return refused(self.number, reason)

    def _read(self) -> bytes:
        try:
            return self._file.readline(LONGEST_LINE + 1)
        except EOFError:
            raise self._cut_off() from None
        except (gzip.BadGzipFile, zlib.error):
            raise Invalid(
                f"{self.path} is damaged after line {self.number:,}: it cannot be unpacked. "
                "Nothing was imported."
            ) from None
        except OSError as error:
            raise Invalid(
                f"{self.path} cannot be read ({error.strerror}). Nothing was imported."
            ) from None

    def _next(self) -> bytes:
        line = self._read()
        if not line:
            raise self._cut_off()
        self.number += 1
        if len(line) > LONGEST_LINE:
            raise self.refused(f"It is longer than {LONGEST_LINE >> 20} MB.")
        if not line.endswith(b"\n"):
            raise self._cut_off()
        if line.endswith(b"\r\n"):
            raise self.refused("It ends with a carriage return: the file was changed on its way.")
        return line

    def _cut_off(self) -> DomainError:
        return Invalid(
            f"{self.path} is cut off after line {self.number:,}: its last line, with the number of "
            "rows, is missing. Nothing was imported."
        )

    def _read_header(self) -> Header:
        line = self._next()
        if line.startswith(BOM):
            raise self.refused("It begins with a byte order mark: the file was changed on its way.")
        try:
            header = msgspec.json.decode(line, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            header = None
        if header is None or header.format != FORMAT:
            raise self.refused(
                "It is no header of a library's export, which `piccolo catalog export` writes."
            )
        if header.version > VERSION or not list_known_migrations().issuperset(header.migrations):
            raise Invalid(NEWER)
        for table in header.tables:
            self._check_columns(table.name, table.columns)
        return header

    def _check_columns(self, table: str, columns: list[str]) -> None:
        if table not in library_tables():
            raise self.refused(f"There is no table {table} in the library.")
        known = names(library_tables()[table]._meta.columns)
        if unknown := sorted(set(columns) - set(known)):
            raise self.refused(f"{table} has no column {', '.join(unknown)}.")
        if "id" not in columns:
            raise self.refused(f"{table} has no column id in the file.")

    def _check_end(self, line: bytes) -> None:
        try:
            end = msgspec.json.decode(line, type=End).end
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.refused("It is no end of an export, which counts its rows.") from None
        for table in self.columns:
            if end.get(table) != self.counts[table]:
                raise self.refused(
                    f"{end.get(table, 0):,} rows of {table} are expected, and the file has "
                    f"{self.counts[table]:,}."
                )
        if self._read():
            raise refused(self.number + 1, "Nothing may follow the end.")
