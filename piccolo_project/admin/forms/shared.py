"""What the forms share: their fields, who sends them, and errors in sentences.

Piccolo Admin shows the message of a ValueError beside the form, and a field by its title. What else
a field's schema says (a description, `format: password`, an `enum`) is for our own script.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from piccolo_admin.endpoints import FormConfig
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request

from apps.accounts.services import Caller
from apps.processing.runner import where
from apps.shared.db.tables import constraint_messages
from apps.shared.errors import DomainError, Forbidden, translate

log = logging.getLogger("reelbase.forms")

Line = Annotated[str, StringConstraints(strip_whitespace=True)]
Secret = Annotated[str, Field(json_schema_extra={"format": "password"})]
Answer = Callable[[Request, Any], Awaitable[str]]


class Fields(BaseModel):
    """An empty text is a field that was left empty."""

    model_config = ConfigDict(
        extra="forbid",
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )

    def __init__(self, /, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            # Piccolo sends back what was given, among it secrets.
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


class Nothing(Fields):
    """There is nothing to choose."""


def form(name: str, fields: type[Fields], answer: Answer, description: str) -> FormConfig:
    """`answer` is the message after success; addresses in it become links."""

    async def endpoint(request: Request, data: Fields) -> str:
        try:
            return await answer(request, data)
        except Exception as error:
            known = translate(error, constraint_messages())
            if known is None:
                log.error("The form %s failed: %s.\n%s", name, type(error).__name__, where(error))
            raise ValueError(in_words(known)) from None

    return FormConfig(name, fields, endpoint, description)


def in_words(error: DomainError | None) -> str:
    """What else is said of single fields, a line each."""
    if error is None:
        return "Something went wrong. The log has the details."
    others = [f"{name}: {said}" for name, said in error.fields.items() if said != error.message]
    return "\n".join([error.message, *others])


def caller_of(request: Request) -> Caller:
    user = request.user.user
    return Caller(user.id, user.email, user.admin, user.superuser)


def for_superusers(request: Request, sentence: str) -> None:
    """Raises Forbidden."""
    if not caller_of(request).superuser:
        raise Forbidden(sentence)
