from litestar.types import ControllerRouterHandler

from apps.audit.repositories import AuditEntryRepository
from apps.shared.http.controllers import ReadOnlyController


class AuditEntryController(ReadOnlyController):
    """PostgreSQL writes them by itself, and nobody can change them."""

    repository = AuditEntryRepository
    order = "-id"


ROUTES: list[ControllerRouterHandler] = [AuditEntryController]
