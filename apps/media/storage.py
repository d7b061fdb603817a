"""Columns that name a file: the admin shows it, and takes another one in its place."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from piccolo.columns import Text
from piccolo.table import Table
from piccolo_api.media.base import MediaStorage
from uuid_utils.compat import uuid7

from apps.media.files import (
    address,
    data_dir,
    extension,
    locate,
    why_hidden,
)

PART = 1 << 20

ISO = rb".{4}(ftyp|moov|mdat|wide|free|skip)"
MATROSKA = rb"\x1a\x45\xdf\xa3"
OGG = rb"OggS"
BEGINNINGS = {
    **dict.fromkeys(("3gp", "avif", "m4a", "m4v", "mov", "mp4"), ISO),
    **dict.fromkeys(("mka", "mkv", "webm"), MATROSKA),
    **dict.fromkeys(("oga", "ogg", "ogv", "opus"), OGG),
    **dict.fromkeys(("jpeg", "jpg"), rb"\xff\xd8\xff"),
    "aac": rb"\xff[\xf0-\xf9]|ADIF|ID3",
    "avi": rb"RIFF.{4}AVI ",
    "flac": rb"fLaC",
    "flv": rb"FLV\x01",
    "gif": rb"GIF8[79]a",
    "mp3": rb"ID3|\xff[\xe2-\xff]",
    "mpg": rb"\x00\x00\x01[\xb3\xba]",
    "png": rb"\x89PNG\r\n\x1a\n",
    "ts": rb"\x47.{187}\x47",
    "wav": rb"RIFF.{4}WAVE",
    "webp": rb"RIFF.{4}WEBP",
    "wmv": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
}
"""What a name ends with → what the file begins with."""


class DataDir(MediaStorage):
    """A key is what the column has: a path or an address, whoever wrote it.

    Files that people upload get names of their own and replace none. None is ever deleted.
    """

    def __init__(self, column: Text, kinds: Mapping[str, str]) -> None:
        super().__init__(column, allowed_extensions=[*kinds], allowed_characters=None)
        self.kinds = kinds
        self.table = column._meta.table._meta.tablename

    async def generate_file_url(self, file_key: str, root_url: str, user: Any = None) -> str:
        """Of what cannot be shown: a sentence, in the form of an address.

        The page would fetch any address at once, also one on another host.
        """
        file = await asyncio.to_thread(locate, file_key)
        if file is not None:
            return address(file)
        return f"data:text/plain;charset=utf-8,{quote(why_hidden(file_key))}"

    async def store_file(self, file_name: str, file: IO[bytes], user: Any = None) -> str:
        """Where it is stored now. Raises ValueError."""
        kind = extension(file_name.rpartition("/")[2])
        if kind not in self.kinds:
            raise ValueError(
                f"A file with one of these endings is needed: {', '.join(self.kinds)}."
            )
        try:
            return str(await asyncio.to_thread(self.store, kind, file))
        except OSError as error:
            raise ValueError(f"The file cannot be stored ({error.strerror}).") from None

    def store(self, kind: str, file: IO[bytes]) -> Path:
        """Raises ValueError for what is not of that kind."""
        part = file.read(PART)
        if not re.match(BEGINNINGS[kind], part, re.DOTALL):
            raise ValueError(f"What is in the file is not {kind}.")
        place = data_dir() / "media" / self.table / f"{uuid7()}.{kind}"
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with place.open("xb") as stored:
                while part:
                    stored.write(part)
                    part = file.read(PART)
        except BaseException:
            with suppress(OSError):
                place.unlink()
            raise
        return place

    async def get_file(self, file_key: str) -> IO[bytes] | None:
        file = await asyncio.to_thread(locate, file_key)
        return None if file is None else file.open("rb")

    async def get_file_keys(self) -> list[str]:
        """Of what was uploaded."""
        return [str(file) for file in (data_dir() / "media" / self.table).glob("*")]

    async def delete_file(self, file_key: str) -> None:
        raise PermissionError("Files of the library are deleted by hand.")

    async def bulk_delete_files(self, file_keys: list[str]) -> None:
        raise PermissionError("Files of the library are deleted by hand.")

    def __hash__(self) -> int:
        return hash((self.table, self.column._meta.name))


def storages(*wanted: tuple[Text, Mapping[str, str]]) -> dict[type[Table], list[MediaStorage]]:
    return {column._meta.table: [DataDir(column, kinds)] for column, kinds in wanted}
