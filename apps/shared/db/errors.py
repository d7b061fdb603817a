"""Turns PostgreSQL's errors into domain errors, with a message for people."""

import asyncio
import re

import asyncpg

from apps.shared.db.tables import constraint_messages
from apps.shared.errors import Busy, Conflict, DatabaseUnavailable, DomainError, Invalid

DATABASE_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InternalClientError,
    OSError,
)
"""What asyncpg has been seen to raise while a server is down, starting, stopping or full."""

CONNECTION_LOST = re.compile("connection is closed|pool is clos")
"""asyncpg's message for a connection that was lost after it was acquired."""

KEY_DETAIL = re.compile(r"^Key \((?P<columns>[^)]*)\)")


def translate_error(  # noqa: C901, PLR0911, PLR0912  # One case an error.
    error: BaseException,
) -> DomainError | None:
    """The domain error for an exception; None for one that nobody expected.

    Never passes on PostgreSQL's own message: it contains the row.
    """
    match error:
        case DomainError():
            return error
        case asyncpg.UniqueViolationError():
            columns = _parse_columns(error)
            message = (
                _get_message(error) or f"This {' and '.join(columns) or 'value'} is already taken."
            )
            return Conflict(message, fields=dict.fromkeys(columns, message))
        case asyncpg.ForeignKeyViolationError():
            # A row that is still referenced reports its own id, which no client has sent.
            columns = [column for column in _parse_columns(error) if column != "id"]
            message = _get_message(error) or explain_missing_reference(*columns)
            return Invalid(message, fields=dict.fromkeys(columns, message))
        case asyncpg.NotNullViolationError():
            column = error.column_name or "A value"
            message = f"{column} is required."
            return Invalid(message, fields={column: message})
        case asyncpg.CheckViolationError() | asyncpg.RestrictViolationError():
            name = error.constraint_name or ""
            message = _get_message(error) or "The values break a rule of the library."
            column = name.removesuffix("_check").removeprefix(f"{error.table_name or ''}_")
            return Invalid(message, fields={column: message} if name else {})
        case asyncpg.QueryCanceledError():
            return Busy("The database took too long. Ask for less, or try again later.")
        case asyncpg.CharacterNotInRepertoireError() | asyncpg.UntranslatableCharacterError():
            return Invalid("Text cannot contain the NUL character (U+0000).")
        case asyncpg.DataError():
            return Invalid("A value cannot be stored: it is too long, too large or malformed.")
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
            return Busy("Somebody else is changing the same rows. Try again.")
        case asyncpg.UndefinedTableError():
            return DatabaseUnavailable(
                "The database lacks a table: run `piccolo migrations forwards all`, or `make run`."
            )
        case asyncpg.ReadOnlySQLTransactionError():
            return Busy("The database is read-only at the moment. Try again shortly.")
        case asyncio.TimeoutError():
            return _database_unavailable()
        case asyncpg.InterfaceError() if CONNECTION_LOST.search(str(error)):
            return _database_unavailable()
        case _ if isinstance(error, DATABASE_DOWN):
            return _database_unavailable()
    return None


def explain_missing_reference(*columns: str) -> str:
    """`video_id` → No such video."""
    nouns = [column.removesuffix("_id").replace("_", " ") for column in columns]
    return f"No such {' and '.join(nouns) or 'reference'}."


def _database_unavailable() -> DatabaseUnavailable:
    return DatabaseUnavailable("The database cannot be reached. Try again shortly.")


def _get_message(error: asyncpg.PostgresError) -> str | None:
    return constraint_messages().get(error.constraint_name or "")


def _parse_columns(error: asyncpg.PostgresError) -> list[str]:
    """The columns that a key violation names, e.g. `Key (lower(email::text))=…` → email."""
    match = KEY_DETAIL.match(error.detail or "")
    if not match:
        return [error.column_name] if error.column_name else []
    return [re.sub(r"^lower\(|::\w+|\)$", "", part.strip()) for part in match[1].split(",")]
