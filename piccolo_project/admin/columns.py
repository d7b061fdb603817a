"""What of a table the admin shows, and what of it nobody changes there, with the reason."""

from collections.abc import Mapping

from piccolo.columns import Column
from piccolo.table import Table

from apps.accounts.tables import User
from apps.shared.db.tables import names
from piccolo_project.admin.views import VIEWS

HEAVY = {name for view in VIEWS.values() for name in view.heavy.split()}
LARGE = HEAVY | {name for view in VIEWS.values() for name in view.large.split()}

READ_ONLY: Mapping[type[Table], str] = {
    table: view.read_only for table, view in VIEWS.items() if view.read_only
}
"""No row is added to these, changed in these or deleted from these, and why."""

HIDDEN = {
    f"{table._meta.tablename}.{name}"
    for table, view in VIEWS.items()
    for name in view.hidden.split()
}

ANY_JSON = {
    f"{table._meta.tablename}.{name}"
    for table, view in VIEWS.items()
    for name in view.any_json.split()
}
"""JSON of any kind; other columns have an object or a list each."""

KEPT = {
    "id": "it identifies the row",
    "created_at": "it records when the row was created",
    "updated_at": "it records when the row last changed",
    **{
        f"{table._meta.tablename}.{name}": why
        for table, view in VIEWS.items()
        for name, why in view.kept.items()
    },
}
"""By column, of every table or of one: why nobody gives it."""

GIVEN_ONCE = {
    f"{table._meta.tablename}.{name}": why
    for table, view in VIEWS.items()
    for name, why in view.given_once.items()
}
"""The same of what may be given to a new row, and stays."""

MOVING = {"updated_at", "last_login"}
"""A form that is open for a while has these as they were."""

MOVED_BY_PROGRAM: set[type[Table]] = {
    table for table, view in VIEWS.items() if view.is_moved_by_program
}
"""Signing in, working and messages change rows of these, which is no reason to refuse a form."""


def column_path(column: Column) -> str:
    return f"{column._meta.table._meta.tablename}.{column._meta.name}"


def is_hidden(column: Column) -> bool:
    """A new user needs a password, which no answer has in it."""
    is_password = column._meta.table is User and column._meta.name == "password"
    return column_path(column) in HIDDEN or (bool(column._meta.secret) and not is_password)


def readonly_reason(column: Column, *, is_new: bool = False) -> str | None:
    """Why the column has the value that it has; None when a person may choose it."""
    always = KEPT.get(column_path(column)) or KEPT.get(column._meta.name)
    whole = READ_ONLY.get(column._meta.table)
    return always or whole or (None if is_new else GIVEN_ONCE.get(column_path(column)))


def form_columns(table: type[Table]) -> list[Column]:
    return [column for column in table._meta.columns if not is_hidden(column)]


def required_columns(table: type[Table]) -> list[Column]:
    """What a new row needs."""
    return [
        column
        for column in form_columns(table)
        if not column._meta.null
        and column.get_default_value() is None
        and not readonly_reason(column, is_new=True)
    ]


def order_fields(table: type[Table]) -> list[str]:
    """As a form has them: what can be changed, what cannot, and when the row was made."""
    times = {"created_at": 1, "updated_at": 2}
    columns = sorted(
        form_columns(table),
        key=lambda column: (times.get(column._meta.name, 0), readonly_reason(column) is not None),
    )
    return names(columns)


def allowed_actions(table: type[Table]) -> list[str]:
    """What a person may do with the rows."""
    if table not in READ_ONLY:
        return ["add", "change", "delete"]
    return ["delete"] if VIEWS[table].is_deletable else []
