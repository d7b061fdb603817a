"""The Piccolo Admin, built once."""

from typing import Any

from piccolo_admin import endpoints
from piccolo_admin.endpoints import create_admin
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from apps.accounts.tables import PROLONGED, Session, User
from apps.shared.settings import get_settings
from piccolo_project.admin.accounts import ChangePassword, SignIn, SignOut
from piccolo_project.admin.crud import Crud
from piccolo_project.admin.forms import FORMS
from piccolo_project.admin.origin import OwnPages
from piccolo_project.admin.router import Router
from piccolo_project.admin.routes import mount_table
from piccolo_project.admin.tables import TABLES
from piccolo_project.admin.two_step import TwoStepPage
from piccolo_project.web.sessions import redirect_to_sign_in

LINKS = {
    "Overview": "/",
    "Review": "/review",
    "Backups": "/backups",
    "API documentation": "/schema",
    "Health": "/health",
}


def unlimited(app: Any, provider: Any) -> Any:
    """`Attempts` counts what is tried. Piccolo's own counts page views, in each worker alone."""
    return app


def always(endpoint: Any) -> Any:
    """In the place of what would make an endpoint of Piccolo's."""
    return lambda **_: endpoint


def refuse(request: Request, error: Exception) -> Response:
    """A page that a person opens leads to the sign-in, as the front end does itself on a 401."""
    if "text/html" in request.headers.get("accept", ""):
        return redirect_to_sign_in(f"/admin{request.url.path}", request.url.query)
    return JSONResponse({"error": "Nobody is signed in."}, 401)


# The admin makes these by itself, and has no other way to be given ours.
vars(endpoints).update(
    AdminRouter=Router,
    PiccoloCRUD=Crud,
    FastAPIWrapper=mount_table,
    CSRFMiddleware=OwnPages,
    RateLimitingMiddleware=unlimited,
    session_login=always(SignIn),
    session_logout=always(SignOut),
    change_password=always(ChangePassword),
    mfa_setup=always(TwoStepPage),
    handle_auth_exception=refuse,
)


def build_admin() -> Any:
    return create_admin(
        tables=TABLES,
        forms=FORMS,
        auth_table=User,
        session_table=Session,  # type: ignore[arg-type]  # It has the verbs, not the columns.
        increase_expiry=PROLONGED,
        page_size=25,
        site_name="Reelbase",
        default_language_code="en",
        auto_include_related=False,
        allowed_hosts=get_settings().allowed_hosts,
        mfa_providers=["ours"],  # type: ignore[list-item]  # For any there is a page.
        sidebar_links=LINKS,
    )
