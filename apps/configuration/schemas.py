"""A setting over the wire, with its value in each layer."""

from datetime import datetime
from typing import Any

import msgspec

from apps.configuration.layers import Layer, LayerValue, ResolvedSetting, SettingValues


class LayerRead(msgspec.Struct):
    """A layer's value, or the problem with it, because of which the next layer's is used."""

    layer: Layer
    value: Any
    problem: str | None
    set_at: datetime | None


class SettingRead(msgspec.Struct):
    """A setting. A secret's value is null, and `is_set` says whether there is one.

    `layers` runs from the strongest to the default. `set_at` is when a secret was set.
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


def make_setting_read(resolved: ResolvedSetting) -> SettingRead:
    setting, effective = resolved.setting, resolved.effective
    return SettingRead(
        key=setting.key,
        value=None if setting.is_secret else effective.value,
        layer=effective.layer,
        is_set=effective.value is not None,
        set_at=effective.set_at,
        description=setting.description,
        schema=setting.schema,
        is_secret=setting.is_secret,
        per_channel=setting.per_channel,
        layers=[_make_layer_read(each, setting.is_secret) for each in resolved.values],
    )


def _make_layer_read(given: LayerValue, is_secret: bool) -> LayerRead:
    value = None if is_secret else given.value
    return LayerRead(given.layer, value, given.fault or None, given.set_at)


def make_setting_list(values: SettingValues) -> SettingList:
    return SettingList([make_setting_read(each) for each in values.values()])
