"""Every column with stored secrets, and how SQL reads and writes them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from apps.shared.secrets import locate_secret


class SecretColumn(NamedTuple):
    """SQL over the row `t`: whether it has a secret, which, and what to write for a new one.

    `row_key` are the columns that identify the row in the secret's location.
    """

    table: str
    column: str
    row_key: tuple[str, ...]
    condition: str = "t.encrypted"
    secret: str = "t.value #>> '{}'"  # noqa: S105  # SQL.
    new_value: str = "to_jsonb(new.secret)"

    @property
    def key_id(self) -> str:
        """The encryption key's id, as SQL."""
        return f"split_part({self.secret}, ':', 2)"

    @property
    def columns(self) -> str:
        """What `locate` needs, as SQL."""
        return ", ".join(f"t.{name}" for name in self.row_key)

    def locate(self, row: Mapping[str, Any]) -> str:
        """What the row's secret is bound to."""
        return locate_secret(self.table, self.column, *(row[name] for name in self.row_key))


SECRET_COLUMNS = (
    SecretColumn(
        *("channels", "credentials", ("id",)),
        *("t.credentials IS NOT NULL", "t.credentials", "new.secret"),
    ),
    SecretColumn(
        *("authenticator_secrets", "secret", ("id",)),
        *("t.secret IS NOT NULL", "t.secret", "new.secret"),
    ),
    SecretColumn("system_configuration", "value", ("key",)),
    SecretColumn("channel_configuration", "value", ("channel_id", "key")),
)
