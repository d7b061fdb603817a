"""The Piccolo Admin, built once."""

from typing import Any

from piccolo_admin import endpoints
from piccolo_admin.endpoints import create_admin
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from apps.accounts.tables import EXTENSION, Session, User
from apps.shared.settings import get_settings
from piccolo_project.admin.accounts import ChangePassword, SignIn, SignOut
from piccolo_project.admin.crud import Crud
from piccolo_project.admin.forms import FORMS
from piccolo_project.admin.origin import OriginCheckMiddleware
from piccolo_project.admin.router import ReelbaseAdminRouter
from piccolo_project.admin.routes import mount_table
from piccolo_project.admin.tables import TABLES
from piccolo_project.admin.translations import OUR_TRANSLATIONS
from piccolo_project.admin.two_step import TwoStepPage
from piccolo_project.web.sessions import redirect_to_sign_in

LINKS = {
    "Overview": "/",
    "Review": "/review",
    "Backups": "/backups",
    "API documentation": "/schema",
    "Health": "/health",
}


def skip_rate_limit(app: Any, provider: Any) -> Any:
    """`AttemptLimiter` limits sign-ins. Piccolo's counts page views, in each worker separately."""
    return app


def make_factory_of(endpoint: Any) -> Any:
    """A stand-in for Piccolo's function that would build the endpoint."""
    return lambda **_: endpoint


def respond_unauthenticated(request: Request, error: Exception) -> Response:
    """Sends people to the sign-in page, as the front end does on a 401."""
    if "text/html" in request.headers.get("accept", ""):
        return redirect_to_sign_in(f"/admin{request.url.path}", request.url.query)
    return JSONResponse({"error": "Not signed in."}, 401)


def replace_endpoints() -> None:
    """Piccolo Admin creates these itself and takes no replacements."""
    vars(endpoints).update(
        AdminRouter=ReelbaseAdminRouter,
        PiccoloCRUD=Crud,
        FastAPIWrapper=mount_table,
        CSRFMiddleware=OriginCheckMiddleware,
        RateLimitingMiddleware=skip_rate_limit,
        session_login=make_factory_of(SignIn),
        session_logout=make_factory_of(SignOut),
        change_password=make_factory_of(ChangePassword),
        mfa_setup=make_factory_of(TwoStepPage),
        handle_auth_exception=respond_unauthenticated,
    )


def build_admin() -> Any:
    replace_endpoints()
    return create_admin(
        tables=TABLES,
        forms=FORMS,
        auth_table=User,
        session_table=Session,  # type: ignore[arg-type]  # It has the methods, not the columns.
        increase_expiry=EXTENSION,
        page_size=25,
        site_name="Reelbase",
        default_language_code="en",
        translations=OUR_TRANSLATIONS,
        auto_include_related=False,
        allowed_hosts=get_settings().allowed_hosts,
        mfa_providers=["ours"],  # type: ignore[list-item]  # Any value enables the page.
        sidebar_links=LINKS,
    )
