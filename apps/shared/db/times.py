"""Times that Python cannot hold, read as the nearest ones that it can.

PostgreSQL has years before Christ and after 9999, and times without end.
"""

from collections.abc import Mapping

from piccolo.columns import Column, Date, Timestamptz
from piccolo.querystring import QueryString

BOUNDS: Mapping[type[Column], tuple[str, str]] = {
    Date: ("0001-01-01", "9999-12-31"),
    Timestamptz: ("0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"),
}


def select_bounded(column: Column) -> Column | QueryString:
    """What to select for the column."""
    if type(column) not in BOUNDS:
        return column
    first, last = BOUNDS[type(column)]
    # Of null and a bound PostgreSQL takes the bound.
    return QueryString(
        f"CASE WHEN {{}} IS NOT NULL THEN greatest('{first}', least('{last}', {{}})) END",
        column,
        column,
        alias=column._meta.name,
    )
