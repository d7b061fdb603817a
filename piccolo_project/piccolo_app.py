import os
import sys

from piccolo.conf.apps import AppConfig, Command

from apps.accounts.piccolo_app import APP_CONFIG as ACCOUNTS
from apps.catalog.piccolo_app import APP_CONFIG as CATALOG
from apps.configuration.piccolo_app import APP_CONFIG as CONFIGURATION
from apps.operations.backups.commands import backup, restore, verify
from apps.operations.doctor.commands import doctor
from apps.shared.db.migration_order import replace_piccolo_commands
from apps.shared.terminal import normalize_options
from apps.transcripts.piccolo_app import APP_CONFIG as TRANSCRIPTS
from piccolo_project.serving import serve
from piccolo_project.wiring import wire

APP_CONFIG = AppConfig(
    app_name="project",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[],
    commands=[Command(serve), Command(backup), Command(verify), Command(restore), Command(doctor)],
)


def accept_usual_options(arguments: list[str]) -> None:
    """Rewrites a command line in place, so that Piccolo takes `--report FILE` and the like."""
    for app in (ACCOUNTS, CATALOG, CONFIGURATION, TRANSCRIPTS, APP_CONFIG):
        for command in app.get_commands():
            name = command.command_name or command.callable.__name__
            if arguments[1:3] == [app.app_name, name]:
                arguments[3:] = normalize_options(arguments[3:], command.callable)


# Piccolo imports every app before it reads the command line.
wire()
replace_piccolo_commands()
accept_usual_options(sys.argv)
