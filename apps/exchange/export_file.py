"""The output of an export: a stream, or a file that appears only when it is complete."""

import fcntl
import gzip
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from apps.catalog.lists.exporting import report_write_errors
from apps.shared.errors import Busy, Invalid

UNFINISHED = ".unfinished"


class ExportFile:
    """A private file, renamed into place when the block succeeds and removed when it fails.

    `-` is standard output. Devices are written to directly. A name ending in .gz is compressed.
    Raises Invalid for write errors, and Busy while another export writes the same file.
    """

    def __init__(self, file: str) -> None:
        self.name = "standard output" if file == "-" else file
        self._target = None if file == "-" else Path(file).expanduser()
        self._temporary: Path | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with report_write_errors(self.name), ExitStack() as opened:
            self._raw: BinaryIO = opened.enter_context(self._open())
            if self._temporary:
                self._claim(self._temporary, opened)
            self._stream: BinaryIO | gzip.GzipFile = self._raw
            if self._target and self._target.suffix == ".gz":
                # Without a name and time, so that equal libraries give equal files.
                self._stream = gzip.GzipFile("", "wb", 6, self._raw, mtime=0)
            self._stack = opened.pop_all()
        return self

    def _open(self) -> BinaryIO:
        if self._target is None:
            return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        self._target = self._target.resolve()
        if self._target.is_dir():
            raise Invalid(f"{self.name} is a folder. Name a file in it.")
        if self._target.exists() and not self._target.is_file():
            return self._target.open("wb", buffering=0)
        self._temporary = self._target.with_name(self._target.name + UNFINISHED)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        return os.fdopen(os.open(self._temporary, flags, 0o600), "wb", buffering=0)

    def _claim(self, temporary: Path, opened: ExitStack) -> None:
        """Locks and empties the file, which a killed export may have left."""
        try:
            fcntl.flock(self._raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another export is writing {self.name}.") from None
        # Its previous owner may have renamed it since it was opened: then it is a complete export.
        if not (
            temporary.exists() and os.path.samestat(temporary.stat(), os.fstat(self._raw.fileno()))
        ):
            raise Busy(f"Another export has just written {self.name}.")
        opened.callback(self._remove)
        os.fchmod(self._raw.fileno(), 0o600)
        self._raw.truncate(0)

    def write(self, data: bytes) -> None:
        with report_write_errors(self.name):
            rest = memoryview(data)
            while rest:
                # An unbuffered file may write only part of it.
                rest = rest[self._stream.write(rest) :]

    def _finish(self) -> None:
        if self._stream is not self._raw:
            self._stream.close()
        if self._target and self._temporary:
            os.fsync(self._raw.fileno())
            self._temporary.replace(self._target)
            self._temporary = None

    def _remove(self) -> None:
        """Not after renaming: the name may belong to another export by then."""
        if self._temporary:
            self._temporary.unlink(missing_ok=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._stack:
            if kind is None:
                with report_write_errors(self.name):
                    self._finish()
