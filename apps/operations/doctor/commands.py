"""`piccolo project doctor`."""

import sys

from piccolo.conf.apps import Command

from apps.operations.doctor.database import (
    check_constraints,
    check_extensions,
    check_indexes,
    check_migrations,
    check_replica,
    check_server,
    check_triggers,
)
from apps.operations.doctor.report import OK, Check, run_checks
from apps.operations.doctor.rows import check_rows
from apps.operations.doctor.schema import check_schema
from apps.operations.doctor.secrets import check_secrets
from apps.operations.doctor.surroundings import (
    check_backups,
    check_configuration,
    check_disk,
    check_version,
)
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import exit_on_interrupt

CHECKS = (
    Check("version", check_version, needs_database=False),
    Check("database", check_server),
    Check("migrations", check_migrations),
    Check("extensions", check_extensions),
    Check("schema", check_schema),
    Check("indexes", check_indexes),
    Check("triggers", check_triggers),
    Check("constraints", check_constraints),
    Check("rows", check_rows),
    Check("secrets", check_secrets),
    Check("configuration", check_configuration, needs_database=False),
    Check("disk", check_disk, needs_database=False),
    Check("backups", check_backups, needs_database=False),
    Check("replica", check_replica, needs_database=False),
)


async def run_doctor() -> None:
    """
    Checks the program, its database and its surroundings.

    Changes nothing. Each line reports that something is well, or what is wrong and how to fix it.
    The exit code is 1 if anything is wrong or could not be checked.

    """
    is_well = True
    async with exit_on_interrupt("Interrupted."):
        configure_logs(get_settings().model_copy(update={"log_level": "ERROR"}))
        async for line in run_checks(CHECKS):
            print(line, flush=True)
            is_well = is_well and line.mark == OK
    sys.exit(0 if is_well else 1)


COMMANDS = [Command(run_doctor, command_name="doctor")]
