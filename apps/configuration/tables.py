"""Settings that people have set, for the library and for single channels."""

from piccolo.columns import JSONB, Boolean, ForeignKey, OnDelete, Text, Varchar
from piccolo.columns.readable import Readable
from piccolo.constraints import Check, Unique

from apps.audit.rules import audited
from apps.catalog.tables import Channel
from apps.configuration import rules
from apps.shared.db.tables import ChangingRecord, keeps_updated_at
from apps.shared.secrets import ENVELOPE_PATTERN

# As a JSON string; no character of an envelope needs escaping.
ENCRYPTED = f"NOT encrypted OR value::text ~ '^\"{ENVELOPE_PATTERN}\"$'"

CONSTRAINT_MESSAGES = {
    "system_configuration_key_key": "A setting with this key already exists.",
    "system_configuration_encrypted_check": "An encrypted value must be ciphertext.",
    "channel_configuration_channel_id_key_key": "This channel already has a setting with this key.",
    "channel_configuration_encrypted_check": "An encrypted value must be ciphertext.",
}


class SystemConfiguration(ChangingRecord, tablename="system_configuration"):
    """A setting of the library. An encrypted value is stored as its ciphertext in a JSON string."""

    nouns = ("setting", "settings")

    key = Varchar(
        length=100,
        default=None,
        unique=True,
        help_text="The setting, as in `piccolo configuration show`.",
    )
    value = JSONB(default={}, help_text="Any JSON value.")
    encrypted = Boolean(default=False, help_text="Whether the value is an encrypted secret.")
    description = Text(null=True, default=None)

    system_configuration_encrypted_check = Check(ENCRYPTED)

    extras = (
        keeps_updated_at("system_configuration"),
        audited("system_configuration", secrets=["value"]),
        rules.NOTIFY,
        rules.NOTIFY_OF_SYSTEM,
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.key])


class ChannelConfiguration(ChangingRecord, tablename="channel_configuration"):
    """A channel's setting, which overrides the library's."""

    nouns = ("channel setting", "channel settings")

    channel_id = ForeignKey(Channel, on_delete=OnDelete.cascade, null=False)
    key = Varchar(
        length=100,
        default=None,
        help_text="The setting, as in `piccolo configuration show`.",
    )
    value = JSONB(default={}, help_text="Any JSON value.")
    encrypted = Boolean(default=False, help_text="Whether the value is an encrypted secret.")

    # The first column also serves the foreign key.
    channel_configuration_channel_id_key_key = Unique([channel_id, key])
    channel_configuration_encrypted_check = Check(ENCRYPTED)

    extras = (
        keeps_updated_at("channel_configuration"),
        audited("channel_configuration", secrets=["value"]),
        rules.NOTIFY_OF_CHANNELS,
        rules.NOTIFY_OF_EMPTYING,
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s: %s", columns=[cls.channel_id.name, cls.key])
