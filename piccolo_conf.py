from piccolo.conf.apps import AppRegistry

from apps.shared.db.engine import create_engine

DB = create_engine()

APP_REGISTRY = AppRegistry(
    apps=[
        "apps.accounts.piccolo_app",
        "apps.processing.piccolo_app",
        "apps.catalog.piccolo_app",
        "apps.configuration.piccolo_app",
        "apps.statistics.piccolo_app",
        "apps.transcripts.piccolo_app",
        "apps.conversations.piccolo_app",
        "apps.moments.piccolo_app",
        "apps.publishing.piccolo_app",
        "apps.overview.piccolo_app",
        "apps.audit.piccolo_app",
        "piccolo_project.piccolo_app",
    ]
)
