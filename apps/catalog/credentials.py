"""The credentials of a channel: set by REST and by command, read by code, shown to nobody."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.catalog.repositories import ChannelRepository
from apps.catalog.schemas import MAX_CREDENTIALS
from apps.catalog.tables import Channel
from apps.shared.errors import Invalid
from apps.shared.secrets import decrypt_secret, encrypt_secret, locate_secret

channels = ChannelRepository()


class CredentialsState(msgspec.Struct):
    """Whether there are any, and since when; never what they are."""

    is_set: bool
    set_at: datetime | None


async def get_credentials(channel_id: UUID) -> str | None:
    """In clear, for whoever signs in for the channel. Raises NotFound and Unreadable."""
    stored = (await channels.get(channel_id)).credentials
    return None if stored is None else decrypt_secret(stored, place_of(channel_id))


async def credentials_state(channel_id: UUID) -> CredentialsState:
    """Raises NotFound."""
    return state_of(await channels.get(channel_id))


async def set_credentials(channel_id: UUID, text: str) -> CredentialsState:
    """Raises Invalid, NotFound and SecretsUnavailable."""
    if len(text) > MAX_CREDENTIALS:
        raise Invalid(
            f"Credentials have {MAX_CREDENTIALS} characters at most; these have {len(text)}."
        )
    stored = encrypt_secret(text, place_of(channel_id))
    return state_of(await channels.update(channel_id, credentials=stored))


async def unset_credentials(channel_id: UUID) -> None:
    """Raises NotFound."""
    await channels.update(channel_id, credentials=None)


def place_of(channel_id: UUID) -> str:
    return locate_secret("channels", "credentials", channel_id)


def state_of(channel: Channel) -> CredentialsState:
    return CredentialsState(channel.credentials is not None, channel.credentials_set_at)
