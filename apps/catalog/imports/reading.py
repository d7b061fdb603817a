"""Reading one video's files. This runs in worker processes: it imports no ORM."""

import hashlib
import multiprocessing
import os
import signal
import stat
import threading
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from apps.catalog.imports.info import (
    BrokenFile,
    Info,
    as_float,
    channel_values,
    parse_info,
    refuse_nul,
    video_values,
)
from apps.catalog.imports.inventory import MEDIA, File, Group, ImportFault

MAX_INFO_BYTES = 128 << 20
"""Files with all the comments of a video reach some 100 MB."""
MAX_DESCRIPTION_BYTES = 1 << 20
READER_VERSION = 1
"""Part of every fingerprint: raise it when files should be read anew."""


class Companion(Protocol):
    """What another app imports from the files beside a video: transcripts from its subtitles.

    `begin` is called once, before anything is read. `read` runs in a worker process, `write` inside
    the transaction that writes the videos.
    """

    async def begin(self) -> None: ...

    def claims(self, suffix: str) -> bool: ...

    def read(self, files: Sequence[File], info: Info) -> tuple[list[Any], list[ImportFault]]: ...

    async def write(
        self,
        connection: Any,
        videos: Sequence[tuple[Any, list[Any], bool]],
        counts: dict[str, int],
        *,
        restore: bool,
    ) -> None:
        """Each video's id, what was read, and whether its files are the newest known of it.

        Older ones may only add what is missing. `restore` brings back what a person has deleted.
        """


class Read(msgspec.Struct):
    """What the files of one group say. `values` are columns; faults are of single files."""

    kind: Literal["video", "channel", "playlist", "broken"]
    path: str
    fingerprint: str | None = None
    extracted_at: float = 0
    values: dict[str, Any] = {}
    channel: dict[str, Any] | None = None
    companions: list[list[Any]] = []
    faults: list[ImportFault] = []


def fingerprint(group: Group) -> str:
    """Changes whenever a file of the group is added, removed or written."""
    digest = hashlib.sha256(str(READER_VERSION).encode())
    for file in (group.info, *group.files):
        digest.update(f"{file.path}\0{file.size}\0{file.mtime_ns}\0".encode())
    return digest.hexdigest()


def read_bytes(file: File, limit: int) -> bytes:
    """Raises BrokenFile. A symbolic link that took the file's place is refused."""
    try:
        handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as opened:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise BrokenFile("is not a regular file")
            if found.st_size > limit:
                size = f"{found.st_size / (1 << 20):,.0f} MB"
                raise BrokenFile(f"is too large ({size}; at most {limit >> 20} MB are read)")
            return opened.read(limit + 1)
    except OSError as error:
        raise BrokenFile(f"cannot be read ({error.strerror})") from None


def read_group(group: Group, companions: Sequence[Companion]) -> Read:
    """Never raises for what is in a file: the faults say it."""
    path = group.info.path
    try:
        info = parse_info(read_bytes(group.info, MAX_INFO_BYTES))
        extracted_at = as_float(info.epoch, "epoch") or group.info.mtime_ns / 1e9
        if info.is_list:
            return Read(
                kind="channel" if info.is_channel else "playlist",
                path=path,
                fingerprint=fingerprint(group),
                extracted_at=extracted_at,
                channel=channel_values(info) if info.is_channel else None,
            )
        values, channel = video_values(info), channel_values(info)
    except BrokenFile as error:
        return Read(kind="broken", path=path, faults=[ImportFault(path, str(error))])

    read = Read(kind="video", path=path, extracted_at=extracted_at, values=values, channel=channel)
    read.values |= media_values(group, info)
    if values["description"] is None:
        _read_description(group, read)
    for companion in companions:
        files = [file for file in group.files if companion.claims(file.suffix)]
        rows, faults = companion.read(files, info)
        read.companions.append(rows)
        read.faults += faults
    # While a file is broken the group has no fingerprint, so that the next run tells again.
    read.fingerprint = None if read.faults else fingerprint(group)
    return read


def media_values(group: Group, info: Info) -> dict[str, Any]:
    """Where the video's own file is, if it is there: the container yt-dlp names, else the largest.

    A name with a format in it (`name.f137.mp4`) is a piece of an unfinished download.
    """
    found = [file for file in group.files if file.suffix[1:].lower() in MEDIA and file.size]
    if not found:
        return {"cloud_url": None, "file_size_bytes": None, "download_status": "pending"}
    best = max(found, key=lambda file: (file.suffix == f".{info.ext}", file.size))
    return {
        "cloud_url": best.path,
        "file_size_bytes": best.size,
        "download_status": "complete",
    }


def _read_description(group: Group, read: Read) -> None:
    for file in group.files:
        if file.suffix == ".description":
            try:
                text = read_bytes(file, MAX_DESCRIPTION_BYTES).decode()
                refuse_nul(text)
                read.values["description"] = text.strip() or None
            except UnicodeDecodeError as error:
                read.faults.append(ImportFault(file.path, f"is not UTF-8 (byte {error.start})"))
            except BrokenFile as error:
                read.faults.append(ImportFault(file.path, str(error)))


def read_groups(groups: Sequence[Group], companions: Sequence[Companion]) -> list[Read]:
    """One task of a worker process."""
    return [read_group(group, companions) for group in groups]


def start_worker() -> None:
    """Ctrl-C is the parent's to handle; a parent that was killed takes its workers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
