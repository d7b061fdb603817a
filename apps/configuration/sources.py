"""Settings from the environment and the config file, read once when a process starts."""

import tomllib
from pathlib import Path
from typing import Any

from apps.configuration.layers import (
    Layer,
    Layers,
    LayerValue,
    read_environment_value,
    read_file_value,
    resolve_layers,
)
from apps.configuration.registry import SETTINGS, explain_unknown_setting
from apps.shared.settings import SettingsError, get_settings, read_variables

CHANNELS = "channels"
"""The part of an exported file that only `import` reads."""


def load_fixed_layers() -> Layers:
    """Raises SettingsError with a sentence for each invalid value."""
    layers = {Layer.environment: read_environment()}
    names = {Layer.environment: "The environment"}
    if path := get_settings().config_file:
        layers[Layer.file] = read_file(path)
        names[Layer.file] = f"CONFIG_FILE {path}"
    faults = [
        f"{names[each.layer]}: {each.fault}"
        for resolved in resolve_layers(layers).values()
        for each in resolved.values
        if each.fault
    ]
    if faults:
        raise SettingsError("\n".join(faults))
    return layers


def read_environment() -> dict[str, LayerValue]:
    """A setting's variable is its key in upper case; an empty one is unset."""
    given = read_variables()
    return {
        key: read_environment_value(setting, given[key])
        for key, setting in SETTINGS.items()
        if key in given
    }


def read_file(path: Path) -> dict[str, LayerValue]:
    """Raises SettingsError."""
    try:
        content = read_toml(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"CONFIG_FILE {explain_unreadable(path, error)}") from None
    if CHANNELS in content:
        raise SettingsError(
            f"CONFIG_FILE {path} contains channels' settings, which belong in the database. "
            f"Import them with `piccolo configuration import {path}`."
        )
    if strangers := [key for key in content if key not in SETTINGS]:
        raise SettingsError(
            "\n".join(f"CONFIG_FILE {path}: {explain_unknown_setting(key)}" for key in strangers)
        )
    return {key: read_file_value(SETTINGS[key], value) for key, value in content.items()}


def read_toml(path: Path) -> dict[str, Any]:
    """Raises OSError, and ValueError for anything but TOML."""
    with path.open("rb") as file:
        return tomllib.load(file)


def explain_unreadable(path: Path, error: Exception) -> str:
    match error:
        case OSError():
            return f"{path} cannot be read ({error.strerror})."
        case UnicodeDecodeError():
            return f"{path} must be a UTF-8 text file."
    return f"{path} is not valid TOML: {error}."
