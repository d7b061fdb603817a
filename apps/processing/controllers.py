from litestar.types import ControllerRouterHandler

from apps.processing.repositories import ProcessingJobRepository, ProcessingSessionRepository
from apps.processing.services import Jobs
from apps.shared.http.controllers import TableController, page_of


class ProcessingSessionController(TableController):
    repository = ProcessingSessionRepository


class ProcessingJobController(TableController):
    repository = ProcessingJobRepository
    resource = Jobs


ROUTES: list[ControllerRouterHandler] = [
    ProcessingSessionController,
    ProcessingJobController,
    page_of(ProcessingSessionController, ProcessingJobController, "session_id"),
]
