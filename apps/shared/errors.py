"""What can go wrong in the domain, and how PostgreSQL's own refusals are told to a person."""

import asyncio
import re
from collections.abc import Mapping
from typing import ClassVar

import asyncpg

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
"""What asyncpg was seen to raise while a server is down, starting, stopping or full."""


CONNECTION_LOST = re.compile("connection is closed|pool is clos")
"""What asyncpg says of a connection that was lost since it was taken."""


class DomainError(Exception):
    """Something a caller can understand and act on; the message is for a person.

    Raises nothing itself. `fields` maps a column's name to what is wrong with it.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Error"
    retry_after: int | None = None

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    @property
    def headers(self) -> dict[str, str]:
        """Of an answer: when to come again."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class BadRequest(DomainError):
    status, title = 400, "Invalid request"


class NotFound(DomainError):
    status, title = 404, "Not found"


class Conflict(DomainError):
    status, title = 409, "Conflict"


class PreconditionFailed(DomainError):
    status, title = 412, "Changed meanwhile"


class Invalid(DomainError):
    status, title = 422, "Invalid"


class Unauthenticated(DomainError):
    status, title = 401, "Not signed in"


class Forbidden(DomainError):
    status, title = 403, "Forbidden"


class TooManyRequests(DomainError):
    """`retry_after` is in seconds."""

    status, title = 429, "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(DomainError):
    """The program or its database cannot answer now; `retry_after` is in seconds."""

    status, title = 503, "Busy"
    retry_after = 1


class DatabaseUnavailable(Busy):
    title = "Database unavailable"
    retry_after = 2


def database_down() -> DatabaseUnavailable:
    return DatabaseUnavailable("The database cannot be reached at the moment. Try again shortly.")


KEY_DETAIL = re.compile(r"^Key \((?P<columns>[^)]*)\)")


def _columns(error: asyncpg.PostgresError) -> list[str]:
    """The columns that a key violation names, e.g. `Key (lower(email::text))=…` → email."""
    match = KEY_DETAIL.match(error.detail or "")
    if not match:
        return [error.column_name] if error.column_name else []
    return [re.sub(r"^lower\(|::\w+|\)$", "", part.strip()) for part in match[1].split(",")]


def no_such_row(*columns: str) -> str:
    """What a reference to a row that does not exist, or is hidden, is answered: No such video."""
    nouns = [column.removesuffix("_id").replace("_", " ") for column in columns]
    return f"No such {' and '.join(nouns) or 'row'}."


def translate(error: BaseException, sentences: Mapping[str, str]) -> DomainError | None:
    """The domain error for whatever was raised; None when it is nothing that was foreseen.

    PostgreSQL's own message is never passed on: it prints the row.
    """
    match error:
        case DomainError():
            return error
        case asyncpg.UniqueViolationError():
            columns = _columns(error)
            said = sentences.get(error.constraint_name or "")
            message = said or f"There is one already with this {' and '.join(columns) or 'value'}."
            return Conflict(message, fields=dict.fromkeys(columns, message))
        case asyncpg.ForeignKeyViolationError():
            # An id that is still referred to is nothing that a client has sent.
            columns = [column for column in _columns(error) if column != "id"]
            said = sentences.get(error.constraint_name or "")
            message = said or no_such_row(*columns)
            return Invalid(message, fields=dict.fromkeys(columns, message))
        case asyncpg.NotNullViolationError():
            column = error.column_name or "a value"
            message = f"{column} must be given and cannot be null."
            return Invalid(message, fields={column: message})
        case asyncpg.CheckViolationError() | asyncpg.RestrictViolationError():
            name = error.constraint_name or ""
            message = sentences.get(name, "The values break a rule of the library.")
            table, column = error.table_name or "", name.removesuffix("_check")
            column = column.removeprefix(f"{table}_")
            return Invalid(message, fields={column: message} if name else {})
        case asyncpg.QueryCanceledError():
            return Busy("The database took too long over this. Ask for less, or try again later.")
        case asyncpg.CharacterNotInRepertoireError() | asyncpg.UntranslatableCharacterError():
            return Invalid("A text cannot have the character NUL (U+0000) in it.")
        case asyncpg.DataError():
            return Invalid("A value cannot be stored: it is too long, too large or malformed.")
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
            return Busy("Somebody else changed the same rows at this moment. Try again.")
        case asyncpg.UndefinedTableError():
            return DatabaseUnavailable(
                "The database lacks a table: run `piccolo migrations forwards all`, or `make run`."
            )
        case asyncpg.ReadOnlySQLTransactionError():
            return Busy("The database does not accept changes at the moment. Try again shortly.")
        case asyncio.TimeoutError():
            return database_down()
        case asyncpg.InterfaceError() if CONNECTION_LOST.search(str(error)):
            return database_down()
        case _ if isinstance(error, DATABASE_DOWN):
            return database_down()
    return None
