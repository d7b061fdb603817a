"""What a list of a table can be asked for over REST."""

from piccolo.columns import Column, ForeignKey
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

from apps.shared.db.tables import visible_columns
from apps.shared.http.exposure import Exposure
from apps.shared.rows.codec import Codec, Kind, column_codec
from apps.shared.rows.fields import Field


def exposed_fields(table: type[Table], exposure: Exposure) -> dict[str, Field]:
    """Name → field, in the order of the table; computed fields come last."""
    found = {}
    for column in visible_columns(table):
        name = column._meta.name
        found[name] = Field(
            name=name,
            sql=f't."{name}"',
            codec=column_codec(column),
            is_null=column._meta.null,
            is_sortable=name in exposure.sortable or _is_sortable(column),
        )
    for name, computed in exposure.computed.items():
        found[name] = Field(name, computed.sql, Codec(computed.type, Kind.text), is_null=True)
    return found


def _is_sortable(column: Column) -> bool:
    """Those with an index of their own, and the times, which every table has few of or an index."""
    meta = column._meta
    indexed = meta.index and meta.index_method == IndexMethod.btree
    sorted_by = indexed or meta.unique or meta.primary_key
    return (sorted_by and not isinstance(column, ForeignKey)) or meta.name == "created_at"
