"""Every route of the program: what the apps declare, and its own."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

import apps
from apps.accounts.middleware import PUBLIC
from piccolo_project.admin.mount import mount_admin
from piccolo_project.health import HealthController, metrics
from piccolo_project.web.routes import PAGES

HERE = Path(__file__).parent
STATIC_FILES = {
    "/schema/static": [HERE / "openapi" / "static"],
    "/static": [HERE / "web" / "static", HERE / "admin" / "static"],
}


def collect_routes() -> list[ControllerRouterHandler]:
    static = [
        create_static_files_router(
            path=path, directories=[*folders], opt=PUBLIC, include_in_schema=False
        )
        for path, folders in STATIC_FILES.items()
    ]
    return [HealthController, metrics, *collect_api_routes(), *static, PAGES, mount_admin()]


def collect_api_routes() -> list[ControllerRouterHandler]:
    """The ROUTES in each app's `controllers`, so that a new app needs no entry here."""
    modules = [f"apps.{app.name}.controllers" for app in pkgutil.iter_modules(apps.__path__)]
    return [
        route
        for module in modules
        if find_spec(module)
        for route in getattr(import_module(module), "ROUTES", [])
    ]
