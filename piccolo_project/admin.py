"""The Piccolo Admin, built once."""

import datetime
from typing import Any

from piccolo_admin.endpoints import create_admin
from piccolo_api.rate_limiting.middleware import InMemoryLimitProvider

from apps.accounts.tables import Session, User
from apps.shared.settings import settings
from piccolo_project.admin_tables import TABLES


def build_admin() -> Any:
    return create_admin(
        tables=TABLES,
        auth_table=User,
        session_table=Session,  # type: ignore[arg-type]  # It has the verbs, not the columns.
        session_expiry=datetime.timedelta(hours=1),
        increase_expiry=datetime.timedelta(minutes=20),
        page_size=25,
        site_name="Reelbase",
        default_language_code="en",
        auto_include_related=False,
        allowed_hosts=settings().allowed_hosts,
        # The stock one counts page views too, and blocks until the program is started again.
        rate_limit_provider=InMemoryLimitProvider(limit=100, timespan=300, block_duration=60),
        sidebar_links={"API documentation": "/schema", "Health": "/health"},
    )
