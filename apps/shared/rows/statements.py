"""Statements over the rows of a table, and their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Arguments(list[Any]):
    """The values of a statement for asyncpg, which has $1, $2, … in their place."""

    def add(self, value: Any) -> str:
        """What stands in the place of the value."""
        self.append(value)
        return f"${len(self)}"


class TemplateArguments(Arguments):
    """The same for Piccolo, which has `{}`: values are added in the order of the statement."""

    def add(self, value: Any) -> str:
        self.append(value)
        return "{}"


@dataclass(frozen=True)
class Selection:
    """Rows of a table, read, counted or estimated."""

    source: str
    """What stands after FROM."""
    conditions: Sequence[str] = ()

    def select(self, columns: str = "") -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f"SELECT {columns} FROM {self.source}{where}"

    def select_page(self, columns: str, order: str, window: str) -> str:
        """`window` is what stands after LIMIT."""
        return f"{self.select(columns)} ORDER BY {order} LIMIT {window}"

    def count(self) -> str:
        return self.select("count(*)")

    def count_up_to(self, most: str) -> str:
        """Reads no more rows than `most`, which is a number or its place."""
        return f"SELECT count(*) FROM ({self.select()} LIMIT {most}) AS counted"

    def explain(self) -> str:
        """The planner's answer says about how many rows there are."""
        return f"EXPLAIN (FORMAT JSON) {self.select()}"
