"""Creates, drops and swaps databases on one server."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from apps.operations.backups.addresses import database_name, with_database
from apps.shared.errors import Conflict, Forbidden

LOCK_ID = 0x5EE1_0005
"""The first half of a restore's advisory lock; the second is the database's name."""

# The last statement of a killed restore may run on for a moment.
LOCK_SECONDS = 15
END_SECONDS = 0.05

CONNECT_SECONDS = 10
UNHURRIED = {
    "application_name": "reelbase restore",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}

KEPT = "Kept by `piccolo project restore`, and dropped by the next one."
"""The comment on a replaced database, by which the next restore recognizes it."""

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""Everything asyncpg raises for a faulty server."""

# As JSON, because the columns differ between versions of PostgreSQL.
DATABASE = """
SELECT to_jsonb(d) || jsonb_build_object(
    'owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding))
FROM pg_database d WHERE datname = $1
"""

FOREIGN = """
SELECT current_user AS role, datname AS name, pg_get_userbyid(datdba) AS owner
FROM pg_database WHERE datname = ANY($1) AND NOT pg_has_role(datdba, 'USAGE')
"""

# Autovacuum workers have no user, and finish by themselves.
SESSIONS = """
SELECT pid, usename FROM pg_stat_activity
WHERE datname = ANY($1) AND pid <> pg_backend_pid() AND usename IS NOT NULL
"""

# Lists are stored with their own quotes.
OF_THE_WHOLE = """
WITH present AS (SELECT * FROM pg_database WHERE datname = $1)
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2::text)
FROM present WHERE datacl IS NOT NULL
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, $2::text,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
              CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
FROM present, aclexplode(datacl)
UNION ALL
SELECT format('ALTER DATABASE %I SET %I TO %s', $2::text, name,
              CASE WHEN name IN ('search_path', 'session_preload_libraries', 'temp_tablespaces',
                                 'local_preload_libraries')
                   THEN value ELSE quote_literal(value) END)
FROM present JOIN pg_db_role_setting ON setdatabase = present.oid AND setrole = 0,
     unnest(setconfig) AS setting,
     LATERAL (SELECT split_part(setting, '=', 1) AS name,
                     substr(setting, strpos(setting, '=') + 1) AS value) AS parts
"""


def _format_clauses(present: Mapping[str, Any]) -> tuple[str, list[str]]:
    """CREATE DATABASE clauses for the same locale and owner as the current database."""
    clauses = "ENCODING %L LC_COLLATE %L LC_CTYPE %L OWNER %I"
    values = [present[key] for key in ("encoding", "datcollate", "datctype", "owner")]
    # Called differently before PostgreSQL 17.
    locale = present.get("datlocale") or present.get("daticulocale")
    provider = {"i": "icu", "b": "builtin", "c": "libc"}[present["datlocprovider"]]
    clauses += f" LOCALE_PROVIDER {provider}"
    if locale:
        clauses += f" {provider}_LOCALE %L"
        values.append(locale)
    if present.get("daticurules"):
        clauses += " ICU_RULES %L"
        values.append(present["daticurules"])
    return clauses, values


