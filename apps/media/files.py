"""The pictures, videos and sounds in DATA_DIR, the only files that people may see."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from apps.shared.db.embedded import FOLDER
from apps.shared.errors import NotFound
from apps.shared.plugs import Plug
from apps.shared.settings import get_settings

# Not from mimetypes, which differs between machines. No SVG, which can contain scripts.
PICTURES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
VIDEOS = {
    "3gp": "video/3gpp",
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "m4v": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "mpg": "video/mpeg",
    "ogv": "video/ogg",
    "ts": "video/mp2t",
    "webm": "video/webm",
    "wmv": "video/x-ms-wmv",
}
SOUNDS = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mka": "audio/x-matroska",
    "mp3": "audio/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
}
CONTENT_TYPES = {**PICTURES, **VIDEOS, **SOUNDS}
"""Extension → Content-Type."""

MEDIA_PATH = "/media/"

private_folders: Plug[Sequence[Callable[[], Path]]] = Plug(())
"""The program's own folders, whose files are never shown, even inside DATA_DIR."""


def get_data_dir() -> Path:
    return get_settings().data_dir.expanduser().resolve()


def get_extension(name: str | Path) -> str:
    return Path(name).suffix[1:].lower()


def locate_file(stored: str | Path) -> Path | None:
    """The file, with symbolic links resolved, if it may be shown.

    A relative path is relative to DATA_DIR.
    """
    root = get_data_dir()
    try:
        found = (root / stored).resolve(strict=True)
        if found.is_relative_to(root) and get_extension(found) in CONTENT_TYPES and found.is_file():
            return None if is_private(found, root) else found
    except (OSError, ValueError, RuntimeError):  # No such file, or an invalid path.
        pass
    return None


def is_private(found: Path, root: Path) -> bool:
    """Whether it is in one of the program's own folders, or a hidden one."""
    parts = found.relative_to(root).parts
    own = (folder().resolve() for folder in private_folders())
    is_own = any(
        folder != root and folder.is_relative_to(root) and found.is_relative_to(folder)
        for folder in own
    )
    is_hidden = any(part.startswith(".") for part in parts)
    return is_own or is_hidden or parts[0] == FOLDER or parts[0].startswith(f"{FOLDER}.")


def build_media_url(file: Path) -> str:
    """The URL path of a located file."""
    return MEDIA_PATH + quote(str(file.relative_to(get_data_dir())))


def open_media_file(stored: str) -> tuple[int, Path]:
    """A file descriptor, which the caller must close, and the file's path. Raises NotFound.

    The folders are opened one by one, so that a symbolic link created in the meantime cannot lead
    out of DATA_DIR.
    """
    found = locate_file(stored)
    missing = NotFound("No such picture, video or sound.")
    if found is None:
        raise missing
    root = get_data_dir()
    opened = os.open(root, os.O_RDONLY)
    try:
        for part in found.relative_to(root).parts:
            folder = opened
            try:
                # Without NONBLOCK, opening a FIFO would wait for a writer.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                opened = os.open(part, flags, dir_fd=folder)
            finally:
                os.close(folder)
    except OSError:
        raise missing from None
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise missing
    return opened, found


def is_remote(stored: str) -> bool:
    """Whether it is the URL of a file on another host."""
    try:
        return urlsplit(stored).scheme.lower() in {"http", "https"}
    except ValueError:
        return False


def explain_missing_file(stored: str | None) -> str:
    """Why `locate_file` finds no file, for a person."""
    if not stored:
        return "There is no file yet."
    if is_remote(stored):
        return f"The file is on another host: {stored}"
    if get_extension(stored) not in CONTENT_TYPES:
        return "Only pictures, videos and sounds can be shown."
    return "The file is not in DATA_DIR. Only files there can be shown."


def find_thumbnail(file: Path) -> Path | None:
    """The thumbnail that yt-dlp saved beside a video."""
    pictures = (file.with_suffix(f".{kind}") for kind in ("webp", "jpg", "png", "jpeg"))
    return next((found for each in pictures if (found := locate_file(each))), None)
