"""A setting over the wire, with all that the layers say of it."""

from datetime import datetime
from typing import Any

import msgspec

from apps.configuration.layers import Layer, Resolved, Said, Values


class LayerRead(msgspec.Struct):
    """What one layer says: a value, or the problem with it, for which the next layer is used."""

    layer: Layer
    value: Any
    problem: str | None
    set_at: datetime | None


class SettingRead(msgspec.Struct):
    """A setting; the value of a secret one is null, and `is_set` says whether there is one.

    `layers` begins with the strongest and ends with the default. `set_at` is that of a secret.
    """

    key: str
    value: Any
    layer: Layer
    is_set: bool
    set_at: datetime | None
    description: str
    schema: dict[str, Any]
    is_secret: bool
    per_channel: bool
    layers: list[LayerRead]


class SettingList(msgspec.Struct):
    items: list[SettingRead]


class SettingWrite(msgspec.Struct, forbid_unknown_fields=True):
    value: Any


def shown(resolved: Resolved) -> SettingRead:
    setting, chosen = resolved.setting, resolved.chosen
    return SettingRead(
        key=setting.key,
        value=None if setting.is_secret else chosen.value,
        layer=chosen.layer,
        is_set=chosen.value is not None,
        set_at=chosen.set_at,
        description=setting.description,
        schema=setting.schema,
        is_secret=setting.is_secret,
        per_channel=setting.per_channel,
        layers=[_told(each, setting.is_secret) for each in resolved.said],
    )


def _told(said: Said, is_secret: bool) -> LayerRead:
    value = None if is_secret else said.value
    return LayerRead(said.layer, value, said.fault or None, said.set_at)


def listed(values: Values) -> SettingList:
    return SettingList([shown(each) for each in values.values()])
