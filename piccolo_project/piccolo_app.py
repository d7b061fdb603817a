import os

from apps.shared.command_line import App, before_commands
from apps.shared.db.migration_order import replace_piccolo_commands

APP_CONFIG = App(
    app_name="project",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[],
    command_modules=(
        "piccolo_project.serving",
        "apps.operations.backups.commands",
        "apps.operations.doctor.commands",
    ),
)


def wire_apps() -> None:
    from piccolo_project.wiring import wire

    wire()


before_commands.plug(wire_apps)
replace_piccolo_commands()
