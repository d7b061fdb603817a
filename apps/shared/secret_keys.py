"""The keys that stored secrets are encrypted with: how one is written, and the file of them.

The file is for the embedded database alone. It lies beside the database, not in it, so that a copy
of the database is of no use without it.
"""

import base64
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.shared.errors import DomainError

KEY_BYTES = 32
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?")
HEX = re.compile(r"[0-9A-Fa-f]{64}")
MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
EXPECTED = f"32 random bytes in base64 or hex, such as `{MAKE_ONE}` prints"


class SecretsUnavailable(DomainError):
    """Nothing can be encrypted until whoever runs the program has mended its keys."""

    status, title = 503, "Secrets unavailable"
    retry_after = 60


class Key(NamedTuple):
    """The bytes of the key are in its cipher alone, which prints as none of them."""

    id: str
    cipher: AESGCM


def make_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def read_key(text: str) -> Key:
    """The same bytes are the same key, in base64 and in hex.

    Raises ValueError, which does not repeat the text.
    """
    if HEX.fullmatch(text):
        material = bytes.fromhex(text)
    elif BASE64.fullmatch(text):
        standard = text.replace("-", "+").replace("_", "/")
        material = base64.b64decode(standard[:43] + "=")
    else:
        raise ValueError("not a key")
    # Of 32 random bytes about 30 differ; of what somebody typed to fill the line, few do.
    if len(set(material)) < KEY_BYTES // 2:
        raise ValueError("not random")
    return Key(hashlib.sha256(material).hexdigest()[:8], AESGCM(material))


def read_keys(text: str) -> tuple[Key, ...]:
    """One at least, newest first, separated by commas or lines. Raises ValueError as above."""
    parts = [part.strip() for part in re.split(r"[,\n]", text)]
    if not any(parts):
        raise ValueError("no key")
    return tuple(read_key(part) for part in parts if part)


class KeyFile:
    """`secret.key` in DATA_DIR, one key a line, newest first; made at first need."""

    def __init__(self, folder: Path) -> None:
        self.path = folder.expanduser().absolute() / "secret.key"

    def read(self) -> tuple[Key, ...]:
        """None when there is no file. It is read again when it has changed.

        Raises SecretsUnavailable, and never overwrites a file that cannot be read.
        """
        try:
            found = self.path.stat()
            if found.st_mode & 0o077:
                raise SecretsUnavailable(
                    f"Others may read the keys in {self.path}: run `chmod 600 {self.path}`."
                )
            return _read(self.path, (found.st_ino, found.st_mtime_ns, found.st_size))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise SecretsUnavailable(
                f"The keys in {self.path} cannot be read ({error.strerror})."
            ) from None
        except ValueError:
            raise SecretsUnavailable(
                f"{self.path} must have a key on each line: {EXPECTED}. "
                "Put back the file that was there, or the secrets are lost."
            ) from None

    def make(self) -> tuple[Key, ...]:
        """The keys, of which one is made when there is none."""
        with self._locked() as folder:
            if not self.read():
                self._prepend(folder)
        return self.read()

    def renew(self) -> tuple[Key, ...]:
        """The keys, with a new one before the others."""
        with self._locked() as folder:
            self.read()  # A file that cannot be read is not overwritten.
            self._prepend(folder)
        return self.read()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """One process at a time makes a key, so that none is lost."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield folder
            finally:
                os.close(folder)
        except OSError as error:
            raise SecretsUnavailable(
                f"No key can be written to {self.path} ({error.strerror})."
            ) from None

    def _prepend(self, folder: int) -> None:
        """On the disk before anything is encrypted with it: without its key a secret is lost."""
        before = self.path.read_text() if self.path.exists() else ""
        beside = self.path.with_suffix(".unfinished")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{make_key()}\n{before}")
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.path)
        os.fsync(folder)


@lru_cache(maxsize=1)
def _read(path: Path, _stamp: tuple[int, int, int]) -> tuple[Key, ...]:
    return read_keys(path.read_text())
