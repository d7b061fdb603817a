"""Who may see and write which rows, as SQL in every REST statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from apps.shared.errors import Forbidden


class Viewer(Protocol):
    """Whoever asks."""

    @property
    def id(self) -> UUID: ...

    @property
    def is_administrator(self) -> bool: ...

    @property
    def is_superuser(self) -> bool: ...


@dataclass(frozen=True)
class Access:
    """What a user who is not an administrator can do; an administrator can do everything.

    `read` and `write` are conditions over the row `t`, in which `{me}` is the user's id; None:
    nothing. `owner` is the column that says whose the row is; `through` the reference that does,
    where there is no such column, or where that is not enough. An `is_owned` row is always
    somebody's.
    """

    read: str | None = None
    write: str | None = None
    owner: str | None = None
    through: str = ""
    is_owned: bool = False

    def with_owner(self, values: Mapping[str, Any], viewer: Viewer) -> Mapping[str, Any]:
        """A new row is its maker's own, unless they say otherwise."""
        if self.owner is None or self.owner in values:
            return values
        if viewer.is_administrator and not self.is_owned:
            return values
        return {**values, self.owner: viewer.id}

    def check_owner(self, values: Mapping[str, Any], viewer: Viewer) -> None:
        """Raises Forbidden."""
        if viewer.is_administrator or self.owner is None or self.owner not in values:
            return
        if values[self.owner] != viewer.id:
            message = "Only an administrator can write rows that are shared or someone else's."
            raise Forbidden(message, fields={self.owner: message})


ADMINISTRATORS = Access()
LIBRARY = Access(read="TRUE")
"""Everybody reads it, administrators write it."""
OWN_OR_SHARED = Access(
    read="t.user_id IS NULL OR t.user_id = {me}", write="t.user_id = {me}", owner="user_id"
)
"""A row without a user is everybody's to read."""
