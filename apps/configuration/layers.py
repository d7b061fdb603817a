"""Where a setting's value comes from: the first layer that has a good one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from apps.configuration.kinds import Setting
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


STRENGTH = {layer: place for place, layer in enumerate(Layer)}


@dataclass(frozen=True)
class Said:
    """What one layer says of a setting: its value, or why that cannot be used.

    `set_at` is when a secret was set, where that is known.
    """

    layer: Layer
    value: Any = field(default=None, repr=False)
    fault: str = ""
    set_at: datetime | None = None


Layers: TypeAlias = Mapping[Layer, Mapping[str, Said]]
"""Layer → key → what it says; a layer without a word on a key has none."""


class Stored(NamedTuple):
    """A value as a row has it; of an encrypted one the ciphertext. `place`: see shared.secrets."""

    value: Any
    encrypted: bool
    place: str


@dataclass(frozen=True)
class Resolved:
    """All that is said of a setting, the strongest first; the default is the last."""

    setting: Setting[Any]
    said: tuple[Said, ...]

    @property
    def chosen(self) -> Said:
        return next(each for each in self.said if not each.fault)

    @property
    def faults(self) -> list[str]:
        return [each.fault for each in self.said if each.fault]

    def without(self, dropped: Said, why: str) -> "Resolved":
        refused = Said(dropped.layer, fault=why, set_at=dropped.set_at)
        return Resolved(
            self.setting, tuple(refused if each is dropped else each for each in self.said)
        )


class Values(dict[str, Resolved]):
    """Every setting, resolved."""

    def get_value(self, setting: Setting[T]) -> T:
        value: T = self[setting.key].chosen.value
        return value

    @property
    def faults(self) -> list[str]:
        return [fault for each in self.values() for fault in each.faults]


def resolve(layers: Layers) -> Values:
    """Of a pair that clashes, the value from the weaker layer gives way, as a bad one would.

    A default does not: it has nothing below it, and defaults do not clash.
    """
    found = Values()
    for key, setting in SETTINGS.items():
        said = [layers[layer][key] for layer in Layer if key in layers.get(layer, {})]
        found[key] = Resolved(setting, (*said, Said(Layer.default, setting.default)))
    for least, most in PAIRS:
        while found.get_value(least) > found.get_value(most):
            pair = [(each.key, found[each.key].chosen) for each in (least, most)]
            given = [(key, each) for key, each in pair if each.layer is not Layer.default]
            key, weaker = max(given, key=lambda each: STRENGTH[each[1].layer])
            found[key] = found[key].without(weaker, _clash(least, most, found))
    return found


def _clash(least: Setting[Any], most: Setting[Any], found: Values) -> str:
    low, high = found[least.key].chosen, found[most.key].chosen
    return (
        f"{least.key} is {low.value:g} ({low.layer}), which is above {most.key}, "
        f"{high.value:g} ({high.layer})."
    )


def from_text(setting: Setting[Any], text: str) -> Said:
    """What the environment says."""
    try:
        return Said(Layer.environment, setting.parse(text))
    except DomainError as error:
        return Said(Layer.environment, fault=error.message)


def from_file(setting: Setting[Any], value: Any) -> Said:
    try:
        return Said(Layer.file, setting.read(value))
    except DomainError as error:
        return Said(Layer.file, fault=error.message)


def from_row(layer: Layer, setting: Setting[Any], row: Stored) -> Said:
    """What the database says, or a channel."""
    if layer is Layer.channel and not setting.per_channel:
        return Said(layer, fault=not_for_channels(setting))
    if row.encrypted != setting.is_secret:
        how = "is a secret, but in clear: set it again."
        if row.encrypted:
            how = "is no secret, but encrypted: take it back, then set it again."
        return Said(layer, fault=f"{setting.key} {how}")
    try:
        if not row.encrypted:
            return Said(layer, setting.read(row.value))
        when = read_set_at(row.value)
    except DomainError as error:
        return Said(layer, fault=error.message)
    try:
        return Said(layer, setting.read(decrypt_secret(row.value, row.place)), set_at=when)
    except DomainError as error:
        return Said(layer, fault=error.message, set_at=when)


def not_for_channels(setting: Setting[Any]) -> str:
    return f"{setting.key} is one for the whole program: a channel has none of its own."
