"""The backup folder: names, atomic writes, and how many backups to keep."""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from apps.operations.backups.archive import read_manifest
from apps.operations.backups.manifest import NotABackup
from apps.shared.errors import Busy, Conflict, DomainError
from apps.shared.settings import get_settings

NAME = "reelbase-%Y%m%d-%H%M%S.zip"
NAME_PATTERN = f"reelbase-{'[0-9]' * 8}-{'[0-9]' * 6}.zip"
UNFINISHED = ".unfinished"


log = logging.getLogger(__name__)


class CannotWrite(DomainError):
    """The backup cannot be written."""


def get_backup_folder() -> Path:
    settings = get_settings()
    return (settings.backup_dir or settings.data_dir / "backups").expanduser().absolute()


def list_backups(folder: Path) -> list[Path]:
    """Newest first, including damaged ones."""
    return sorted(folder.glob(NAME_PATTERN), reverse=True)


def choose_name(folder: Path, moment: datetime) -> Path:
    """Named after the moment, or the next second without a backup."""
    while (file := folder / moment.strftime(NAME)).exists():
        moment += timedelta(seconds=1)
    return file


def make_folder(folder: Path) -> None:
    """Raises CannotWrite."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from None


def get_free_bytes(folder: Path) -> int:
    """On the disk of the folder, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_space(folder: Path, needed: int) -> None:
    """Raises CannotWrite: filling the disk could also stop the database."""
    free = get_free_bytes(folder)
    if free < needed:
        raise CannotWrite(
            f"{folder} has {free / 1e6:,.0f} MB free, but a backup may need {needed / 1e6:,.0f} "
            "MB: free up space, or choose another disk with --output or BACKUP_DIR."
        )


@contextmanager
def write_atomically(target: Path) -> Iterator[BinaryIO]:
    """Yields a temporary file, renamed to `target` if the block succeeds and deleted otherwise.

    Only its owner can read it. Raises CannotWrite, Busy while another process writes it, and
    Conflict if `target` exists.
    """
    try:
        unfinished = target.with_name(target.name + UNFINISHED)
        with _claim_file(unfinished) as file:
            try:
                if target.exists():
                    raise Conflict(f"{target} already exists: choose another file.")
                yield file
                file.flush()
                os.fsync(file.fileno())
                unfinished.rename(target)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
        _sync_folder(target.parent)
    except (ConnectionError, TimeoutError):
        raise  # From the database.
    except OSError as error:
        raise _cannot_write(target, error) from None


def remove_unfinished(folder: Path) -> None:
    """Removes what killed backups left behind."""
    for path in folder.glob(NAME_PATTERN + UNFINISHED):
        with suppress(Busy, OSError), _claim_file(path):
            path.unlink()


def remove_oldest(number: int, new: Path) -> list[Path]:
    """Deletes the oldest backups, but never `new`, and returns those it deleted.

    Logs those that it cannot delete. Damaged files do not count and are kept, so that the last good
    one is never deleted. Only the manifest and the length are checked: reading every dump would
    take longer than a backup, and is what `verify` is for.
    """
    others = [file for file in list_backups(new.parent) if file != new and _is_whole(file)]
    removed = []
    for file in others[number - 1 :]:
        try:
            file.unlink(missing_ok=True)
            removed.append(file)
        except OSError as error:
            log.warning(
                "Cannot delete the old backup %s (%s). Delete it yourself.", file, error.strerror
            )
    return removed


def _is_whole(file: Path) -> bool:
    try:
        read_manifest(file)
    except NotABackup:
        return False
    return True


@contextmanager
def _claim_file(path: Path) -> Iterator[BinaryIO]:
    """Opens and truncates the file for this process only."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"{path} is being written by another backup.") from None
            # Another process may have renamed or removed it after we opened it.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                os.fchmod(file.fileno(), 0o600)
                file.truncate()
                yield file
                return


def _sync_folder(folder: Path) -> None:
    """Makes the new name survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"The backup cannot be written to {path} ({error.strerror}): choose another path with "
        "--output or BACKUP_DIR."
    )
