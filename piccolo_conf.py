from piccolo.conf.apps import AppRegistry

from apps.shared.engine import create_engine

DB = create_engine()

APP_REGISTRY = AppRegistry(
    apps=[
        "apps.accounts.piccolo_app",
        "apps.catalog.piccolo_app",
        "apps.transcripts.piccolo_app",
        "piccolo_project.piccolo_app",
    ]
)
