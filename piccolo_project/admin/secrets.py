"""What the admin shows of an encrypted value: that it is set, and when."""

import re
from collections.abc import Mapping
from typing import Any

from piccolo.table import Table

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.secrets import FORM, set_at

STORED = re.compile(FORM)


def masked(text: str) -> str:
    return STORED.sub(lambda found: f"Encrypted, set {set_at(found[0]):%Y-%m-%d %H:%M} UTC", text)


def with_masks(table: type[Table], row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as anybody may see it."""
    if table in {SystemConfiguration, ChannelConfiguration} and row.get("value"):
        return {**row, "value": masked(row["value"])}
    return {**row}
