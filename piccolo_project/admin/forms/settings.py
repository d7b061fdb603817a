"""Settings of the program and of single channels."""

from typing import Any

from msgspec import UNSET
from pydantic import Field
from starlette.requests import Request

from apps.configuration import changes
from apps.configuration.commands import channel_id, overruled, written
from apps.configuration.kinds import Setting
from apps.configuration.registry import SETTINGS, find
from apps.shared.errors import Invalid
from piccolo_project.admin.forms.credentials import CHANNEL
from piccolo_project.admin.forms.shared import Fields, Line, Secret, form


class Value(Fields):
    key: Line = Field("", title="Setting", json_schema_extra={"enum": list(SETTINGS)})
    value: Line = Field("", description="Those of a list are separated by commas.")
    secret_value: Secret = Field("", description="The value of a secret setting.")
    channel: Line = Field(
        "", description=f"For this channel alone: {CHANNEL[0].lower()}{CHANNEL[1:]}"
    )
    take_back: bool = Field(False, description="Let the next layer's value hold again.")


async def set_or_take_back(request: Request, data: Value) -> str:
    setting = find(data.key)
    if data.take_back and (data.value or data.secret_value):
        raise Invalid("Give a value, or take it back: one of the two.")
    value = UNSET if data.take_back else setting.parse(given(setting, data))
    where = await channel_id(data.channel or None)
    await changes.change({where: {setting.key: value}})
    return "\n".join([said(setting, value), *await overruled(setting, where)])


def given(setting: Setting[Any], data: Value) -> str:
    """Raises Invalid."""
    if setting.is_secret and data.value:
        raise Invalid(
            f"{setting.key} is a secret, and others could read it there: give it as the secret "
            "value. Nothing was changed."
        )
    if not setting.is_secret and data.secret_value:
        raise Invalid(f"{setting.key} is no secret: give it as the value.")
    text = data.secret_value if setting.is_secret else data.value
    if not text:
        raise Invalid(f"{setting.key} needs a value: {setting.allowed}.")
    return text


def said(setting: Setting[Any], value: Any) -> str:
    if value is UNSET:
        return f"{setting.key} is as if it had not been set."
    return f"{setting.key} is set{'' if setting.is_secret else f' to {written(value)}'}."


FORM = form(
    "Set a configuration value",
    Value,
    set_or_take_back,
    "Sets what the program, or a single channel, goes by; it holds at once. What there is to set, "
    "and what each may be, is told by GET /api/configuration and docs/configuration.md.",
)
