"""How the rows of a table are exposed over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.shared.db.access import ADMINISTRATORS, Access


@dataclass(frozen=True)
class ComputedField:
    """A field that is no column."""

    sql: str
    """Over the row `t` and what the exposure's `joins` add."""
    type: Any
    """As `msgspec.convert` takes it."""


@dataclass(frozen=True)
class Exposure:
    """What a client sees of a table and may send, beyond what the table itself says.

    The REST handlers, lists, wire types and OpenAPI document all follow it. Secret columns are
    never exposed.
    """

    access: Access = ADMINISTRATORS
    """Who may see and change which rows."""
    identifier: str | None = None
    """The unique column that addresses a row besides its id."""
    heavy: tuple[str, ...] = ()
    """Columns that pages leave out unless `fields=` names them."""
    computed: Mapping[str, ComputedField] = field(default_factory=dict)
    joins: str = ""
    """JOIN clauses that the computed fields need."""
    sortable: tuple[str, ...] = ()
    """Columns that lists sort by, besides those with an index of their own and `created_at`."""
    order: str = ""
    """The default order of a list; without one, by id."""
    unwritable: tuple[str, ...] = ()
    """Columns that clients cannot send."""
    unchangeable: tuple[str, ...] = ()
    """Columns that clients can only send when they create a row."""
