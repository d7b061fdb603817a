"""Applies the rules for settings and secrets to rows saved in the admin."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec import Raw, json
from piccolo.table import Table

from apps.catalog.tables import CONSTRAINT_MESSAGES, Channel
from apps.configuration.changes import check_change
from apps.configuration.registry import find_setting
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.errors import Invalid, NotFound

SETTING_TABLES = {SystemConfiguration, ChannelConfiguration}
SETTING_COLUMNS = {"key", "value", "channel_id"}
ENCRYPTED_BY_PROGRAM = (
    'Encrypted values cannot be edited here. Use the form "Change a setting", REST, or '
    "`piccolo configuration set`."
)


async def check_settings(
    table: type[Table], stored: Mapping[str, Any], changed: Mapping[str, Any]
) -> None:
    """`stored` is empty for a new row. Raises Invalid, and Clash."""
    if table not in SETTING_TABLES:
        return
    is_encrypted, asked = bool(stored.get("encrypted")), changed.get("encrypted")
    if (is_encrypted and changed.keys() & (SETTING_COLUMNS | {"encrypted"})) or asked:
        raise Invalid(ENCRYPTED_BY_PROGRAM)
    if not changed.keys() & SETTING_COLUMNS:
        return
    row = {**stored, **changed}
    value = row.get("value")
    if isinstance(value, str | Raw):
        with suppress(ValueError):
            value = json.decode(value)
    try:
        is_secret = find_setting(row.get("key") or "").is_secret
    except NotFound as error:
        raise Invalid(error.message) from None
    if is_secret:
        raise Invalid(ENCRYPTED_BY_PROGRAM)
    await check_change(row.get("channel_id"), row["key"], value)


def refuse_secrets(table: type[Table], sent: Mapping[str, Any]) -> None:
    """PostgreSQL would also refuse them, but would log the whole row."""
    if table is Channel and sent.get("credentials"):
        raise Invalid(CONSTRAINT_MESSAGES["channels_credentials_check"])
