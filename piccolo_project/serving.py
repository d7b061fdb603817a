"""From nothing to a program that answers: what `piccolo project serve` does."""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import uvicorn
from piccolo.apps.migrations.commands.check import CheckMigrationManager
from piccolo.conf.apps import Command

from apps.accounts.services import create_first_administrator
from apps.configuration.services import get_configuration
from apps.operations.backups.first import backup_first
from apps.shared.db.diagnosis import OLDEST_POSTGRES, explain_database_error
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import apply_migrations, count_unknown_migrations
from apps.shared.logs import configure_logs
from apps.shared.metrics import MULTIPROCESS_DIR
from apps.shared.settings import Settings, get_settings

log = logging.getLogger(__name__)


async def _none_pending(manager: CheckMigrationManager) -> int:
    return 0


if sys.argv[1:2] == ["project"]:
    # Before any command Piccolo counts the pending migrations: it would start the database before
    # `serve` can stop it again, and warn of what `serve` is about to do.
    CheckMigrationManager.havent_ran_count = _none_pending  # type: ignore[assignment,method-assign]  # No hook.


class CannotServe(SystemExit):
    """One sentence, exit code 1, no traceback."""


def check_port(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        raise CannotServe(f"Port {port} needs more rights: set PORT to one above 1023.") from None
    except OverflowError:
        raise CannotServe(f"PORT {port} is not between 1 and 65535.") from None
    except (socket.gaierror, UnicodeError):
        raise CannotServe(f"HOST {host} is not an address of this machine.") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise CannotServe(f"HOST {host} is not an address of this machine.") from None
        raise CannotServe(
            f"Cannot listen on {host}:{port} ({error.strerror}): stop what uses it, or set PORT."
        ) from None


async def keep_way_back() -> None:
    try:
        await backup_first()
    except Exception as error:
        raise CannotServe(
            "The database was not migrated, because no backup of it could be made: "
            f"{explain_database_error(error)} "
            "To migrate without one, set BACKUP_BEFORE_MIGRATION=false."
        ) from None


async def prepare(settings: Settings) -> str | None:
    """Migrates, and makes the first administrator: their password if one was made just now."""
    try:
        async with get_engine().connection() as connection:
            version = connection.get_server_version()
        if version.major < OLDEST_POSTGRES:
            raise CannotServe(
                f"The database is PostgreSQL {version.major}; {OLDEST_POSTGRES} is the oldest "
                "that serves."
            )
        if await count_unknown_migrations():
            raise CannotServe(
                "The database was made by a newer version of this program: update the program."
            )
        await apply_migrations(first=keep_way_back)
        secret = settings.admin_password
        return await create_first_administrator(
            settings.admin_email, secret.get_secret_value() if secret else None
        )
    except Exception as error:
        raise CannotServe(explain_database_error(error)) from None


def banner(settings: Settings, password: str | None) -> str:
    everywhere = {"0.0.0.0", "::", "127.0.0.1"}  # noqa: S104  # Told apart, not bound.
    host = "localhost" if settings.host in everywhere else settings.host
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    lines = [
        "",
        f"  Reelbase           {address}/",
        f"  Admin              {address}/admin/",
        f"  API documentation  {address}/schema",
    ]
    if password is not None:
        shown = "the one in ADMIN_PASSWORD" if settings.admin_password else password
        lines += [
            "",
            f"  Administrator      {settings.admin_email}",
            f"  Password           {shown}",
        ]
        if not settings.admin_password:
            lines.append("  Keep it: it is not shown again.")
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


@contextmanager
def shared_figures(workers: int) -> Iterator[None]:
    """A folder in which several workers keep what the metrics tell of all of them."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="reelbase-metrics-") as folder:
        os.environ[MULTIPROCESS_DIR] = folder
        yield


def serve(host: str | None = None, port: int | None = None, workers: int | None = None) -> None:
    """
    Starts the database, applies its migrations, makes the first administrator, and serves.

    :param host:
        The address to listen on, instead of HOST.
    :param port:
        The port, instead of PORT.
    :param workers:
        The number of processes, instead of WORKERS.

    """
    given = {"host": host, "port": port, "workers": workers}
    settings = get_settings().model_copy(update={k: v for k, v in given.items() if v is not None})
    configure_logs(settings)
    get_configuration()  # What the environment or the file has wrong is refused now.
    # Python would end at once, and leave the database running.
    signal.signal(signal.SIGTERM, _stop)
    check_port(settings.host, settings.port)
    try:
        password = asyncio.run(prepare(settings))
        print(banner(settings, password), flush=True)
        with shared_figures(settings.workers):
            uvicorn.run(
                "piccolo_project.app:app",
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                timeout_graceful_shutdown=30,
            )
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _stop(signal_number: int, frame: Any) -> NoReturn:
    sys.exit(128 + signal_number)


COMMANDS = [Command(serve)]
