"""What the program signs in with for a channel."""

from pydantic import Field
from starlette.requests import Request

from apps.catalog.credentials import set_credentials, unset_credentials
from apps.catalog.repositories import ChannelRepository
from apps.shared.errors import Invalid
from piccolo_project.admin.forms.shared import Fields, Line, Secret, form

CHANNEL = "Its id, its YouTube id, its handle or its whole name."


class Credentials(Fields):
    channel: Line = Field("", description=CHANNEL)
    credentials: Secret = Field("", description="A token, a password: text of any form.")
    take_back: bool = Field(False, description="Take the channel's credentials back instead.")


async def set_or_take_back(request: Request, data: Credentials) -> str:
    if not data.channel:
        raise Invalid("Name the channel.")
    if bool(data.credentials) == data.take_back:
        raise Invalid("Give credentials, or take them back: one of the two.")
    channel = await ChannelRepository().find(data.channel)
    if data.take_back:
        await unset_credentials(channel.id)
    else:
        await set_credentials(channel.id, data.credentials)
    return (
        f"{channel.name} has {'no credentials any more' if data.take_back else 'new credentials'}."
    )


FORM = form(
    "Set a channel's credentials",
    Credentials,
    set_or_take_back,
    "What the program signs in with for a channel. It is stored encrypted, and shown to nobody.",
)
