"""What the admin filters, sorts and finds rows by: in words that an index has, if there is one."""

from collections.abc import Mapping

from piccolo.columns import Column, Text, Varchar
from piccolo.table import Table

from apps.catalog.rules import NAME_TRIGRAMS, SORT_LENGTH, TITLE_TRIGRAMS
from apps.shared.db.repositories import parse_uuid
from apps.shared.rows.codec import column_codec
from apps.shared.rows.fields import Field, TextIndex
from apps.shared.rows.filters import Condition, match_text
from piccolo_project.admin.columns import column_path, form_columns

TEXT_INDEXES: Mapping[str, TextIndex] = {
    "videos.title": TextIndex(
        TITLE_TRIGRAMS, f'left("videos"."title", {SORT_LENGTH})', f"left({{}}, {SORT_LENGTH})"
    ),
    "videos.identifier": TextIndex(NAME_TRIGRAMS),
    "videos.youtube_video_id": TextIndex(NAME_TRIGRAMS),
}


def listing_fields(table: type[Table]) -> dict[str, Field]:
    """Name → field, of every column that a listing may show."""
    shown = (column for column in form_columns(table) if not column._meta.secret)
    return {column._meta.name: listing_field(column) for column in shown}


def listing_field(column: Column) -> Field:
    return Field(
        name=column._meta.name,
        sql=column_sql(column),
        codec=column_codec(column, with_choices=False),
        is_null=column._meta.null,
        index=TEXT_INDEXES.get(column_path(column), TextIndex()),
    )


def column_sql(column: Column) -> str:
    """As Piccolo writes it."""
    return f'"{column._meta.table._meta.tablename}"."{column._meta.name}"'


def match_readable(table: type[Table], term: str) -> Condition:
    """The rows with the term in the text by which people know them, or with it as their id."""
    if row_id := parse_uuid(term):
        return Condition(f"{column_sql(table._meta.primary_key)} = {{}}", (row_id,))
    column = readable_column(table)
    if column is None:
        return Condition("FALSE")
    own = column._meta.table._meta.get_column_by_name(column._meta.name)
    found = match_text(listing_field(own), "contains", term)
    for reference in reversed(column._meta.call_chain):
        # A subquery, since a join would be made of all rows before the first ones are taken.
        referred = reference._foreign_key_meta.resolved_references
        ids = f'SELECT "id" FROM "{referred._meta.tablename}" WHERE {found.sql}'
        found = Condition(f"{column_sql(reference)} IN ({ids})", found.values)
    return found


def readable_column(table: type[Table]) -> Column | None:
    """The first text of its readable form that is not one of a few words."""
    for column in table.get_readable().columns:
        if isinstance(column, Varchar | Text) and not column._meta.choices:
            return column
    return None
