"""The pictures, videos and sounds that people may see: those in DATA_DIR, and nothing else."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from apps.shared.db.embedded import FOLDER
from apps.shared.errors import NotFound
from apps.shared.plugs import Plug
from apps.shared.settings import get_settings

# Not of the module mimetypes, which knows other ones on each machine. No SVG: it can hold scripts.
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
TYPES = {**PICTURES, **VIDEOS, **SOUNDS}
"""What a name ends with → the Content-Type it is served with."""

ADDRESS = "/media/"

private_folders: Plug[Sequence[Callable[[], Path]]] = Plug(())
"""The program's own folders, of which nobody is shown a file even where they lie in DATA_DIR."""


def data_dir() -> Path:
    return get_settings().data_dir.expanduser().resolve()


def extension(name: str | Path) -> str:
    return Path(name).suffix[1:].lower()


def locate(stored: str | Path) -> Path | None:
    """The file that is meant, without symbolic links, if it may be shown.

    A path that is not absolute begins in DATA_DIR.
    """
    root = data_dir()
    try:
        found = (root / stored).resolve(strict=True)
        if found.is_relative_to(root) and extension(found) in TYPES and found.is_file():
            return None if is_private(found, root) else found
    except (OSError, ValueError, RuntimeError):  # It has no such file, or cannot be a path at all.
        pass
    return None


def is_private(found: Path, root: Path) -> bool:
    """Whether it is in a folder of the program's own, or in a hidden one."""
    parts = found.relative_to(root).parts
    own = (folder().resolve() for folder in private_folders())
    is_own = any(
        folder != root and folder.is_relative_to(root) and found.is_relative_to(folder)
        for folder in own
    )
    is_hidden = any(part.startswith(".") for part in parts)
    return is_own or is_hidden or parts[0] == FOLDER or parts[0].startswith(f"{FOLDER}.")


def address(file: Path) -> str:
    """Where the pages and the admin get a file that was located."""
    return ADDRESS + quote(str(file.relative_to(data_dir())))


def open_file(stored: str) -> tuple[int, Path]:
    """A file descriptor, which the caller closes, and where the file is. Raises NotFound.

    It is opened one folder after the other, so that no symbolic link that is made meanwhile can
    lead out of DATA_DIR.
    """
    found = locate(stored)
    missing = NotFound("There is no picture, video or sound here that can be shown.")
    if found is None:
        raise missing
    root = data_dir()
    opened = os.open(root, os.O_RDONLY)
    try:
        for part in found.relative_to(root).parts:
            folder = opened
            try:
                # Without NONBLOCK a fifo would wait for somebody to write.
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


def is_elsewhere(stored: str) -> bool:
    """Whether it is the address of a file on another host."""
    try:
        return urlsplit(stored).scheme.lower() in {"http", "https"}
    except ValueError:
        return False


def why_hidden(stored: str | None) -> str:
    """Of what `locate` has no file for: a sentence."""
    if not stored:
        return "It has no file yet."
    if is_elsewhere(stored):
        return f"The file is on another host, at {stored}"
    if extension(stored) not in TYPES:
        return "The file is not of a kind that is shown: pictures, videos and sounds are."
    return "The file is not in DATA_DIR, or not any more: only files in there are shown."


def beside(file: Path) -> Path | None:
    """The picture that yt-dlp has put beside a video."""
    pictures = (file.with_suffix(f".{kind}") for kind in ("webp", "jpg", "png", "jpeg"))
    return next((found for each in pictures if (found := locate(each))), None)
