"""Which pages may send what changes something, besides that they know the token of the cookie."""

from contextlib import suppress

from piccolo_api.csrf.middleware import CSRFMiddleware
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from piccolo_project.hosts import Hosts


class OwnPages(CSRFMiddleware):
    """Under https a page of this program: of ALLOWED_HOSTS, or without them of the host asked.

    Piccolo's own knows neither `*.example.org` nor upper case, and without ALLOWED_HOSTS none.
    """

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """A form that cannot be read is refused: looking for the token, Piccolo's own fails."""
        try:
            answer: Response = await super().dispatch(request, call_next)
        except HTTPException as error:
            return PlainTextResponse(error.detail, error.status_code)
        return answer

    def is_valid_referer(self, request: Request) -> bool:
        hosts = self.allowed_hosts or [request.url.hostname or ""]
        with suppress(ValueError):  # What is sent may be anything.
            page = URL(request.headers.get("origin") or request.headers.get("referer") or "")
            host = page.hostname
            return page.scheme == "https" and bool(host) and str(host) in Hosts(hosts)
        return False
