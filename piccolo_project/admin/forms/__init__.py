"""The forms of the admin: the jobs that a person starts from there.

Each calls what REST and the terminal call, and shows the same sentences.
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
