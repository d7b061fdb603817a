from litestar.types import ControllerRouterHandler

from apps.audit.repositories import AuditEntryRepository
from apps.shared.http.controllers import ReadOnlyController
from apps.shared.http.exposure import Exposure


class AuditEntryController(ReadOnlyController):
    """Triggers write the entries, and nobody can change them."""

    repository = AuditEntryRepository
    exposure = Exposure(order="-id")


ROUTES: list[ControllerRouterHandler] = [AuditEntryController]
