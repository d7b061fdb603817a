"""What a file may change of a row: a merge of three, as version control does it.

The three are what the import wrote last (as digests), what the row says now, and what the file
says. Where row and last writing differ, a person has edited the row, and it stays.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

EMPTY: tuple[Any, ...] = (None, "", [], {}, "pending")
"""Values that are worth nothing: a file never puts one of them in the place of another value."""


def digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:16]


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
            inner = {key.removeprefix("metadata."): text for key, text in written.items()}
            changed, inner = merge(before, inner, value, newer=newer)
            remembered |= {f"metadata.{key}": inner[key] for key in value if key in inner}
            if changed:
                changes[name] = {**before, **changed}
        elif value not in EMPTY and _may_write(name, value, current, written, newer):
            remembered[name] = digest(value)
            if name not in current or current[name] != value:
                changes[name] = value
    return changes, remembered


def _may_write(
    name: str, value: Any, current: Mapping[str, Any], written: Mapping[str, str], newer: bool
) -> bool:
    now = current.get(name)
    if name not in written:
        return now in EMPTY or now == value
    if written[name] != digest(now):
        return False
    return newer
