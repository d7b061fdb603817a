"""Column defaults that every table shares."""

from uuid import UUID

from piccolo.columns.defaults.uuid import UUID7 as PiccoloUUID7  # noqa: N811  # A class.
from uuid_utils.compat import uuid7


class UUID7(PiccoloUUID7):
    """A UUIDv7, generated in Python, or in PostgreSQL for rows inserted by plain SQL.

    Piccolo's own needs Python 3.14.
    """

    def python(self) -> UUID:
        return uuid7()
