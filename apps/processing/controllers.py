from litestar.types import ControllerRouterHandler

from apps.processing.repositories import ProcessingJobRepository, ProcessingSessionRepository
from apps.processing.services import JobResource
from apps.shared.http.controllers import TableController
from apps.shared.http.related import serve_related_page


class ProcessingSessionController(TableController):
    repository = ProcessingSessionRepository


class ProcessingJobController(TableController):
    repository = ProcessingJobRepository
    resource = JobResource


ROUTES: list[ControllerRouterHandler] = [
    ProcessingSessionController,
    ProcessingJobController,
    serve_related_page(ProcessingSessionController, ProcessingJobController, "session_id"),
]