class Databases:
    """A server's databases, over a connection to its maintenance database.

    Raises Forbidden and Conflict, and otherwise what asyncpg raises.
    """

    def __init__(self, dsn: str, connection: Any) -> None:
        self.dsn = dsn
        self.connection = connection

    @classmethod
    @asynccontextmanager
    async def beside(cls, dsn: str) -> AsyncIterator["Databases"]:
        """`dsn` names the current database, which need not exist."""
        for name in ("postgres", "template1"):
            maintenance = with_database(dsn, name)
            if name != database_name(dsn):
                with suppress(asyncpg.InvalidCatalogNameError, asyncpg.InsufficientPrivilegeError):
                    connection = await connect_unhurried(maintenance)
                    break
        else:
            raise Forbidden(
                "Creating and renaming databases needs a connection to another one, and this role "
                "cannot connect to `postgres` or `template1`: have a superuser run "
                "`GRANT CONNECT ON DATABASE postgres TO …`."
            )
        try:
            yield cls(maintenance, connection)
        finally:
            # Not a graceful close, as the server may be gone.
            connection.terminate()

    async def exists(self, name: str) -> bool:
        query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
        return bool(await self.connection.fetchval(query, name))

    async def size(self, name: str) -> int:
        """In bytes; 0 if there is no such database."""
        query = "SELECT pg_database_size(oid) FROM pg_database WHERE datname = $1"
        return int(await self.connection.fetchval(query, name) or 0)

    async def check_rights(self, *names: str) -> None:
        """Checks that this role may create databases, and rename and drop the existing `names`."""
        may_create = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        if not await self.connection.fetchval(may_create):
            role = await self.connection.fetchval("SELECT current_user")
            raise Forbidden(
                f"The role {role} cannot create a second database: have a superuser run "
                f"`ALTER ROLE {role} CREATEDB`, or restore as a role that can."
            )
        for role, name, owner in await self.connection.fetch(FOREIGN, list(names)):
            raise Forbidden(
                f"The database {name} belongs to the role {owner}, so {role} cannot replace it: "
                f"restore as {owner}."
            )

    async def check_kept(self, name: str) -> None:
        """Checks that an earlier restore kept this database. Raises Conflict."""
        query = (
            "SELECT shobj_description(oid, 'pg_database') IS DISTINCT FROM $2 "
            "FROM pg_database WHERE datname = $1"
        )
        if await self.connection.fetchval(query, name, KEPT):
            raise Conflict(
                f"The current database would be renamed to {name}, but another database has that "
                "name: rename it, or drop it if nobody needs it."
            )

    async def check_version(self, made_on: str) -> None:
        """A dump may use functions that older major versions lack, such as uuidv7."""
        server = self.connection.get_server_version().major
        if int(made_on.split(".", maxsplit=1)[0]) > server:
            raise Conflict(
                f"The backup was created on PostgreSQL {made_on}, but this server is PostgreSQL "
                f"{server}: restore it on the same major version or a newer one."
            )

    async def lock(self, name: str) -> None:
        """Prevents other restores until the connection closes. Raises Conflict."""
        query = "SELECT pg_try_advisory_lock($1, hashtext($2))"
        for _ in range(int(LOCK_SECONDS / END_SECONDS)):
            if await self.connection.fetchval(query, LOCK_ID, name):
                return
            await asyncio.sleep(END_SECONDS)
        raise Conflict(
            f"Another restore of the database {name} is in progress: wait until it finishes."
        )

    async def create(self, name: str, like: str) -> None:
        """With the locale and owner of `like`, or the server's defaults if that does not exist."""
        present = await self.connection.fetchval(DATABASE, like)
        clauses, values = (
            _format_clauses(json.loads(present)) if present else ("ENCODING %L", ["UTF8"])
        )
        await self._execute(f"CREATE DATABASE %I TEMPLATE template0 {clauses}", name, *values)

    async def copy_rights_and_settings(self, source: str, target: str) -> None:
        """Copies what GRANT and ALTER DATABASE set for a whole database, which dumps omit."""
        for (statement,) in await self.connection.fetch(OF_THE_WHOLE, source, target):
            await self.connection.execute(statement)

    async def drop(self, name: str) -> None:
        """Closes all connections to it."""
        await self._execute("DROP DATABASE IF EXISTS %I WITH (FORCE)", name)

    async def swap(self, new: str, present: str, old: str) -> None:
        """Renames `present` to `old` and `new` to `present`, both or neither.

        PostgreSQL renames only databases without sessions, and admits no new ones once it begins.
        So existing sessions are terminated until none is left; a running program reconnects to the
        new database.
        """
        ending = asyncio.create_task(self._keep_ending_sessions(present, new))
        try:
            async with self.connection.transaction():
                if await self.exists(present):
                    await self._execute("ALTER DATABASE %I RENAME TO %I", present, old)
                    await self._execute("COMMENT ON DATABASE %I IS %L", old, KEPT)
                await self._execute("ALTER DATABASE %I RENAME TO %I", new, present)
        except asyncpg.ObjectInUseError:
            raise Conflict(await self._who_is_left(present, new)) from None
        finally:
            ending.cancel()
            await asyncio.wait([ending])

    async def _keep_ending_sessions(self, *names: str) -> None:
        connection = await connect_unhurried(self.dsn)
        try:
            while True:
                for pid, _ in await connection.fetch(SESSIONS, names):
                    # Reported later, if nobody else ends the session.
                    with suppress(asyncpg.InsufficientPrivilegeError):
                        await connection.execute("SELECT pg_terminate_backend($1)", pid)
                await asyncio.sleep(END_SECONDS)
        finally:
            connection.terminate()

    async def _who_is_left(self, *names: str) -> str:
        roles = {role for _, role in await self.connection.fetch(SESSIONS, names)}
        if not roles:
            return (
                f"The database {names[0]} cannot be renamed because of a prepared transaction or a "
                "subscription. End that, then restore again."
            )
        return (
            f"The database {names[0]} is in use by {' and '.join(sorted(roles))}, whose sessions "
            "this role cannot end: stop these programs, or restore as a superuser."
        )

    async def _execute(self, statement: str, *values: str) -> None:
        """Lets the server quote names, which cannot be parameters in these statements."""
        query = "SELECT format($1, VARIADIC $2::text[])"
        await self.connection.execute(await self.connection.fetchval(query, statement, values))


async def connect_unhurried(dsn: str) -> Any:
    return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, server_settings=UNHURRIED)
