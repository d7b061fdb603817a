"""A channel's credentials."""

from pydantic import Field
from starlette.requests import Request

from apps.catalog.credentials import ChannelCredentials
from apps.catalog.repositories import ChannelRepository
from apps.shared.errors import Invalid
from piccolo_project.admin.forms.shared import FormFields, SecretField, TextField, make_form

CHANNEL_HELP = "Id, YouTube id, handle or exact name."


class CredentialsFields(FormFields):
    channel: TextField = Field("", description=CHANNEL_HELP)
    credentials: SecretField = Field("", description="A token or a password, in any format.")
    remove: bool = Field(False, description="Remove the stored credentials instead.")


async def set_or_remove(request: Request, data: CredentialsFields) -> str:
    if not data.channel:
        raise Invalid("Name a channel.")
    if bool(data.credentials) == data.remove:
        raise Invalid("Enter credentials or choose Remove, not both.")
    channel = await ChannelRepository().find(data.channel)
    if data.remove:
        await ChannelCredentials().unset(channel.id)
    else:
        await ChannelCredentials().set(channel.id, data.credentials)
    return f"{'Removed' if data.remove else 'Stored'} the credentials of {channel.name}."


FORM = make_form(
    "Set a channel's credentials",
    CredentialsFields,
    set_or_remove,
    "What Reelbase signs in with for a channel. Stored encrypted and never shown again.",
)
