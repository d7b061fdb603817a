"""Lists a folder's files in a temporary SQLite file, so that no folder is too large."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

INFO_SUFFIX = ".info.json"
MEDIA_EXTENSIONS = frozenset(
    {"3gp", "aac", "avi", "flac", "flv", "m4a", "m4v", "mka", "mkv", "mov", "mp3", "mp4", "mpg"}
    | {"oga", "ogg", "ogv", "opus", "ts", "wav", "webm", "wmv"}
)


class ImportFault(msgspec.Struct, frozen=True):
    """A file or a line of a list that could not be imported, and why."""

    path: str
    reason: str


class File(msgspec.Struct, frozen=True):
    """`suffix` is what follows the video's own name, such as `.en.vtt`; `size` is in bytes."""

    path: str
    suffix: str
    size: int
    mtime_ns: int


class FileGroup(msgspec.Struct, frozen=True):
    """An .info.json and the files beside it that share its name."""

    info: File
    files: list[File]

    @property
    def size(self) -> int:
        """Bytes to read: media files are not read."""
        read = (file for file in self.files if file.suffix[1:].lower() not in MEDIA_EXTENSIONS)
        return self.info.size + sum(file.size for file in read)


class Inventory:
    """Every regular file under a folder. Symbolic links are counted but never followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.links = 0
        self.faults: list[ImportFault] = []
        # Without a name SQLite uses a temporary file that a crash does not leave behind.
        self._list = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._list.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE files (folder TEXT, name TEXT, size INT, mtime INT, "
            "PRIMARY KEY (folder, name)) WITHOUT ROWID;"
            "CREATE TABLE copies (identifier TEXT, path TEXT, "
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

    def scan(self) -> None:
        """Walks the tree. A folder that cannot be read is recorded as a fault and skipped."""
        pending = [str(self.folder)]
        self._list.execute("BEGIN")
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    self._list.executemany(
                        "INSERT INTO files VALUES (?, ?, ?, ?)",
                        self._scan_entries(entries, pending),
                    )
            except OSError as error:
                self._add_fault(folder, f"cannot be read ({error.strerror})")
        self._list.execute("COMMIT")

    def _scan_entries(
        self, entries: Iterator[os.DirEntry[str]], pending: list[str]
    ) -> Iterator[tuple[str, str, int, int]]:
        for entry in entries:
            if not entry.path.isprintable() and not _is_utf8(entry.path):
                self._add_fault(entry.path, "has a name that is not valid UTF-8")
            elif entry.is_symlink():
                self.links += 1
            elif entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                with suppress(FileNotFoundError):  # Deleted while the folder was being read.
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        folder = os.path.dirname(entry.path)  # noqa: PTH120  # A million times.
                        yield folder, entry.name, found.st_size, found.st_mtime_ns

    def _add_fault(self, path: str, reason: str) -> None:
        self.faults.append(ImportFault(path.encode(errors="replace").decode(), reason))

    def count_groups(self) -> int:
        query = "SELECT count(*) FROM files WHERE name GLOB ?"
        return int(self._list.execute(query, ["?*" + INFO_SUFFIX]).fetchone()[0])

    def count_files(self) -> int:
        return int(self._list.execute("SELECT count(*) FROM files").fetchone()[0])

    def groups(self) -> Iterator[FileGroup]:
        """In order of path."""
        infos = self._list.execute(
            "SELECT folder, name, size, mtime FROM files WHERE name GLOB ? ORDER BY folder, name",
            ["?*" + INFO_SUFFIX],
        )
        for row in infos:
            yield self._make_group(*row)

    def list_other_copies(self, identifier: str, path: str) -> list[FileGroup]:
        """Records this path for the identifier; the groups recorded for it under other paths."""
        self._list.execute("INSERT OR IGNORE INTO copies VALUES (?, ?)", [identifier, path])
        paths = self._list.execute(
            "SELECT path FROM copies WHERE identifier = ? AND path <> ?", [identifier, path]
        ).fetchall()
        rows = [
            self._list.execute(
                "SELECT folder, name, size, mtime FROM files WHERE folder = ? AND name = ?",
                [other.rpartition("/")[0], other.rpartition("/")[2]],
            ).fetchone()
            for (other,) in paths
        ]
        return [self._make_group(*row) for row in rows]

    def _make_group(self, folder: str, name: str, size: int, mtime: int) -> FileGroup:
        info = File(f"{folder}/{name}", INFO_SUFFIX, size, mtime)
        return FileGroup(info, self._list_siblings(folder, name.removesuffix(INFO_SUFFIX)))

    def _list_siblings(self, folder: str, stem: str) -> list[File]:
        # Every name that begins with the stem and a dot: "/" follows "." in ASCII.
        rows = self._list.execute(
            "SELECT name, size, mtime FROM files WHERE folder = ? AND name > ? AND name < ?",
            [folder, f"{stem}.", f"{stem}/"],
        ).fetchall()
        # A longer name with its own .info.json keeps its files: "talk" and "talk.2".
        stems = [row[0].removesuffix("info.json") for row in rows if row[0].endswith(INFO_SUFFIX)]
        others = tuple(other for other in stems if other != f"{stem}.")
        return [
            File(f"{folder}/{name}", name[len(stem) :], size, mtime)
            for name, size, mtime in rows
            if name != stem + INFO_SUFFIX and not (others and name.startswith(others))
        ]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
