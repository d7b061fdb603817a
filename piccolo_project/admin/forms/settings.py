"""Settings of the whole program or one channel."""

from typing import Any

from msgspec import UNSET
from pydantic import Field
from starlette.requests import Request

from apps.configuration import changes
from apps.configuration.commands import describe_override, find_channel_id, format_value
from apps.configuration.definitions import Setting
from apps.configuration.registry import SETTINGS, find_setting
from apps.shared.errors import Invalid
from piccolo_project.admin.forms.credentials import CHANNEL_HELP
from piccolo_project.admin.forms.shared import FormFields, SecretField, TextField, make_form


class SettingFields(FormFields):
    key: TextField = Field("", title="Setting", json_schema_extra={"enum": list(SETTINGS)})
    value: TextField = Field("", description="Separate the values of a list with commas.")
    secret_value: SecretField = Field("", description="For a secret setting.")
    channel: TextField = Field(
        "", description=f"Leave empty to change it for everything. {CHANNEL_HELP}"
    )
    reset: bool = Field(False, description="Reset to the inherited value.")


async def set_or_reset(request: Request, data: SettingFields) -> str:
    setting = find_setting(data.key)
    if data.reset and (data.value or data.secret_value):
        raise Invalid("Enter a value or choose Reset, not both.")
    value = UNSET if data.reset else setting.parse(read_value(setting, data))
    where = await find_channel_id(data.channel or None)
    await changes.apply_changes({where: {setting.key: value}})
    return "\n".join([describe_change(setting, value), *await describe_override(setting, where)])


def read_value(setting: Setting[Any], data: SettingFields) -> str:
    """Raises Invalid."""
    if setting.is_secret and data.value:
        raise Invalid(
            f"{setting.key} is a secret: enter it as the secret value, where nobody can read it. "
            "Nothing was changed."
        )
    if not setting.is_secret and data.secret_value:
        raise Invalid(f"{setting.key} is not a secret: enter it as the value.")
    text = data.secret_value if setting.is_secret else data.value
    if not text:
        raise Invalid(f"{setting.key} needs a value: {setting.allowed}.")
    return text


def describe_change(setting: Setting[Any], value: Any) -> str:
    if value is UNSET:
        return f"{setting.key} is reset."
    return f"{setting.key} is set{'' if setting.is_secret else f' to {format_value(value)}'}."


FORM = make_form(
    "Change a setting",
    SettingFields,
    set_or_reset,
    "Changes a setting for everything or for one channel. It takes effect at once. "
    "docs/configuration.md and GET /api/configuration list every setting and its allowed values.",
)
