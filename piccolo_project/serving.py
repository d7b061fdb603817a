"""`piccolo project serve`: prepares the database, then serves."""

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
from apps.operations.backups.before_migration import backup_first
from apps.shared.db.diagnosis import OLDEST_POSTGRES, explain_database_error
from apps.shared.db.engine import get_engine
from apps.shared.db.migrations import apply_migrations, count_unknown_migrations
from apps.shared.logs import configure_logs
from apps.shared.metrics import MULTIPROCESS_DIR
from apps.shared.settings import Settings, get_settings

log = logging.getLogger(__name__)


async def _count_none(manager: CheckMigrationManager) -> int:
    return 0


if sys.argv[1:2] == ["project"]:
    # Piccolo counts pending migrations before each command. That would start the database before
    # `serve` can stop it again, and warn about migrations that `serve` is about to apply.
    CheckMigrationManager.havent_ran_count = _count_none  # type: ignore[assignment,method-assign]  # No hook.


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


async def back_up_before_migrating() -> None:
    try:
        await backup_first()
    except Exception as error:
        raise CannotServe(
            f"The database was not migrated, because the backup failed: "
            f"{explain_database_error(error)} "
            "To migrate without a backup, set BACKUP_BEFORE_MIGRATION=false."
        ) from None


async def prepare_database(settings: Settings) -> str | None:
    """Migrates, and creates the first administrator. Returns the password if it did."""
    try:
        async with get_engine().connection() as connection:
            version = connection.get_server_version()
        if version.major < OLDEST_POSTGRES:
            raise CannotServe(
                f"The database is PostgreSQL {version.major}. Reelbase needs PostgreSQL "
                f"{OLDEST_POSTGRES} or newer."
            )
        if await count_unknown_migrations():
            raise CannotServe(
                "The database was migrated by a newer version of Reelbase: update the program."
            )
        await apply_migrations(first=back_up_before_migrating)
        secret = settings.admin_password
        return await create_first_administrator(
            settings.admin_email, secret.get_secret_value() if secret else None
        )
    except Exception as error:
        raise CannotServe(explain_database_error(error)) from None


def format_banner(settings: Settings, password: str | None) -> str:
    everywhere = {"0.0.0.0", "::", "127.0.0.1"}  # noqa: S104  # Compared, not bound.
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
            lines.append("  Write it down: it is not shown again.")
    return "\n".join([*lines, "", "  Press Ctrl-C to stop.", ""])


@contextmanager
def share_metrics(workers: int) -> Iterator[None]:
    """Gives several workers a folder in which they share their metrics."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="reelbase-metrics-") as folder:
        os.environ[MULTIPROCESS_DIR] = folder
        yield


def serve(host: str | None = None, port: int | None = None, workers: int | None = None) -> None:
    """
    Starts the database, applies migrations, creates the first administrator, and serves.

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
    get_configuration()  # Rejects an invalid environment or file now.
    # Python's default would exit at once and leave the database running.
    signal.signal(signal.SIGTERM, _exit_on_signal)
    check_port(settings.host, settings.port)
    try:
        password = asyncio.run(prepare_database(settings))
        print(format_banner(settings, password), flush=True)
        with share_metrics(settings.workers):
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


def _exit_on_signal(signal_number: int, frame: Any) -> NoReturn:
    sys.exit(128 + signal_number)


COMMANDS = [Command(serve)]
