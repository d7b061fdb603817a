"""How the admin shows who changed what."""

from apps.audit.tables import AuditEntry
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        AuditEntry,
        MenuGroup.accounts,
        shown="created_at user_email door action table_name row_id columns",
        filters="table_name row_id user_id user_email action door created_at",
        read_only="what was written down about a change stays",
    ),
)
