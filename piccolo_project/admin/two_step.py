"""The page on which a person switches two-step sign-in on and off.

Piccolo's own page would ask for codes from when it has shown the QR code: who closed it before the
phone had read that was locked out.
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
from apps.accounts.middleware import address_of
from apps.accounts.services import confirm_two_step, prove_password, switch_off_two_step
from apps.shared.errors import DomainError
from piccolo_project.web.routes import TEMPLATES

Shown = Mapping[str, Any]


class TwoStepPage(HTTPEndpoint):
    """Its user is a signed-in administrator, who proves anew who they are before a change."""

    async def get(self, request: Request) -> HTMLResponse:
        return await page(request)

    async def post(self, request: Request) -> HTMLResponse:
        # The middleware against forged requests has read it.
        form = request.scope.get("form") or await request.form()
        act = ACTIONS.get(str(form.get("action")))
        if act is None:
            return await page(request)
        try:
            shown = await act(request, form)
        except DomainError as error:
            told = {"error": error.message, "is_begun": act is confirm}
            return await page(request, told, error.status, error.headers)
        return await page(request, shown)


def given(form: FormData, name: str) -> str:
    return str(form.get(name, ""))


async def begin(request: Request, form: FormData) -> Shown:
    user = request.user.user
    await prove_password(user.id, given(form, "password"), address_of(request.scope))
    app = await two_step.begin(user)
    return {"qr_code": qr_code(app), "secret": app.secret}


async def confirm(request: Request, form: FormData) -> Shown:
    user, address = request.user.user, address_of(request.scope)
    return {"recovery_codes": await confirm_two_step(user.id, given(form, "code"), address)}


async def switch_off(request: Request, form: FormData) -> Shown:
    user, address = request.user.user, address_of(request.scope)
    await switch_off_two_step(user.id, given(form, "password"), given(form, "code"), address)
    return {"told": "Two-step sign-in is off. The password alone is asked for."}


ACTIONS: dict[str, Callable[[Request, FormData], Awaitable[Shown]]] = {
    "begin": begin,
    "confirm": confirm,
    "switch_off": switch_off,
}


def qr_code(app: pyotp.TOTP) -> str:
    """As the markup of a picture, black on white whatever the page's colours are."""
    code = qrcode.make(app.provisioning_uri(), image_factory=SvgPathFillImage)
    return str(code.to_string(encoding="unicode"))


async def page(
    request: Request,
    shown: Shown | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Never kept by a browser: it may show secrets."""
    template = TEMPLATES.engine_instance.get_template("two_step.html")
    body = template.render(
        request=request,
        csrf_token=request.scope["csrftoken"],
        in_use=await two_step.find_in_use(request.user.user.id),
        **(shown or {}),
    )
    return HTMLResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})
