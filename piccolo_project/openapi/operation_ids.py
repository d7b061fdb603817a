"""Operation ids such as `list_videos`, `get_video`, `list_video_moments`."""

import re

from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition
from piccolo.conf.apps import Finder

SINGULAR = {
    table._meta.tablename: re.sub(r"(?<!^)([A-Z])", r"_\1", table.__name__).lower()
    for table in Finder().get_table_classes()
}
"""Table → its singular: generation_configs → generation_config."""
VERBS = {"GET": "get", "PUT": "set", "PATCH": "change", "DELETE": "delete"}
RELATIONS = {"list_related", "get_related"}
"""The handlers that `serve_related_page` and `serve_related_row` make."""
NAMES = {"health": "get_health", "live": "get_liveness", "ready": "get_readiness", "me": "get_me"}


def create_operation_id(
    handler: HTTPRouteHandler,
    method: HttpMethod | Method,
    parts: list[str | PathParameterDefinition],
) -> str:
    """`parts` of the path that are not strings are parameters."""
    match [each if isinstance(each, str) else "{}" for each in parts]:
        case ["api", table] if table in SINGULAR:
            return f"create_{SINGULAR[table]}" if method == HttpMethod.POST else f"list_{table}"
        case ["api", table, "batch"] if table in SINGULAR:
            return f"create_{table}" if table != SINGULAR[table] else f"create_{table}_batch"
        case ["api", table, "{}"] if table in SINGULAR:
            return f"{VERBS[HttpMethod(method).value]}_{SINGULAR[table]}"
        case ["api", table, "{}", child] if table in SINGULAR:
            name = f"{SINGULAR[table]}_{child}"
            if handler.handler_name not in RELATIONS:
                return f"{VERBS[HttpMethod(method).value]}_{name}"
            if name in SINGULAR:  # `list_<name>` is the whole table's.
                return f"list_{child}_of_{SINGULAR[table]}"
            is_one = child in SINGULAR.values() and child not in SINGULAR
            return f"get_{name}" if is_one else f"list_{name}"
    return NAMES.get(handler.handler_name, handler.handler_name)
