"""Masks encrypted values: the admin only shows when they were set."""

import re
from collections.abc import Mapping
from typing import Any

from piccolo.table import Table

from apps.shared.secrets import ENVELOPE_PATTERN, read_set_at
from piccolo_project.admin.views import VIEWS

MASKED: dict[type[Table], list[str]] = {table: view.masked.split() for table, view in VIEWS.items()}
ENCRYPTED = re.compile(ENVELOPE_PATTERN)


def mask_secrets(text: str) -> str:
    return ENCRYPTED.sub(
        lambda found: f"Encrypted, set {read_set_at(found[0]):%Y-%m-%d %H:%M} UTC", text
    )


def mask_row(table: type[Table], row: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the row that is safe to show."""
    return {**row, **{name: mask_secrets(row[name]) for name in MASKED[table] if row.get(name)}}
