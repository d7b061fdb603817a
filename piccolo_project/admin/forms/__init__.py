"""The admin's forms: actions that a person starts there.

Each calls the same services as REST and the terminal, and shows the same messages.
"""

from piccolo_admin.endpoints import FormConfig

from piccolo_project.admin.forms import (
    accounts,
    backups,
    credentials,
    imports,
    refresh,
    search,
    settings,
)

FORMS: list[FormConfig] = [
    search.FORM,
    imports.FOLDER_FORM,
    imports.LIST_FORM,
    credentials.FORM,
    settings.FORM,
    accounts.USER_FORM,
    accounts.TOKEN_FORM,
    refresh.FORM,
    backups.FORM,
]
