"""What a list of rows can show, be filtered by and be sorted by."""

from dataclasses import dataclass

from apps.shared.rows.codec import Codec, Kind

COMPARISONS = {"": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
"""Operator → SQL. REST writes an operator after two underscores: `?duration_seconds__gt=60`."""


@dataclass(frozen=True)
class TextIndex:
    """What the indexes of a column of texts hold, where that is not the column itself."""

    trigrams: str = ""
    """The expression of a GIN index of the trigrams, which finds any piece of a text."""
    beginning: str = ""
    """The expression of a btree, which sorts, and finds whole texts: they may exceed its limit."""
    beginning_of: str = ""
    """The same of a value, which stands at `{}`."""


@dataclass(frozen=True)
class Field:
    """A column, or a computed field."""

    name: str
    sql: str
    """Over the row of the statement."""
    codec: Codec
    is_null: bool = False
    is_sortable: bool = False
    index: TextIndex = TextIndex()

    @property
    def sort_sql(self) -> str:
        return self.index.beginning or self.sql

    @property
    def operators(self) -> tuple[str, ...]:
        """Those that REST offers."""
        null = ("isnull",) if self.is_null else ()
        if self.codec.kind in {Kind.json, Kind.array}:
            return ("contains", *null)
        contains = ("contains",) if self.codec.kind == Kind.text else ()
        return ("", "in", "gt", "gte", "lt", "lte", *contains, *null)
