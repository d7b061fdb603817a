"""Which columns a file may change: a three-way merge, as in version control.

The three are what the last import wrote (kept as digests), what the row says now, and what the file
says. Where the row differs from what the last import wrote, a person has edited it, and it stays.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

EXACT = 1 << 53


def digest_value(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(_normalize(value), order="sorted")).hexdigest()[:16]


def is_empty(name: str, value: Any) -> bool:
    """A file never replaces another value with one of these."""
    return value in (None, "", [], {}) or (name == "download_status" and value == "pending")


def _normalize(value: Any) -> Any:
    """The same for every way to write a number: JSONB rewrites 1e22 and -0.0."""
    match value:
        case dict():
            return {key: _normalize(item) for key, item in value.items()}
        case list():
            return [_normalize(item) for item in value]
        case int() | float() if abs(value) >= EXACT:
            return str(Decimal(repr(value)).normalize())
        case float() if value.is_integer():
            return int(value)
    return value


def merge_values(
    current: Mapping[str, Any],
    written: Mapping[str, str],
    found: Mapping[str, Any],
    *,
    newer: bool,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns to change, and the digests of what the import has now written.

    `current` is {} for a row that does not exist yet. `newer` means that the file is not older than
    the last one imported; an older file only fills empty columns. `metadata` is merged key by key.
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
            changed, inner = merge_values(before, inner, value, newer=newer)
            remembered |= {f"metadata.{key}": inner[key] for key in value if key in inner}
            if changed:
                changes[name] = {**before, **changed}
        elif not is_empty(name, value) and _may_write(name, value, current, written, newer):
            remembered[name] = digest_value(value)
            if name not in current or _normalize(current[name]) != _normalize(value):
                changes[name] = value
    return changes, remembered


def _may_write(
    name: str, value: Any, current: Mapping[str, Any], written: Mapping[str, str], newer: bool
) -> bool:
    now = current.get(name)
    if name not in written:
        return is_empty(name, now) or _normalize(now) == _normalize(value)
    if written[name] != digest_value(now):
        return False
    return newer
