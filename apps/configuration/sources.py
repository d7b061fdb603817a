"""What the environment and the config file say: read once, when a process starts."""

import tomllib
from pathlib import Path
from typing import Any

from apps.configuration.layers import Layer, Layers, Said, from_file, from_text, resolve
from apps.configuration.registry import SETTINGS, unknown
from apps.shared.settings import SettingsError, get_settings, read_variables

CHANNELS = "channels"
"""The part of an exported file that belongs into the database."""


def fixed_layers() -> Layers:
    """Raises SettingsError with a sentence for each thing that cannot be used."""
    layers = {Layer.environment: read_environment()}
    names = {Layer.environment: "The environment"}
    if path := get_settings().config_file:
        layers[Layer.file] = read_file(path)
        names[Layer.file] = f"CONFIG_FILE {path}"
    faults = [
        f"{names[said.layer]}: {said.fault}"
        for resolved in resolve(layers).values()
        for said in resolved.said
        if said.fault
    ]
    if faults:
        raise SettingsError("\n".join(faults))
    return layers


def read_environment() -> dict[str, Said]:
    """A setting's variable is its key in upper case; an empty one is unset."""
    given = read_variables()
    return {
        key: from_text(setting, given[key]) for key, setting in SETTINGS.items() if key in given
    }


def read_file(path: Path) -> dict[str, Said]:
    """Raises SettingsError."""
    try:
        content = read_toml(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"CONFIG_FILE {cannot_read(path, error)}") from None
    if CHANNELS in content:
        raise SettingsError(
            f"CONFIG_FILE {path} has settings of channels, which are kept in the database: "
            f"`piccolo configuration import {path}` brings them there."
        )
    if strangers := [key for key in content if key not in SETTINGS]:
        raise SettingsError("\n".join(f"CONFIG_FILE {path}: {unknown(key)}" for key in strangers))
    return {key: from_file(SETTINGS[key], value) for key, value in content.items()}


def read_toml(path: Path) -> dict[str, Any]:
    """Raises OSError, and ValueError for what is no TOML."""
    with path.open("rb") as file:
        return tomllib.load(file)


def cannot_read(path: Path, error: Exception) -> str:
    match error:
        case OSError():
            return f"{path} cannot be read ({error.strerror})."
        case UnicodeDecodeError():
            return f"{path} must be a text file in UTF-8."
    return f"{path} is no TOML: {error}."
