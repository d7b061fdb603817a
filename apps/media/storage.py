"""Lets the admin show and upload the files that columns refer to."""

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
    build_media_url,
    explain_missing_file,
    get_data_dir,
    get_extension,
    locate_file,
)

CHUNK_BYTES = 1 << 20

ISO = rb".{4}(ftyp|moov|mdat|wide|free|skip)"
MATROSKA = rb"\x1a\x45\xdf\xa3"
OGG = rb"OggS"
SIGNATURES = {
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
"""Extension → the bytes a file starts with, as a pattern."""


class DataDirStorage(MediaStorage):
    """A key is the column's value: a path or a URL, whoever wrote it.

    Uploads get new names and replace no file. No file is ever deleted.
    """

    def __init__(self, column: Text, kinds: Mapping[str, str]) -> None:
        super().__init__(column, allowed_extensions=[*kinds], allowed_characters=None)
        self.kinds = kinds
        self.table = column._meta.table._meta.tablename

    async def generate_file_url(self, file_key: str, root_url: str, user: Any = None) -> str:
        """For a file that cannot be shown, a data URL with the reason.

        Otherwise the page would fetch any URL at once, even from another host.
        """
        file = await asyncio.to_thread(locate_file, file_key)
        if file is not None:
            return build_media_url(file)
        return f"data:text/plain;charset=utf-8,{quote(explain_missing_file(file_key))}"

    async def store_file(self, file_name: str, file: IO[bytes], user: Any = None) -> str:
        """The path of the stored file. Raises ValueError."""
        kind = get_extension(file_name.rpartition("/")[2])
        if kind not in self.kinds:
            raise ValueError(
                f"The file must have one of these extensions: {', '.join(self.kinds)}."
            )
        try:
            return str(await asyncio.to_thread(self.write_file, kind, file))
        except OSError as error:
            raise ValueError(f"Could not store the file ({error.strerror}).") from None

    def write_file(self, kind: str, file: IO[bytes]) -> Path:
        """Raises ValueError if the content is of another kind."""
        part = file.read(CHUNK_BYTES)
        if not re.match(SIGNATURES[kind], part, re.DOTALL):
            raise ValueError(f"This is not a valid {kind} file.")
        path = get_data_dir() / "media" / self.table / f"{uuid7()}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as stored:
                while part:
                    stored.write(part)
                    part = file.read(CHUNK_BYTES)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
        return path

    async def get_file(self, file_key: str) -> IO[bytes] | None:
        file = await asyncio.to_thread(locate_file, file_key)
        return None if file is None else file.open("rb")

    async def get_file_keys(self) -> list[str]:
        """The uploaded files."""
        return [str(file) for file in (get_data_dir() / "media" / self.table).glob("*")]

    async def delete_file(self, file_key: str) -> None:
        raise PermissionError("Files in the library must be deleted by hand.")

    async def bulk_delete_files(self, file_keys: list[str]) -> None:
        raise PermissionError("Files in the library must be deleted by hand.")

    def __hash__(self) -> int:
        return hash((self.table, self.column._meta.name))


def build_storages(
    *columns: tuple[Text, Mapping[str, str]],
) -> dict[type[Table], list[MediaStorage]]:
    return {column._meta.table: [DataDirStorage(column, kinds)] for column, kinds in columns}
