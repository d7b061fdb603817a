"""Gathers how the admin shows each table, from the admin.py of every app."""

from importlib import import_module
from importlib.util import find_spec

from piccolo.table import Table

import piccolo_conf
from apps.shared.admin_view import AdminView, MenuGroup


def gather_views() -> list[AdminView]:
    """In the menu's order."""
    groups = [*MenuGroup]
    found: list[AdminView] = []
    for app in piccolo_conf.APP_REGISTRY.apps:
        module = f"{app.rpartition('.')[0]}.admin"
        if find_spec(module):
            found += getattr(import_module(module), "ADMIN_VIEWS", ())
    return sorted(found, key=lambda view: (groups.index(view.group), view.position))


VIEWS: dict[type[Table], AdminView] = {view.table: view for view in gather_views()}
"""Table → how it is shown."""
