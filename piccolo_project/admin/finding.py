"""The rows that a person looks for, in words that an index understands where there is one."""

import re
from typing import Any

from piccolo.columns import Array, Column, Text, Varchar
from piccolo.columns.combination import And, Or, Where, WhereRaw
from piccolo.columns.operators.comparison import IsNotNull, IsNull
from piccolo.table import Table
from piccolo_api.crud.endpoints import Params

from apps.catalog.rules import NAME_TRIGRAMS, SORT_LENGTH, TITLE_TRIGRAMS
from apps.shared.db.repositories import parse_uuid
from piccolo_project.admin.columns import column_path
from piccolo_project.admin.filters import WILDCARD

PATTERNS = {"starts": "{}%", "ends": "%{}", "contains": "%{}%"}
ESCAPED = re.compile(r"\\(.)", re.DOTALL)

Condition = Where | WhereRaw | And | Or

TRIGRAMS = {
    "videos.title": TITLE_TRIGRAMS,
    "videos.identifier": NAME_TRIGRAMS,
    "videos.youtube_video_id": NAME_TRIGRAMS,
}
SORTED = {"videos.title": f'left("videos"."title", {SORT_LENGTH})'}
"""What the indexes have in them, by column."""

NOTHING = WhereRaw("FALSE")


def filter_of(column: Column, value: Any, params: Params) -> Condition:
    """`value` is the column's own, but a text that need not match exactly is a pattern."""
    name = column._meta.name
    operator = params.operators[name]
    if operator in {IsNull, IsNotNull}:
        return Where(column=column, operator=operator)
    if isinstance(column, Array):
        return column.any(value)
    if not isinstance(column, Varchar | Text):
        return Where(column=column, value=value, operator=operator)
    match = params.match_types[name]
    return equal(column, value) if match == "exact" else like(column, match, value)


def equal(column: Column, text: str) -> Condition:
    if indexed := SORTED.get(column_path(column)):
        return WhereRaw(f"{indexed} = left({{}}, {SORT_LENGTH})", text) & (column == text)
    return column == text


def like(column: Column, match: str, escaped: str) -> Condition:
    found = column.ilike(PATTERNS[match].format(escaped))
    text = ESCAPED.sub(r"\1", escaped)
    indexed = TRIGRAMS.get(column_path(column))
    if indexed and len(text) > 2:
        return WhereRaw(f"{indexed} @> trigrams({{}})", text) & found
    return found


def readable_as(table: type[Table], term: str) -> Condition:
    """The rows with the term in the text by which people know them, or with it as their id."""
    if row_id := parse_uuid(term):
        return table._meta.primary_key == row_id
    column = known_by(table)
    if column is None:
        return NOTHING
    *chain, _ = [*column._meta.call_chain, column]
    own = column._meta.table._meta.get_column_by_name(column._meta.name)
    found = like(own, "contains", WILDCARD.sub(r"\\\g<0>", term))
    for reference in reversed(chain):
        # A subquery, since a join would be made of all rows before the first ones are taken.
        referred = reference._foreign_key_meta.resolved_references
        ids = referred.select(referred._meta.primary_key).where(found)
        start = reference._meta.table._meta.get_column_by_name(reference._meta.name)
        found = start.is_in(ids)
    return found


def known_by(table: type[Table]) -> Column | None:
    """The first text of its readable form that is not one of a few words."""
    for column in table.get_readable().columns:
        if isinstance(column, Varchar | Text) and not column._meta.choices:
            return column
    return None
