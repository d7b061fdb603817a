"""What operations are called: `list_videos`, `get_video`, `list_video_moments`."""

import re

from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition
from piccolo.conf.apps import Finder

ONE = {
    table._meta.tablename: re.sub(r"(?<!^)([A-Z])", r"_\1", table.__name__).lower()
    for table in Finder().get_table_classes()
}
"""A table's name → that of one row: generation_configs → generation_config."""
VERBS = {"GET": "get", "PUT": "set", "PATCH": "change", "DELETE": "delete"}
RELATIONS = {"list_related", "get_related"}
"""The handlers that `serve_related_page` and `serve_related_row` make."""
NAMES = {"health": "get_health", "live": "get_liveness", "ready": "get_readiness", "me": "get_me"}


def operation_id(
    handler: HTTPRouteHandler,
    method: HttpMethod | Method,
    parts: list[str | PathParameterDefinition],
) -> str:
    """`parts` are those of the path; one that is no text is a parameter."""
    match [each if isinstance(each, str) else "{}" for each in parts]:
        case ["api", table] if table in ONE:
            return f"create_{ONE[table]}" if method == HttpMethod.POST else f"list_{table}"
        case ["api", table, "batch"] if table in ONE:
            return f"create_{table}" if table != ONE[table] else f"create_{table}_batch"
        case ["api", table, "{}"] if table in ONE:
            return f"{VERBS[HttpMethod(method).value]}_{ONE[table]}"
        case ["api", table, "{}", child] if table in ONE:
            name = f"{ONE[table]}_{child}"
            if handler.handler_name not in RELATIONS:
                return f"{VERBS[HttpMethod(method).value]}_{name}"
            if name in ONE:  # The whole table is a list of that name.
                return f"list_{child}_of_{ONE[table]}"
            is_one = child in ONE.values() and child not in ONE
            return f"get_{name}" if is_one else f"list_{name}"
    return NAMES.get(handler.handler_name, handler.handler_name)
