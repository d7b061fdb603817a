"""This program with Piccolo's own endpoints in its admin: the alternative."""

from piccolo_admin import endpoints
from piccolo_api.crud.endpoints import PiccoloCRUD

from piccolo_project.admin import site
from piccolo_project.app import create_app

assert endpoints.PiccoloCRUD is site.Crud  # type: ignore[attr-defined]  # It is only imported there.
endpoints.PiccoloCRUD = PiccoloCRUD  # type: ignore[attr-defined]  # As above.
app = create_app()
