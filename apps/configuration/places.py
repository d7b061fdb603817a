"""Every column that has stored secrets in it, and how SQL gets at them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from apps.shared.secrets import locate_secret


class Place(NamedTuple):
    """Where the row is `t`: whether it has a secret, and which, and how a new one is written.

    `path` are the columns that name the row in the secret's `place`.
    """

    table: str
    column: str
    path: tuple[str, ...]
    has_one: str = "t.encrypted"
    secret: str = "t.value #>> '{}'"  # noqa: S105  # SQL.
    written: str = "to_jsonb(new.secret)"

    @property
    def key(self) -> str:
        """The id of its key, as SQL."""
        return f"split_part({self.secret}, ':', 2)"

    @property
    def columns(self) -> str:
        """What `of_row` needs, as SQL."""
        return ", ".join(f"t.{name}" for name in self.path)

    def of_row(self, row: Mapping[str, Any]) -> str:
        """What its secret is bound to."""
        return locate_secret(self.table, self.column, *(row[name] for name in self.path))


PLACES = (
    Place(
        *("channels", "credentials", ("id",)),
        *("t.credentials IS NOT NULL", "t.credentials", "new.secret"),
    ),
    Place(
        *("authenticator_secrets", "secret", ("id",)),
        *("t.secret IS NOT NULL", "t.secret", "new.secret"),
    ),
    Place("system_configuration", "value", ("key",)),
    Place("channel_configuration", "value", ("channel_id", "key")),
)
