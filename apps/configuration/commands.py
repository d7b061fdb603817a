"""Commands for settings."""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import UNSET
from piccolo.conf.apps import Command

from apps.catalog.repositories import ChannelRepository
from apps.configuration import changes
from apps.configuration.definitions import Setting
from apps.configuration.exporting import export_settings
from apps.configuration.importing import import_settings
from apps.configuration.layers import Layer, LayerValue, ResolvedSetting, SettingValues
from apps.configuration.registry import find_setting
from apps.configuration.services import get_configuration
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import exit_on_error, read_secret

HEADINGS = ("Setting", "Value", "Source", "Other layers")
MAX_WIDTH = 40


async def show_settings(key: str | None = None, channel: str | None = None) -> None:
    """
    Shows each setting with its value, where it comes from, and its values in other layers.

    :param key:
        Show the details of one setting.
    :param channel:
        Show a channel's settings: its id, YouTube id, handle or full name.

    """
    configure_logs(get_settings())
    with exit_on_error():
        await get_configuration().load()
        values = await get_configuration().get_channel_values(await find_channel_id(channel))
        lines = (
            format_table(values)
            if key is None
            else format_details(values[find_setting(str(key)).key])
        )
    for line in lines:
        print(line)


async def set_value(key: str, value: str | None = None, channel: str | None = None) -> None:
    """
    Sets a setting. Prompts for the value of a secret, or reads it from standard input.

    :param key:
        The setting.
    :param value:
        The value. Separate the items of a list by commas.
    :param channel:
        Set it for this channel only: its id, YouTube id, handle or full name.

    """
    configure_logs(get_settings())
    with exit_on_error():
        setting = find_setting(str(key))
        given = setting.parse(read_value(setting, value))
        where = await find_channel_id(channel)
        await changes.apply_changes({where: {setting.key: given}})
        lines = await describe_override(setting, where)
    print(f"Set {setting.key}{'' if setting.is_secret else f' to {format_value(given)}'}.")
    for line in lines:
        print(line)


async def unset_value(key: str, channel: str | None = None) -> None:
    """
    Resets a setting to its inherited value.

    :param key:
        The setting.
    :param channel:
        Reset it for this channel only: its id, YouTube id, handle or full name.

    """
    configure_logs(get_settings())
    with exit_on_error():
        await changes.apply_changes({await find_channel_id(channel): {str(key): UNSET}})
    print(f"Reset {key}.")


async def set_defaults() -> None:
    """
    Stores the default of each unset setting, so that newer versions do not change it.

    """
    configure_logs(get_settings())
    with exit_on_error():
        number = await changes.set_default_configs()
    print(f"Stored {number} default{'' if number == 1 else 's'}.")


async def export_file(file: str) -> None:
    """
    Exports the settings in the database, of the library and of channels, as TOML. Omits secrets.

    :param file:
        The file to write. CONFIG_FILE and `import` can read it.

    """
    configure_logs(get_settings())
    with exit_on_error():
        done = await export_settings(Path(str(file)))
    print(f"Wrote {done.system} library and {done.channels} channel settings to {file}.")
    if done.secrets:
        print(f"Secrets are not exported ({done.secrets}). Set them again where you need them.")
    for fault in done.faults:
        print(f"Skipped: {fault}")


async def import_file(file: str) -> None:
    """
    Imports settings from a TOML file, all or none. Settings that it does not name stay unchanged.

    :param file:
        The file, as written by `export`.

    """
    configure_logs(get_settings())
    with exit_on_error():
        changed = await import_settings(Path(str(file)))
    for name, each in changed:
        before, after = (
            format_changed_value(each.setting, value) for value in (each.before, each.after)
        )
        print(f"{name}{': ' if name else ''}{each.setting.key}: {before} → {after}")
    print(f"Changed: {len(changed)}.")


async def find_channel_id(channel: str | None) -> UUID | None:
    """Raises NotFound and Conflict."""
    return None if channel is None else (await ChannelRepository().find(str(channel))).id


def read_value(setting: Setting[Any], value: str | None) -> str:
    if setting.is_secret:
        if value is not None:
            sys.exit(
                f"{setting.key} is a secret, and others could read it here. Leave out the value to "
                "be prompted, or pass it on standard input."
            )
        return read_secret(setting.key)
    if value is None:
        sys.exit(f"{setting.key} needs a value: {setting.allowed}.")
    return str(value)


async def describe_override(setting: Setting[Any], where: UUID | None) -> list[str]:
    """Explains that a stronger layer's value is still in effect."""
    effective = (await get_configuration().get_channel_values(where))[setting.key].effective
    if effective.layer is (Layer.database if where is None else Layer.channel):
        return []
    value = format_layer_value(effective, setting.is_secret)
    return [f"The value from {effective.layer} stays in effect: {value}."]


def format_table(values: SettingValues) -> list[str]:
    rows = [HEADINGS, *(format_row(each) for each in values.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return table + [f"Invalid: {fault}" for fault in values.faults]


def format_row(resolved: ResolvedSetting) -> tuple[str, str, str, str]:
    effective, is_secret = resolved.effective, resolved.setting.is_secret
    weaker = [each for each in resolved.values if each is not effective]
    others = "; ".join(f"{each.layer}: {format_layer_value(each, is_secret)}" for each in weaker)
    return resolved.setting.key, format_layer_value(effective, is_secret), effective.layer, others


def format_details(resolved: ResolvedSetting) -> list[str]:
    setting = resolved.setting
    traits = ["Secret."] * setting.is_secret + ["Can be set per channel."] * setting.per_channel
    return [
        f"{setting.key} = {format_layer_value(resolved.effective, setting.is_secret)}",
        setting.description,
        " ".join([f"Allowed: {setting.allowed}.", *traits]),
        *(
            f"  {each.layer}: {each.fault or format_layer_value(each, setting.is_secret)}"
            for each in resolved.values
        ),
    ]


def format_layer_value(given: LayerValue, is_secret: bool) -> str:
    if given.fault:
        return "invalid"
    if given.value is None:
        return "none"
    if is_secret:
        return f"set {given.set_at:%Y-%m-%d %H:%M} UTC" if given.set_at else "set"
    text = format_value(given.value)
    return text if len(text) <= MAX_WIDTH else f"{text[: MAX_WIDTH - 1]}…"


def format_changed_value(setting: Setting[Any], value: Any) -> str:
    """A value before or after a change; an invalid one counts as not set."""
    if value is UNSET or value is None:
        return "not set"
    return "set" if setting.is_secret else format_value(value)


def format_value(value: Any) -> str:
    """In the form that `set` accepts."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(str, value))
        case float():
            return repr(value).removesuffix(".0")
    return str(value)


COMMANDS = [
    Command(show_settings, command_name="show"),
    Command(set_value, command_name="set"),
    Command(unset_value, command_name="unset"),
    Command(set_defaults, command_name="set-defaults"),
    Command(export_file, command_name="export"),
    Command(import_file, command_name="import"),
]
