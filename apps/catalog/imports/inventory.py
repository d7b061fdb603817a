"""Which files there are: listed in a temporary SQLite file, so that no folder is too large."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

INFO = ".info.json"
MEDIA = frozenset(
    {"3gp", "aac", "avi", "flac", "flv", "m4a", "m4v", "mka", "mkv", "mov", "mp3", "mp4", "mpg"}
    | {"oga", "ogg", "ogv", "opus", "ts", "wav", "webm", "wmv"}
)


class ImportFault(msgspec.Struct, frozen=True):
    """A file, or a line of a list, that was not imported, and why."""

    path: str
    reason: str


class File(msgspec.Struct, frozen=True):
    """`suffix` is what follows the video's own name, such as `.en.vtt`; sizes are bytes."""

    path: str
    suffix: str
    size: int
    mtime_ns: int


class Group(msgspec.Struct, frozen=True):
    """An .info.json and the files beside it that carry its name."""

    info: File
    files: list[File]

    @property
    def size(self) -> int:
        """Bytes that are read: media are not."""
        read = (file for file in self.files if file.suffix[1:].lower() not in MEDIA)
        return self.info.size + sum(file.size for file in read)


class Inventory:
    """Every regular file under a folder. Symbolic links are counted, and never followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.links = 0
        self.faults: list[ImportFault] = []
        # Without a name it is in a temporary file of SQLite's own, which no crash leaves behind.
        self._list = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._list.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE files (folder TEXT, name TEXT, size INT, mtime INT, "
            "PRIMARY KEY (folder, name)) WITHOUT ROWID;"
            "CREATE TABLE met (identifier TEXT, path TEXT, "
            "PRIMARY KEY (identifier, path)) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._list.close()

    def fill(self) -> None:
        """Walks the tree. A folder that cannot be read becomes a fault, and the rest is walked."""
        pending = [str(self.folder)]
        self._list.execute("BEGIN")
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    self._list.executemany(
                        "INSERT INTO files VALUES (?, ?, ?, ?)", self._rows(entries, pending)
                    )
            except OSError as error:
                self._fault(folder, f"cannot be read ({error.strerror})")
        self._list.execute("COMMIT")

    def _rows(
        self, entries: Iterator[os.DirEntry[str]], pending: list[str]
    ) -> Iterator[tuple[str, str, int, int]]:
        for entry in entries:
            if not entry.path.isprintable() and not _is_utf8(entry.path):
                self._fault(entry.path, "has a name that is not UTF-8")
            elif entry.is_symlink():
                self.links += 1
            elif entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                with suppress(FileNotFoundError):  # It went while the folder was read.
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        folder = os.path.dirname(entry.path)  # noqa: PTH120  # A million times.
                        yield folder, entry.name, found.st_size, found.st_mtime_ns

    def _fault(self, path: str, reason: str) -> None:
        self.faults.append(ImportFault(path.encode(errors="replace").decode(), reason))

    def count_groups(self) -> int:
        query = "SELECT count(*) FROM files WHERE name GLOB ?"
        return int(self._list.execute(query, ["?*" + INFO]).fetchone()[0])

    def count_files(self) -> int:
        return int(self._list.execute("SELECT count(*) FROM files").fetchone()[0])

    def groups(self) -> Iterator[Group]:
        """In the order of their paths."""
        infos = self._list.execute(
            "SELECT folder, name, size, mtime FROM files WHERE name GLOB ? ORDER BY folder, name",
            ["?*" + INFO],
        )
        for row in infos:
            yield self._group(*row)

    def met_before(self, identifier: str, path: str) -> list[Group]:
        """The groups for which it was called with the same identifier, and another path."""
        self._list.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", [identifier, path])
        paths = self._list.execute(
            "SELECT path FROM met WHERE identifier = ? AND path <> ?", [identifier, path]
        ).fetchall()
        rows = [
            self._list.execute(
                "SELECT folder, name, size, mtime FROM files WHERE folder = ? AND name = ?",
                [before.rpartition("/")[0], before.rpartition("/")[2]],
            ).fetchone()
            for (before,) in paths
        ]
        return [self._group(*row) for row in rows]

    def _group(self, folder: str, name: str, size: int, mtime: int) -> Group:
        info = File(f"{folder}/{name}", INFO, size, mtime)
        return Group(info, self._beside(folder, name.removesuffix(INFO)))

    def _beside(self, folder: str, stem: str) -> list[File]:
        # Every name that begins with the stem and a dot: "/" is what follows "." in ASCII.
        rows = self._list.execute(
            "SELECT name, size, mtime FROM files WHERE folder = ? AND name > ? AND name < ?",
            [folder, f"{stem}.", f"{stem}/"],
        ).fetchall()
        # A longer name with an .info.json of its own keeps its files: "talk" and "talk.2".
        others = tuple(row[0].removesuffix("info.json") for row in rows if row[0].endswith(INFO))
        others = tuple(other for other in others if other != f"{stem}.")
        return [
            File(f"{folder}/{name}", name[len(stem) :], size, mtime)
            for name, size, mtime in rows
            if name != stem + INFO and not (others and name.startswith(others))
        ]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
