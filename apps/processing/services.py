from collections.abc import Callable, Mapping
from typing import Any

from apps.shared.db.access import Viewer
from apps.shared.http.resources import Resource
from apps.shared.plugs import Plug

default_max_attempts: Plug[Callable[[], int]] = Plug(lambda: 1)
"""The `max_attempts` of a job created without it."""


class JobResource(Resource):
    async def _insert(self, viewer: Viewer, values: Mapping[str, Any]) -> bytes:
        filled = {"max_attempts": default_max_attempts()(), **values}
        return await super()._insert(viewer, filled)
