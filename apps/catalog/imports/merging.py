"""What a file may change of a row: a merge of three, as version control does it.

The three are what the import wrote last (as digests), what the row says now, and what the file
says. Where row and last writing differ, a person has edited the row, and it stays.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

EXACT = 1 << 53


def digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(_plain(value), order="sorted")).hexdigest()[:16]


def is_empty(name: str, value: Any) -> bool:
    """Worth nothing: a file never puts such a value in the place of another one."""
    return value in (None, "", [], {}) or (name == "download_status" and value == "pending")


def _plain(value: Any) -> Any:
    """The same for every way to write a number: JSONB turns 1e22 and -0.0 into others."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case int() | float() if abs(value) >= EXACT:
            return str(Decimal(repr(value)).normalize())
        case float() if value.is_integer():
            return int(value)
    return value


def merge(
    current: Mapping[str, Any],
    written: Mapping[str, str],
    found: Mapping[str, Any],
    *,
    newer: bool,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns to change, and the digests to remember of what the import has written.

    `current` is {} for a row that does not exist yet. `newer` says that the file is not older than
    the one that was imported last; an older one only fills what is empty. `metadata` is merged key
    by key.
    """
    changes: dict[str, Any] = {}
    remembered = dict(written)
    for name, value in found.items():
        if name == "metadata":
            before = current.get(name) or {}
            inner = {
                key.removeprefix("metadata."): text
                for key, text in written.items()
                if key.startswith("metadata.")
            }
            changed, inner = merge(before, inner, value, newer=newer)
            remembered |= {f"metadata.{key}": inner[key] for key in value if key in inner}
            if changed:
                changes[name] = {**before, **changed}
        elif not is_empty(name, value) and _may_write(name, value, current, written, newer):
            remembered[name] = digest(value)
            if name not in current or _plain(current[name]) != _plain(value):
                changes[name] = value
    return changes, remembered


def _may_write(
    name: str, value: Any, current: Mapping[str, Any], written: Mapping[str, str], newer: bool
) -> bool:
    now = current.get(name)
    if name not in written:
        return is_empty(name, now) or _plain(now) == _plain(value)
    if written[name] != digest(now):
        return False
    return newer
