"""The Piccolo Admin, built once."""

from typing import Any

from piccolo_admin import endpoints
from piccolo_admin.endpoints import create_admin
from piccolo_api.change_password.endpoints import change_password
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from apps.accounts.tables import PROLONGED, SESSION_LENGTH, Session, User
from apps.shared.settings import settings
from piccolo_project.admin.crud import Crud
from piccolo_project.admin.forms import FORMS
from piccolo_project.admin.origin import OwnPages
from piccolo_project.admin.router import Router
from piccolo_project.admin.routes import mount_table
from piccolo_project.admin.tables import TABLES
from piccolo_project.admin.two_step import AuthenticatorApp, TwoStepPage
from piccolo_project.pages.signing_in import to_sign_in

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


def change_own_password(session_table: Any, **given: Any) -> Any:
    """Piccolo's own, which would end API tokens as well: `User.update_password` ends sessions."""
    return change_password(session_table=None, **given)


def two_step_page(**_: Any) -> Any:
    return TwoStepPage


def refuse(request: Request, error: Exception) -> Response:
    """A page that a person opens leads to the sign-in, as the front end does itself on a 401."""
    if "text/html" in request.headers.get("accept", ""):
        return to_sign_in(f"/admin{request.url.path}", request.url.query)
    return JSONResponse({"error": "Nobody is signed in."}, 401)


# The admin makes these by itself, and has no other way to be given ours.
vars(endpoints).update(
    AdminRouter=Router,
    PiccoloCRUD=Crud,
    FastAPIWrapper=mount_table,
    CSRFMiddleware=OwnPages,
    RateLimitingMiddleware=unlimited,
    change_password=change_own_password,
    mfa_setup=two_step_page,
    handle_auth_exception=refuse,
)


def build_admin() -> Any:
    return create_admin(
        tables=TABLES,
        forms=FORMS,
        auth_table=User,
        session_table=Session,  # type: ignore[arg-type]  # It has the verbs, not the columns.
        session_expiry=SESSION_LENGTH,
        increase_expiry=PROLONGED,
        page_size=25,
        site_name="Reelbase",
        default_language_code="en",
        auto_include_related=False,
        allowed_hosts=settings().allowed_hosts,
        production=True,  # `with_safe_cookies` lets plain http in.
        mfa_providers=[AuthenticatorApp()],
        sidebar_links=LINKS,
    )
