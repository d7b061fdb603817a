"""Masks encrypted values: the admin only shows when they were set."""

import re
from collections.abc import Mapping
from typing import Any

from piccolo.table import Table

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.secrets import ENVELOPE_PATTERN, read_set_at

ENCRYPTED = re.compile(ENVELOPE_PATTERN)


def mask_secrets(text: str) -> str:
    return ENCRYPTED.sub(
        lambda found: f"Encrypted, set {read_set_at(found[0]):%Y-%m-%d %H:%M} UTC", text
    )


def mask_row(table: type[Table], row: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the row that is safe to show."""
    if table in {SystemConfiguration, ChannelConfiguration} and row.get("value"):
        return {**row, "value": mask_secrets(row["value"])}
    return {**row}
