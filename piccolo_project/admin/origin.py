"""Checks the origin of changes, in addition to the CSRF token."""

from contextlib import suppress

from piccolo_api.csrf.middleware import CSRFMiddleware
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from piccolo_project.hosts import Hosts


class OriginCheckMiddleware(CSRFMiddleware):
    """Over https, accepts pages on ALLOWED_HOSTS or, if that is unset, on the requested host.

    Piccolo's version knows no `*.example.org`, is case-sensitive, and needs ALLOWED_HOSTS.
    """

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Refuses a malformed form, on which Piccolo's search for the token fails."""
        try:
            response: Response = await super().dispatch(request, call_next)
        except HTTPException as error:
            return PlainTextResponse(error.detail, error.status_code)
        return response

    def is_valid_referer(self, request: Request) -> bool:
        hosts = self.allowed_hosts or [request.url.hostname or ""]
        with suppress(ValueError):  # The header may be malformed.
            page = URL(request.headers.get("origin") or request.headers.get("referer") or "")
            host = page.hostname
            return page.scheme == "https" and bool(host) and str(host) in Hosts(hosts)
        return False
