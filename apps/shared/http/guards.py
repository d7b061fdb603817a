"""Litestar guards for roles. They run before a request's parameters and body are read."""

from collections.abc import Callable
from typing import Any, TypeAlias

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from apps.shared.db.access import Viewer
from apps.shared.errors import Forbidden

Guard: TypeAlias = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]


def requires_administrator(refusal: str) -> Guard:
    """`refusal` says what only an administrator can do."""

    def check_role(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not connection.user.is_administrator:
            raise Forbidden(refusal)

    return check_role


def requires_superuser(refusal: str) -> Guard:
    """`refusal` says what only a superuser can do."""

    def check_role(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        check_superuser(connection.user, refusal)

    return check_role


def check_superuser(viewer: Viewer, refusal: str) -> None:
    """For what is no Litestar route, such as the admin's forms. Raises Forbidden."""
    if not viewer.is_superuser:
        raise Forbidden(refusal)
