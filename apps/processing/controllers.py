from collections.abc import Mapping
from typing import Any

from litestar.types import ControllerRouterHandler

from apps.processing.repositories import ProcessingJobRepository, ProcessingSessionRepository
from apps.processing.services import default_max_attempts
from apps.shared.db.access import Viewer
from apps.shared.http.controllers import TableController
from apps.shared.http.related import serve_related_page
from apps.shared.http.resources import Resource


class ProcessingSessionController(TableController):
    repository = ProcessingSessionRepository


class JobResource(Resource):
    async def _insert(self, viewer: Viewer, values: Mapping[str, Any]) -> bytes:
        filled = {"max_attempts": default_max_attempts()(), **values}
        return await super()._insert(viewer, filled)


class ProcessingJobController(TableController):
    repository = ProcessingJobRepository
    resource = JobResource


ROUTES: list[ControllerRouterHandler] = [
    ProcessingSessionController,
    ProcessingJobController,
    serve_related_page(ProcessingSessionController, ProcessingJobController, "session_id"),
]
