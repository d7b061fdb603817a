"""What goes wrong on a page is told on a page, in the words that REST has for it."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Template

from apps.shared.db.tables import constraint_messages
from apps.shared.errors import DomainError
from apps.shared.http.problems import exception_handlers
from piccolo_project.web.policy import HEADERS

Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]


def as_page(handler: Handler) -> Handler:
    def shown(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = handler(request, error)
        return Template(
            "error.html",
            context=problem.content,
            status_code=problem.content["status"],
            headers={**HEADERS, **problem.headers},
        )

    return shown


HANDLERS: dict[int | type[Exception], Any] = {
    kind: as_page(handler)
    for kind, handler in exception_handlers(constraint_messages()).items()
    if kind in {DomainError, ValidationException, HTTPException, Exception}
}
