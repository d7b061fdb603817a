"""Which rows of a table are asked for, what of them is shown, in what order, from where on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.shared.rows.fields import Field
from apps.shared.rows.filters import Condition


class Order(NamedTuple):
    """A field that rows are sorted by."""

    field: Field
    descends: bool = False

    @property
    def reversed(self) -> "Order":
        return Order(self.field, not self.descends)


@dataclass
class RowQuery:
    """What the query string of a list asks for, over REST or in the admin."""

    table: str
    limit: int = 50
    offset: int = 0
    cursor: str | None = None
    order: list[Order] = field(default_factory=list)
    fields: list[str] | None = None
    """None: those that a list shows by itself."""
    is_counted: bool = False
    conditions: list[Condition] = field(default_factory=list)


def sort_clause(order: Sequence[Order], *, nulls_last: bool) -> str:
    """What stands after ORDER BY.

    Without `nulls_last` nulls are where an index has them: last, and first where it descends.
    """
    return ", ".join(
        f"{each.sort_sql}{' DESC' if descends else ''}"
        f"{' NULLS LAST' if nulls_last and each.is_null else ''}"
        for each, descends in order
    )
