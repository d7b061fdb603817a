"""The credentials of a channel: set by REST and by command, read by code, shown to nobody."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.catalog.repositories import ChannelRepository
from apps.shared.secrets import decrypt, encrypt, place, set_at

channels = ChannelRepository()


class CredentialsState(msgspec.Struct):
    """Whether there are any, and since when; never what they are."""

    is_set: bool
    set_at: datetime | None


async def get_credentials(channel_id: UUID) -> str | None:
    """In clear, for whoever signs in for the channel. Raises NotFound and Unreadable."""
    stored = (await channels.get(channel_id)).credentials
    return None if stored is None else decrypt(stored, place_of(channel_id))


async def credentials_state(channel_id: UUID) -> CredentialsState:
    """Raises NotFound."""
    return state_of((await channels.get(channel_id)).credentials)


async def set_credentials(channel_id: UUID, text: str) -> CredentialsState:
    """Raises NotFound and SecretsUnavailable."""
    stored = encrypt(text, place_of(channel_id))
    return state_of((await channels.update(channel_id, credentials=stored)).credentials)


async def unset_credentials(channel_id: UUID) -> None:
    """Raises NotFound."""
    await channels.update(channel_id, credentials=None)


def place_of(channel_id: UUID) -> str:
    return place("channels", "credentials", channel_id)


def state_of(stored: str | None) -> CredentialsState:
    return CredentialsState(stored is not None, None if stored is None else set_at(stored))
