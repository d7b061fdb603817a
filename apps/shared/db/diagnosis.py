"""Explains to operators why the database cannot be used."""

import asyncpg

from apps.shared.errors import DomainError

OLDEST_POSTGRES = 15
"""The major version."""


def explain_database_error(error: Exception) -> str:
    """One sentence, without the database's address: that may contain a password."""
    match error:
        case DomainError():
            return error.message
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return "The database rejects the user or password in DATABASE_URL."
        case asyncpg.InvalidCatalogNameError():
            return "The database in DATABASE_URL does not exist: create it first."
        case TimeoutError():
            return "The database in DATABASE_URL does not answer: check its host and port."
        case asyncpg.PostgresError():
            return f"The database reports: {error.args[0]}."
        case OSError() | asyncpg.InterfaceError() | asyncpg.InternalClientError() | ValueError():
            return (
                "The database in DATABASE_URL cannot be reached: check the address, and that "
                "the server is running."
            )
    raise error
