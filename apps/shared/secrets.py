"""Encrypts stored secrets and binds each one to its row and column.

The envelope is `1:<key id>:<set at>:<base64url>`: the format's version, the first 8 hex digits of
the key's SHA-256, Unix seconds, then nonce, ciphertext and tag of AES-256-GCM (NIST SP 800-38D),
unpadded. The header and the location are the associated data.
"""

import base64
import os
import re
import time
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag

from apps.shared.errors import DomainError
from apps.shared.secret_keys import Key, KeyFile, SecretsUnavailable, parse_keys
from apps.shared.settings import get_settings

ENVELOPE_PATTERN = "1:[0-9a-f]{8}:[0-9]{1,11}:[A-Za-z0-9_-]{38,}"
"""A whole envelope, in syntax that both Python and PostgreSQL understand."""

NONCE_BYTES = 12
MALFORMED = "is malformed. Set it again."


class SecretUnreadable(DomainError):
    """A stored secret cannot be decrypted. It is left unchanged."""

    status, title = 503, "Secret unreadable"
    retry_after = 60


def locate_secret(table: str, column: str, *row: object) -> str:
    """Such as `channels.credentials:<id>`; `row` must never change while the row exists."""
    return f"{table}.{column}:{':'.join(map(str, row))}"


def encrypt_secret(text: str, location: str) -> str:
    """Raises SecretsUnavailable without a usable key."""
    return _seal_secret(text, location, int(time.time()), load_newest_key())


def decrypt_secret(stored: str, location: str) -> str:
    """Raises SecretUnreadable if malformed, altered, moved, or its key is missing."""
    head, sealed = _split_secret(stored, location)
    wanted = read_key_id(stored)
    key = next((key for key in load_keys() if key.id == wanted), None)
    if key is None:
        raise SecretUnreadable(
            f"The secret in {location} cannot be decrypted: its key {wanted} is missing. "
            f"{_explain_adding_key()}"
        )
    try:
        bound_to = _associated_data(head, location)
        text = key.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise SecretUnreadable(
            f"The secret in {location} cannot be decrypted: it was altered or copied from "
            "elsewhere. Set it again."
        ) from None
    return text.decode()


def reencrypt_secret(stored: str, location: str) -> str:
    """Encrypts it with the newest key, keeping when it was set. Raises what decrypting raises."""
    text = decrypt_secret(stored, location)
    newest = load_newest_key()
    if read_key_id(stored) == newest.id:
        return stored
    return _seal_secret(text, location, int(read_set_at(stored).timestamp()), newest)


def read_key_id(stored: str) -> str:
    """Raises SecretUnreadable if malformed. Decrypts nothing."""
    return _split_head(stored)[1]


def read_set_at(stored: str) -> datetime:
    """Raises SecretUnreadable if malformed. Decrypts nothing."""
    return datetime.fromtimestamp(int(_split_head(stored)[2]), UTC)


def load_keys() -> tuple[Key, ...]:
    """Newest first; empty until a key is configured or generated. Raises SecretsUnavailable."""
    settings = get_settings()
    if settings.secret_keys:
        return parse_keys(settings.secret_keys.get_secret_value())
    return () if settings.database_url else KeyFile(settings.data_dir).read()


def load_newest_key() -> Key:
    """Generates the first key with the embedded database. Raises SecretsUnavailable."""
    if found := load_keys():
        return found[0]
    settings = get_settings()
    if settings.database_url:
        raise SecretsUnavailable(
            "Secrets cannot be stored without an encryption key. Set SECRET_KEYS and restart."
        )
    return KeyFile(settings.data_dir).ensure_key()[0]


def _explain_adding_key() -> str:
    settings = get_settings()
    if settings.secret_keys or settings.database_url:
        return "Add it to the end of SECRET_KEYS."
    return f"Add it as the last line of {KeyFile(settings.data_dir).path}."


def _seal_secret(text: str, location: str, seconds: int, key: Key) -> str:
    head = f"1:{key.id}:{seconds}"
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.cipher.encrypt(nonce, text.encode(), _associated_data(head, location))
    return f"{head}:{_encode_base64(sealed)}"


def _split_head(stored: str) -> list[str]:
    if not re.fullmatch(ENVELOPE_PATTERN, stored):
        raise SecretUnreadable(f"A stored secret {MALFORMED}")
    return stored.split(":")


def _split_secret(stored: str, location: str) -> tuple[str, bytes]:
    """The header, and nonce, ciphertext and tag. Raises SecretUnreadable."""
    if re.fullmatch(ENVELOPE_PATTERN, stored):
        head, _, text = stored.rpartition(":")
        # A remainder of 1 is not whole bytes, which the pattern cannot express.
        if len(text) % 4 != 1:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            # Base64 has several spellings of the same bytes: accept only the canonical one.
            if _encode_base64(sealed) == text:
                return head, sealed
    raise SecretUnreadable(f"The secret in {location} {MALFORMED}")


def _encode_base64(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _associated_data(head: str, location: str) -> bytes:
    return f"{head}:{location}".encode()
