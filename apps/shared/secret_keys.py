"""Encryption keys for stored secrets: their format, and the embedded database's key file.

The file stands beside the database, not in it: a copy of the database alone reveals nothing.
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
GENERATE_KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
KEY_DESCRIPTION = f"32 random bytes in base64 or hex, such as `{GENERATE_KEY_COMMAND}` prints"


class SecretsUnavailable(DomainError):
    """Nothing can be encrypted until the operator fixes the keys."""

    status, title = 503, "Secrets unavailable"
    retry_after = 60


class Key(NamedTuple):
    """Keeps the key's bytes in the cipher only, whose repr does not show them."""

    id: str
    cipher: AESGCM


def generate_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def parse_key(text: str) -> Key:
    """Reads base64 or hex. Raises ValueError, which never repeats the text."""
    if HEX.fullmatch(text):
        material = bytes.fromhex(text)
    elif BASE64.fullmatch(text):
        standard = text.replace("-", "+").replace("_", "/")
        material = base64.b64decode(standard[:43] + "=")
    else:
        raise ValueError("not a key")
    # Of 32 random bytes about 30 are distinct; of something typed by hand, few are.
    if len(set(material)) < KEY_BYTES // 2:
        raise ValueError("not random")
    return Key(hashlib.sha256(material).hexdigest()[:8], AESGCM(material))


def parse_keys(text: str) -> tuple[Key, ...]:
    """At least one, newest first, separated by commas or lines. Raises ValueError."""
    parts = [part.strip() for part in re.split(r"[,\n]", text)]
    if not any(parts):
        raise ValueError("no key")
    return tuple(parse_key(part) for part in parts if part)


class KeyFile:
    """`secret.key` in DATA_DIR: one key per line, newest first. Created when first needed."""

    def __init__(self, folder: Path) -> None:
        self.path = folder.expanduser().absolute() / "secret.key"

    def read(self) -> tuple[Key, ...]:
        """Empty without a file. Rereads a file that has changed. Raises SecretsUnavailable."""
        try:
            found = self.path.stat()
            if found.st_mode & 0o077:
                raise SecretsUnavailable(
                    f"Other users can read the keys in {self.path}: run `chmod 600 {self.path}`."
                )
            return _read_key_file(self.path, (found.st_ino, found.st_mtime_ns, found.st_size))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise SecretsUnavailable(
                f"The keys in {self.path} cannot be read ({error.strerror})."
            ) from None
        except ValueError:
            raise SecretsUnavailable(
                f"{self.path} must have one key per line: {KEY_DESCRIPTION}. "
                "Restore the original file, or the stored secrets are lost."
            ) from None

    def ensure_key(self) -> tuple[Key, ...]:
        """Generates a key unless there is one."""
        with self._locked() as folder:
            if not self.read():
                self._prepend(folder)
        return self.read()

    def add_key(self) -> tuple[Key, ...]:
        """Generates a key and puts it first."""
        with self._locked() as folder:
            self.read()  # Raises rather than overwrite an unreadable file.
            self._prepend(folder)
        return self.read()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Serializes processes that add keys, so that none is lost."""
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
                f"Cannot write a key to {self.path} ({error.strerror})."
            ) from None

    def _prepend(self, folder: int) -> None:
        """Flushed to disk before use: a secret whose key is lost is lost, too."""
        before = self.path.read_text() if self.path.exists() else ""
        beside = self.path.with_suffix(".unfinished")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{generate_key()}\n{before}")
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.path)
        os.fsync(folder)


@lru_cache(maxsize=1)
def _read_key_file(path: Path, _stamp: tuple[int, int, int]) -> tuple[Key, ...]:
    return parse_keys(path.read_text())
