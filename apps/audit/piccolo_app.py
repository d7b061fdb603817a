import os

from apps.audit.tables import AuditEntry
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="audit",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[AuditEntry],
    # Its first migration has triggers on the tables of these. Whatever came later declares its own,
    # and migrations run in the order in which they were written: migration_order.py.
    migration_dependencies=[
        "apps.accounts.piccolo_app",
        "apps.processing.piccolo_app",
        "apps.catalog.piccolo_app",
        "apps.configuration.piccolo_app",
        "apps.statistics.piccolo_app",
        "apps.transcripts.piccolo_app",
        "apps.conversations.piccolo_app",
        "apps.moments.piccolo_app",
        "apps.publishing.piccolo_app",
    ],
)
