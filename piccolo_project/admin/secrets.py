"""What the admin shows of an encrypted value: that it is set, and when."""

import re
from collections.abc import Mapping
from typing import Any

from piccolo.table import Table

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.secrets import ENVELOPE_PATTERN, read_set_at

STORED = re.compile(ENVELOPE_PATTERN)


def masked(text: str) -> str:
    return STORED.sub(
        lambda found: f"Encrypted, set {read_set_at(found[0]):%Y-%m-%d %H:%M} UTC", text
    )


def with_masks(table: type[Table], row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as anybody may see it."""
    if table in {SystemConfiguration, ChannelConfiguration} and row.get("value"):
        return {**row, "value": masked(row["value"])}
    return {**row}
