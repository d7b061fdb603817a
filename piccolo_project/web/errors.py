"""Errors on a page are shown as a page, with REST's wording."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Template

from apps.shared.errors import DomainError
from apps.shared.http.error_handlers import ERROR_HANDLERS
from piccolo_project.web.policy import SECURITY_HEADERS

Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]


def render_as_page(handler: Handler) -> Handler:
    def render(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = handler(request, error)
        return Template(
            "error.html",
            context=problem.content,
            status_code=problem.content["status"],
            headers={**SECURITY_HEADERS, **problem.headers},
        )

    return render


PAGE_ERROR_HANDLERS: dict[int | type[Exception], Any] = {
    kind: render_as_page(handler)
    for kind, handler in ERROR_HANDLERS.items()
    if kind in {DomainError, ValidationException, HTTPException, Exception}
}
