"""The page that turns two-step sign-in on and off.

Piccolo's own page requires codes as soon as it has shown the QR code, which locks out anyone who
closes it before scanning.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pyotp
import qrcode
from qrcode.image.svg import SvgPathFillImage
from starlette.datastructures import FormData
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse

from apps.accounts import two_step
from apps.accounts.middleware import get_client_address
from apps.accounts.services import confirm_two_step, disable_two_step, verify_password
from apps.shared.errors import DomainError
from piccolo_project.web.routes import TEMPLATES

Context = Mapping[str, Any]


class TwoStepPage(HTTPEndpoint):
    """For a signed-in administrator, who must give the password again before any change."""

    async def get(self, request: Request) -> HTMLResponse:
        return await render_page(request)

    async def post(self, request: Request) -> HTMLResponse:
        # The CSRF middleware has read the form already.
        form = request.scope.get("form") or await request.form()
        perform = ACTIONS.get(str(form.get("action")))
        if perform is None:
            return await render_page(request)
        try:
            context = await perform(request, form)
        except DomainError as error:
            context = {"error": error.message, "is_begun": perform is confirm_setup}
            return await render_page(request, context, error.status, error.headers)
        return await render_page(request, context)


def get_text(form: FormData, name: str) -> str:
    return str(form.get(name, ""))


async def begin_setup(request: Request, form: FormData) -> Context:
    user = request.user.user
    await verify_password(user.id, get_text(form, "password"), get_client_address(request.scope))
    app = await two_step.begin_setup(user)
    return {"qr_code": draw_qr_code(app), "secret": app.secret}


async def confirm_setup(request: Request, form: FormData) -> Context:
    user, address = request.user.user, get_client_address(request.scope)
    return {"recovery_codes": await confirm_two_step(user.id, get_text(form, "code"), address)}


async def turn_off(request: Request, form: FormData) -> Context:
    user, address = request.user.user, get_client_address(request.scope)
    await disable_two_step(user.id, get_text(form, "password"), get_text(form, "code"), address)
    return {"notice": "Two-step sign-in is off. You now sign in with your password only."}


ACTIONS: dict[str, Callable[[Request, FormData], Awaitable[Context]]] = {
    "begin": begin_setup,
    "confirm": confirm_setup,
    "turn_off": turn_off,
}


def draw_qr_code(app: pyotp.TOTP) -> str:
    """SVG, black on white even in dark mode."""
    code = qrcode.make(app.provisioning_uri(), image_factory=SvgPathFillImage)
    return str(code.to_string(encoding="unicode"))


async def render_page(
    request: Request,
    context: Context | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Must not be cached: it may show secrets."""
    template = TEMPLATES.engine_instance.get_template("two_step.html")
    body = template.render(
        request=request,
        csrf_token=request.scope["csrftoken"],
        in_use=await two_step.find_active(request.user.user.id),
        **(context or {}),
    )
    return HTMLResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})
