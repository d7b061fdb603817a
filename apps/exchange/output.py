"""Where an export is written to: a file that is there whole or not at all, or a stream."""

import fcntl
import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from apps.shared.errors import Busy, Invalid

UNFINISHED = ".unfinished"


@contextmanager
def told(name: str) -> Iterator[None]:
    """Only around what is done to the file: an OSError from elsewhere is the database's."""
    try:
        yield
    except OSError as error:
        raise Invalid(f"{name} cannot be written: {error.strerror or error}.") from None


class Output:
    """A file that nobody else may read, renamed when the block ends well, else removed.

    `-` is standard output. A device is written to as it is. A name that ends in .gz is compressed.
    Raises Invalid for what cannot be written, Busy while another export writes the same file.
    """

    def __init__(self, file: str) -> None:
        self.name = "Standard output" if file == "-" else file
        self._target = None if file == "-" else Path(file).expanduser()
        self._beside: Path | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with told(self.name), ExitStack() as opened:
            self._raw: BinaryIO = opened.enter_context(self._open())
            if self._beside:
                self._take(self._beside, opened)
            self._stream: BinaryIO | gzip.GzipFile = self._raw
            if self._target and self._target.suffix == ".gz":
                # Neither a name nor a time in it: equal libraries make equal files.
                self._stream = gzip.GzipFile("", "wb", 6, self._raw, mtime=0)
            self._stack = opened.pop_all()
        return self

    def _open(self) -> BinaryIO:
        if self._target is None:
            return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        self._target = self._target.resolve()
        if self._target.is_dir():
            raise Invalid(f"{self.name} is a folder: name a file in it.")
        if self._target.exists() and not self._target.is_file():
            return self._target.open("wb", buffering=0)
        self._beside = self._target.with_name(self._target.name + UNFINISHED)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        return os.fdopen(os.open(self._beside, flags, 0o600), "wb", buffering=0)

    def _take(self, beside: Path, opened: ExitStack) -> None:
        """What another export left when it was killed is written over."""
        try:
            fcntl.flock(self._raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another export is writing {self.name}.") from None
        # Whoever had it may have renamed it since it was opened: then it is a whole export.
        if not (beside.exists() and os.path.samestat(beside.stat(), os.fstat(self._raw.fileno()))):
            raise Busy(f"Another export has just written {self.name}.")
        opened.callback(self._remove)
        os.fchmod(self._raw.fileno(), 0o600)
        self._raw.truncate(0)

    def write(self, data: bytes) -> None:
        with told(self.name):
            rest = memoryview(data)
            while rest:
                # A file without a buffer may take a part of it.
                rest = rest[self._stream.write(rest) :]

    def _finish(self) -> None:
        if self._stream is not self._raw:
            self._stream.close()
        if self._target and self._beside:
            os.fsync(self._raw.fileno())
            self._beside.replace(self._target)
            self._beside = None

    def _remove(self) -> None:
        """Not when it was renamed: what has its name now may be another export's."""
        if self._beside:
            self._beside.unlink(missing_ok=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._stack:
            if kind is None:
                with told(self.name):
                    self._finish()
