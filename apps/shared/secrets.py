"""Secrets as they are stored: encrypted, and bound to the place that they are in.

A stored secret is `1:<id of the key>:<when it was set>:<base64url>`: the form's version, the first
8 hex digits of the key's SHA-256, seconds since 1970, and nonce, ciphertext and tag of AES-256-GCM
(NIST SP 800-38D) without padding. What stands in front and the place are its associated data.
"""

import base64
import os
import re
import time
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag

from apps.shared.errors import DomainError
from apps.shared.secret_keys import Key, KeyFile, SecretsUnavailable, read_keys
from apps.shared.settings import get_settings

FORM = "1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}"
"""Of a whole stored secret, for Python and for PostgreSQL."""

NONCE_BYTES = 12
MALFORMED = "cannot be read: it is not in the form of one. Set it again."


class Unreadable(DomainError):
    """A stored secret cannot be decrypted; it stays as it is."""

    status, title = 503, "Secret unreadable"
    retry_after = 60


def place(table: str, column: str, *row: object) -> str:
    """Such as `channels.credentials:<id>`: what names the row, and stays as long as it does."""
    return f"{table}.{column}:{':'.join(map(str, row))}"


def encrypt(text: str, place: str) -> str:
    """Raises SecretsUnavailable when there is no key, or none that may be used."""
    return _seal(text, place, int(time.time()), newest_key())


def decrypt(stored: str, place: str) -> str:
    """Raises Unreadable: malformed, its key missing, or altered or from another place."""
    head, sealed = _split(stored, place)
    wanted = key_id(stored)
    key = next((key for key in known_keys() if key.id == wanted), None)
    if key is None:
        raise Unreadable(
            f"The secret in {place} cannot be read: its key {wanted} is missing. {_how_to_give()}"
        )
    try:
        text = key.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(head, place))
    except InvalidTag:
        raise Unreadable(
            f"The secret in {place} cannot be read: it was altered, or copied there from another "
            "place. Set it again."
        ) from None
    return text.decode()


def rotate(stored: str, place: str) -> str:
    """The same secret, of the same time, with the newest key. Raises what the two above raise."""
    text = decrypt(stored, place)
    newest = newest_key()
    if key_id(stored) == newest.id:
        return stored
    return _seal(text, place, int(set_at(stored).timestamp()), newest)


def key_id(stored: str) -> str:
    """Raises Unreadable when that is not in the form of a secret; more it does not look at."""
    return _head(stored)[1]


def set_at(stored: str) -> datetime:
    """Raises Unreadable as above."""
    return datetime.fromtimestamp(int(_head(stored)[2]), UTC)


def known_keys() -> tuple[Key, ...]:
    """Newest first; none when none was given, or made yet. Raises SecretsUnavailable."""
    settings = get_settings()
    if settings.secret_keys:
        return read_keys(settings.secret_keys.get_secret_value())
    return () if settings.database_url else KeyFile(settings.data_dir).read()


def newest_key() -> Key:
    """On the embedded database it is made when there is none. Raises SecretsUnavailable."""
    if found := known_keys():
        return found[0]
    settings = get_settings()
    if settings.database_url:
        raise SecretsUnavailable(
            "No secret can be stored, because the program has no key for it: whoever runs it sets "
            "SECRET_KEYS."
        )
    return KeyFile(settings.data_dir).make()[0]


def _how_to_give() -> str:
    settings = get_settings()
    if settings.secret_keys or settings.database_url:
        return "Add it to the end of SECRET_KEYS."
    return f"Add it as the last line of {KeyFile(settings.data_dir).path}."


def _seal(text: str, place: str, seconds: int, key: Key) -> str:
    head = f"1:{key.id}:{seconds}"
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.cipher.encrypt(nonce, text.encode(), _bound(head, place))
    return f"{head}:{_written(sealed)}"


def _head(stored: str) -> list[str]:
    if not re.fullmatch(FORM, stored):
        raise Unreadable(f"A stored secret {MALFORMED}")
    return stored.split(":")


def _split(stored: str, place: str) -> tuple[str, bytes]:
    """What stands in front, and nonce, ciphertext and tag. Raises Unreadable."""
    if re.fullmatch(FORM, stored):
        head, _, text = stored.rpartition(":")
        # One character too many for whole bytes: PostgreSQL's form cannot tell.
        if len(text) % 4 != 1:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            # Only one spelling of the same bytes is taken, so that no character may be another.
            if _written(sealed) == text:
                return head, sealed
    raise Unreadable(f"The secret in {place} {MALFORMED}")


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _bound(head: str, place: str) -> bytes:
    return f"{head}:{place}".encode()
