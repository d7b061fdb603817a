"""Where backups are: their names, the one being written, and how many are kept."""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from apps.operations.backups.archive import peek
from apps.operations.backups.manifest import NotABackup
from apps.shared.errors import Busy, Conflict, DomainError
from apps.shared.settings import get_settings

NAME = "reelbase-%Y%m%d-%H%M%S.zip"
OURS = f"reelbase-{'[0-9]' * 8}-{'[0-9]' * 6}.zip"
UNFINISHED = ".unfinished"


log = logging.getLogger(__name__)


class CannotWrite(DomainError):
    """The file cannot be written, and why not."""


def backup_folder() -> Path:
    settings = get_settings()
    return (settings.backup_dir or settings.data_dir / "backups").expanduser().absolute()


def list_backups(folder: Path) -> list[Path]:
    """Newest first, whole or not."""
    return sorted(folder.glob(OURS), reverse=True)


def free_name(folder: Path, moment: datetime) -> Path:
    """Of the moment, or of the next second that has none yet."""
    while (file := folder / moment.strftime(NAME)).exists():
        moment += timedelta(seconds=1)
    return file


def make_folder(folder: Path) -> None:
    """Raises CannotWrite."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from None


def free_bytes(folder: Path) -> int:
    """On the disk where the folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_space(folder: Path, needed: int) -> None:
    """Raises CannotWrite: a full disk would also stop a database that is on it."""
    free = free_bytes(folder)
    if free < needed:
        raise CannotWrite(
            f"{folder} has {free / 1e6:,.0f} MB free, and a backup may take {needed / 1e6:,.0f} "
            "MB: make room, or choose another disk with --output or BACKUP_DIR."
        )


@contextmanager
def written_beside(target: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when the block ends well, and is gone when it does not.

    Only its owner can read it. Raises CannotWrite, Busy while another process writes the same, and
    Conflict when there is one already.
    """
    try:
        unfinished = target.with_name(target.name + UNFINISHED)
        with _claimed(unfinished) as file:
            try:
                if target.exists():
                    raise Conflict(f"{target} exists already: name another file.")
                yield file
                file.flush()
                os.fsync(file.fileno())
                unfinished.rename(target)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
        _sync(target.parent)
    except (ConnectionError, TimeoutError):
        raise  # The database's.
    except OSError as error:
        raise _cannot_write(target, error) from None


def forget_unfinished(folder: Path) -> None:
    """Removes what killed backups have left behind."""
    for path in folder.glob(OURS + UNFINISHED):
        with suppress(Busy, OSError), _claimed(path):
            path.unlink()


def keep_newest(number: int, new: Path) -> list[Path]:
    """Deletes the oldest ones beside `new`, and answers which. Whatever the clock, `new` stays.

    One that cannot be deleted (others may own it, or have made it immutable) is told of.

    A file that is not whole counts for nothing and stays, so that the last good one is never
    deleted. For that the manifest and the file's length are looked at: reading every dump again
    would take longer than making one, and `verify` does it.
    """
    others = [file for file in list_backups(new.parent) if file != new and _is_whole(file)]
    removed = []
    for file in others[number - 1 :]:
        try:
            file.unlink(missing_ok=True)
            removed.append(file)
        except OSError as error:
            log.warning("%s is one more than are kept. Delete it: %s.", file, error.strerror)
    return removed


def _is_whole(file: Path) -> bool:
    try:
        peek(file)
    except NotABackup:
        return False
    return True


@contextmanager
def _claimed(path: Path) -> Iterator[BinaryIO]:
    """Opened empty for this process alone, whoever began it."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"{path} is being written by another backup.") from None
            # Whoever had it may have renamed or removed it since we opened it.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                os.fchmod(file.fileno(), 0o600)
                file.truncate()
                yield file
                return


def _sync(folder: Path) -> None:
    """So that the new name, too, outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"The backup cannot be written to {path} ({error.strerror}): choose another place with "
        "--output or BACKUP_DIR."
    )
