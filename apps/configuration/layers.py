"""Where a setting's value comes from: the strongest layer with a valid one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from apps.configuration.definitions import Setting
from apps.configuration.registry import PAIRS, SETTINGS
from apps.shared.errors import DomainError
from apps.shared.secrets import decrypt_secret, read_set_at

T = TypeVar("T")


class Layer(StrEnum):
    """The strongest first."""

    environment = "environment"
    channel = "channel"
    database = "database"
    file = "file"
    default = "default"


PRECEDENCE = {layer: rank for rank, layer in enumerate(Layer)}


@dataclass(frozen=True)
class LayerValue:
    """One layer's value of a setting, or why it cannot be used.

    `set_at` is when a secret was set, if known.
    """

    layer: Layer
    value: Any = field(default=None, repr=False)
    fault: str = ""
    set_at: datetime | None = None


Layers: TypeAlias = Mapping[Layer, Mapping[str, LayerValue]]
"""Layer → key → value; keys that a layer does not set are missing."""


class StoredValue(NamedTuple):
    """A row's value, or its ciphertext. For `location`, see shared.secrets."""

    value: Any
    encrypted: bool
    location: str


@dataclass(frozen=True)
class ResolvedSetting:
    """A setting's values, from the strongest layer to the default."""

    setting: Setting[Any]
    values: tuple[LayerValue, ...]

    @property
    def effective(self) -> LayerValue:
        return next(each for each in self.values if not each.fault)

    @property
    def faults(self) -> list[str]:
        return [each.fault for each in self.values if each.fault]

    def reject(self, rejected: LayerValue, fault: str) -> "ResolvedSetting":
        """A copy in which the next layer's value takes effect."""
        faulty = LayerValue(rejected.layer, fault=fault, set_at=rejected.set_at)
        return ResolvedSetting(
            self.setting, tuple(faulty if each is rejected else each for each in self.values)
        )


class SettingValues(dict[str, ResolvedSetting]):
    """Every setting, resolved."""

    def get_value(self, setting: Setting[T]) -> T:
        value: T = self[setting.key].effective.value
        return value

    @property
    def faults(self) -> list[str]:
        return [fault for each in self.values() for fault in each.faults]


def resolve_layers(layers: Layers) -> SettingValues:
    """Of two settings that clash, rejects the value from the weaker layer.

    Never rejects a default: it has nothing below it, and defaults do not clash.
    """
    found = SettingValues()
    for key, setting in SETTINGS.items():
        given = [layers[layer][key] for layer in Layer if key in layers.get(layer, {})]
        found[key] = ResolvedSetting(setting, (*given, LayerValue(Layer.default, setting.default)))
    for least, most in PAIRS:
        while found.get_value(least) > found.get_value(most):
            pair = [(each.key, found[each.key].effective) for each in (least, most)]
            candidates = [(key, each) for key, each in pair if each.layer is not Layer.default]
            key, weaker = max(candidates, key=lambda each: PRECEDENCE[each[1].layer])
            found[key] = found[key].reject(weaker, _describe_clash(least, most, found))
    return found


def _describe_clash(least: Setting[Any], most: Setting[Any], found: SettingValues) -> str:
    low, high = found[least.key].effective, found[most.key].effective
    return (
        f"{least.key} ({low.value:g}, from {low.layer}) must not be above {most.key} "
        f"({high.value:g}, from {high.layer})."
    )


def read_environment_value(setting: Setting[Any], text: str) -> LayerValue:
    try:
        return LayerValue(Layer.environment, setting.parse(text))
    except DomainError as error:
        return LayerValue(Layer.environment, fault=error.message)


def read_file_value(setting: Setting[Any], value: Any) -> LayerValue:
    try:
        return LayerValue(Layer.file, setting.read(value))
    except DomainError as error:
        return LayerValue(Layer.file, fault=error.message)


def read_stored_value(layer: Layer, setting: Setting[Any], row: StoredValue) -> LayerValue:
    if layer is Layer.channel and not setting.per_channel:
        return LayerValue(layer, fault=explain_not_per_channel(setting))
    if row.encrypted != setting.is_secret:
        fault = "is a secret, but stored unencrypted. Set it again."
        if row.encrypted:
            fault = "is not a secret, but stored encrypted. Unset it, then set it again."
        return LayerValue(layer, fault=f"{setting.key} {fault}")
    try:
        if not row.encrypted:
            return LayerValue(layer, setting.read(row.value))
        set_at = read_set_at(row.value)
    except DomainError as error:
        return LayerValue(layer, fault=error.message)
    try:
        return LayerValue(
            layer, setting.read(decrypt_secret(row.value, row.location)), set_at=set_at
        )
    except DomainError as error:
        return LayerValue(layer, fault=error.message, set_at=set_at)


def explain_not_per_channel(setting: Setting[Any]) -> str:
    return f"{setting.key} cannot be set for a single channel."
