"""A channel's credentials: set over REST or by command, used by code, never shown."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.catalog.repositories import ChannelRepository
from apps.catalog.schemas import MAX_CREDENTIALS
from apps.catalog.tables import Channel
from apps.shared.errors import Invalid
from apps.shared.secrets import decrypt_secret, encrypt_secret, locate_secret


class CredentialsState(msgspec.Struct):
    """Whether credentials are set and since when, but not what they are."""

    is_set: bool
    set_at: datetime | None


class ChannelCredentials:
    """What Reelbase signs in with for a channel, stored encrypted."""

    def __init__(self) -> None:
        self.channels = ChannelRepository()

    async def get(self, channel_id: UUID) -> str | None:
        """Decrypted, for signing in as the channel. Raises NotFound and Unreadable."""
        stored = (await self.channels.get(channel_id)).credentials
        return None if stored is None else decrypt_secret(stored, encryption_place(channel_id))

    async def get_state(self, channel_id: UUID) -> CredentialsState:
        """Raises NotFound."""
        return describe_state(await self.channels.get(channel_id))

    async def set(self, channel_id: UUID, text: str) -> CredentialsState:
        """Raises Invalid, NotFound and SecretsUnavailable."""
        if len(text) > MAX_CREDENTIALS:
            raise Invalid(
                f"Credentials can have at most {MAX_CREDENTIALS} characters; "
                f"these have {len(text)}."
            )
        stored = encrypt_secret(text, encryption_place(channel_id))
        return describe_state(await self.channels.update(channel_id, credentials=stored))

    async def unset(self, channel_id: UUID) -> None:
        """Raises NotFound."""
        await self.channels.update(channel_id, credentials=None)


def encryption_place(channel_id: UUID) -> str:
    return locate_secret("channels", "credentials", channel_id)


def describe_state(channel: Channel) -> CredentialsState:
    return CredentialsState(channel.credentials is not None, channel.credentials_set_at)
