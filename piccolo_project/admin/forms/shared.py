"""What the forms share: fields, the caller, and error messages.

Piccolo Admin shows a ValueError's message beside the form, and only the title of a field. The rest
of a field's schema (description, `format: password`, `enum`) is for static/admin/rows.js.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from piccolo_admin.endpoints import FormConfig
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request

from apps.accounts.callers import Caller
from apps.processing.runner import format_traceback
from apps.shared.db.errors import translate_error
from apps.shared.errors import DomainError
from apps.shared.http.guards import check_superuser

log = logging.getLogger("reelbase.forms")

TextField = Annotated[str, StringConstraints(strip_whitespace=True)]
SecretField = Annotated[str, Field(json_schema_extra={"format": "password"})]
FormHandler = Callable[[Request, Any], Awaitable[str]]


class FormFields(BaseModel):
    """An empty string is a field that was left empty."""

    model_config = ConfigDict(
        extra="forbid",
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )

    def __init__(self, /, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            # Piccolo would send the input back, secrets included.
            raise ValidationError.from_exception_data(
                error.title,
                [
                    {
                        "type": each["type"],
                        "loc": each["loc"],
                        "ctx": each.get("ctx", {}),
                        "input": None,
                    }
                    for each in error.errors()
                ],
            ) from None


class NoFields(FormFields):
    """For a form with only a button."""


def make_form(
    name: str,
    fields: type[FormFields],
    handler: FormHandler,
    description: str,
    *,
    superusers_only: str | None = None,
) -> FormConfig:
    """`handler` returns the message shown on success. Paths and URLs in it become links.

    `superusers_only` is the message for everyone else.
    """

    async def endpoint(request: Request, data: FormFields) -> str:
        try:
            if superusers_only:
                check_superuser(get_caller(request), superusers_only)
            return await handler(request, data)
        except Exception as error:
            known = translate_error(error)
            if known is None:
                log.error(
                    "The form %s failed: %s.\n%s",
                    name,
                    type(error).__name__,
                    format_traceback(error),
                )
            raise ValueError(format_error(known)) from None

    return FormConfig(name, fields, endpoint, description)


def format_error(error: DomainError | None) -> str:
    """The message, then a line for each field that has its own."""
    if error is None:
        return "Something went wrong. The log has the details."
    others = [f"{name}: {text}" for name, text in error.fields.items() if text != error.message]
    return "\n".join([error.message, *others])


def get_caller(request: Request) -> Caller:
    user = request.user.user
    return Caller(user.id, user.email, user.admin, user.superuser)
