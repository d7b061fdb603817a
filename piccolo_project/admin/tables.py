"""Every table in the admin, grouped by what people do with it, with its listing."""

from piccolo.columns import Column
from piccolo.table import Table
from piccolo_admin.endpoints import TableConfig
from piccolo_api.crud.endpoints import OrderBy

from apps.shared.admin_view import AdminView
from piccolo_project.admin.media import MEDIA
from piccolo_project.admin.views import VIEWS

LISTINGS: dict[str, dict[type[Table], AdminView]] = {
    group: {table: view for table, view in VIEWS.items() if view.group == group}
    for group in dict.fromkeys(view.group.value for view in VIEWS.values())
}
"""Group → table → how it is shown."""


def get_columns(table: type[Table], names: str) -> list[Column]:
    return [table._meta.get_column_by_name(name) for name in names.split()]


def parse_order(table: type[Table], order: str) -> list[OrderBy]:
    return [
        OrderBy(table._meta.get_column_by_name(name.removeprefix("-")), not name.startswith("-"))
        for name in order.split()
    ]


def make_table_config(table: type[Table], group: str, listing: AdminView) -> TableConfig:
    shown = get_columns(table, listing.shown)
    return TableConfig(
        table,
        menu_group=group,
        visible_columns=shown,
        visible_filters=get_columns(table, listing.filters),
        link_column=shown[0],
        order_by=parse_order(table, listing.order),
        media_storage=MEDIA.get(table),
    )


TABLES = [
    make_table_config(table, group, listing)
    for group, listings in LISTINGS.items()
    for table, listing in listings.items()
]
