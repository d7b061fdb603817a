"""Why the database cannot be used, for whoever runs the program."""

import asyncpg

from apps.shared.errors import DomainError

OLDEST_POSTGRES = 15
"""The major version."""


def explain_database_error(error: Exception) -> str:
    """Why the database cannot be used, without its address: that may hold a password."""
    match error:
        case DomainError():
            return error.message
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return "The database refuses the user or the password in DATABASE_URL."
        case asyncpg.InvalidCatalogNameError():
            return "The database named in DATABASE_URL does not exist: create it first."
        case TimeoutError():
            return "The database in DATABASE_URL does not answer: check its host and port."
        case asyncpg.PostgresError():
            return f"The database refuses: {error.args[0]}."
        case OSError() | asyncpg.InterfaceError() | asyncpg.InternalClientError() | ValueError():
            return (
                "The database in DATABASE_URL cannot be reached: check the address, and that "
                "the server runs."
            )
    raise error
