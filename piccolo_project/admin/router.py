"""Piccolo Admin's router, where ours must behave differently."""

from typing import Any

from piccolo_admin.endpoints import AdminRouter, GroupedTableNamesResponseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from apps.shared.errors import BadRequest
from piccolo_project.admin.bodies import read_row
from piccolo_project.admin.tables import LISTINGS


class ReelbaseAdminRouter(AdminRouter):
    def get_table_list_grouped(self) -> GroupedTableNamesResponseModel:
        """In the order of LISTINGS, where Piccolo sorts alphabetically."""
        grouped = {
            group: [table._meta.tablename for table in listings]
            for group, listings in LISTINGS.items()
        }
        return GroupedTableNamesResponseModel(grouped=grouped)

    async def post_single_form(self, request: Request, form_slug: str) -> Any:
        """Refuses a body that is not a JSON object, which Piccolo does not check."""
        try:
            request._json = await read_row(request)  # Starlette reads it from here the next time.
        except BadRequest as error:
            return JSONResponse({"custom_form_error": error.message}, 422)
        return await super().post_single_form(request, form_slug)
