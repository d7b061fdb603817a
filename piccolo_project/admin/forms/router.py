"""What Piccolo Admin takes for a form's fields without looking."""

from typing import Any

from piccolo_admin.endpoints import AdminRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from apps.shared.errors import BadRequest
from piccolo_project.admin.bodies import read_row


class Router(AdminRouter):
    async def post_single_form(self, request: Request, form_slug: str) -> Any:
        try:
            request._json = await read_row(request)  # Where Starlette keeps it for who asks again.
        except BadRequest as error:
            return JSONResponse({"custom_form_error": error.message}, 422)
        return await super().post_single_form(request, form_slug)
