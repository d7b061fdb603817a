from apps.audit.tables import AuditEntry
from apps.shared.db.repositories import Repository


class AuditEntryRepository(Repository[AuditEntry]):
    table = AuditEntry
