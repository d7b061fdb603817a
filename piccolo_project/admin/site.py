"""The Piccolo Admin, built once."""

from typing import Any

from piccolo_admin import endpoints
from piccolo_admin.endpoints import create_admin
from piccolo_api.rate_limiting.middleware import InMemoryLimitProvider

from apps.accounts.tables import PROLONGED, SESSION_LENGTH, Session, User
from apps.shared.settings import settings
from piccolo_project.admin.crud import Crud
from piccolo_project.admin.forms import FORMS
from piccolo_project.admin.tables import TABLES

LINKS = {
    "Overview": "/",
    "Review": "/review",
    "API documentation": "/schema",
    "Health": "/health",
}


# The admin makes one for each table, and has no other way to be given ours.
endpoints.PiccoloCRUD = Crud  # type: ignore[attr-defined]  # It is only imported there.


def build_admin() -> Any:
    return create_admin(
        tables=TABLES,
        forms=FORMS,
        auth_table=User,
        session_table=Session,  # type: ignore[arg-type]  # It has the verbs, not the columns.
        session_expiry=SESSION_LENGTH,
        increase_expiry=PROLONGED,
        page_size=25,
        site_name="Reelbase",
        default_language_code="en",
        auto_include_related=False,
        allowed_hosts=settings().allowed_hosts,
        # The stock one counts page views too, and blocks until the program is started again.
        rate_limit_provider=InMemoryLimitProvider(limit=100, timespan=300, block_duration=60),
        sidebar_links=LINKS,
    )
