"""Settings from the terminal."""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import UNSET
from piccolo.conf.apps import Command

from apps.catalog.repositories import ChannelRepository
from apps.configuration import changes
from apps.configuration.exporting import export_to
from apps.configuration.importing import import_from
from apps.configuration.kinds import Setting
from apps.configuration.layers import Layer, Resolved, Said, Values
from apps.configuration.registry import find
from apps.configuration.services import configuration
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings
from apps.shared.terminal import exit_on_error, read_secret

HEADINGS = ("Setting", "Value", "From", "Otherwise")
WIDEST = 40


async def show(key: str | None = None, channel: str | None = None) -> None:
    """
    Shows each setting with its value, where that is from, and what the other layers say.

    :param key:
        Show one setting, with all there is to know of it.
    :param channel:
        Show the settings of a channel: its id, its YouTube id, its handle or its whole name.

    """
    configure_logs(get_settings())
    with exit_on_error():
        await configuration().load()
        values = await configuration().of_channel(await channel_id(channel))
        lines = whole_table(values) if key is None else details(values[find(str(key)).key])
    for line in lines:
        print(line)


async def set_value(key: str, value: str | None = None, channel: str | None = None) -> None:
    """
    Sets a setting. A secret one is asked for, or read from standard input.

    :param key:
        The setting.
    :param value:
        Its value; those of a list are separated by commas.
    :param channel:
        For this channel alone: its id, its YouTube id, its handle or its whole name.

    """
    configure_logs(get_settings())
    with exit_on_error():
        setting = find(str(key))
        given = setting.parse(asked_value(setting, value))
        where = await channel_id(channel)
        await changes.change({where: {setting.key: given}})
        lines = await overruled(setting, where)
    print(f"{setting.key} is set{'' if setting.is_secret else f' to {written(given)}'}.")
    for line in lines:
        print(line)


async def unset(key: str, channel: str | None = None) -> None:
    """
    Takes back what was set: the next layer's value holds again.

    :param key:
        The setting.
    :param channel:
        What was set for this channel: its id, its YouTube id, its handle or its whole name.

    """
    configure_logs(get_settings())
    with exit_on_error():
        await changes.change({await channel_id(channel): {str(key): UNSET}})
    print(f"{key} is as if it had not been set.")


async def set_defaults() -> None:
    """
    Writes the default of each setting that nobody has set into the database, where it stays.

    """
    configure_logs(get_settings())
    with exit_on_error():
        number = await changes.set_default_configs()
    print(f"Defaults written: {number}.")


async def export_file(file: str) -> None:
    """
    Writes what is set in the database, for the program and for channels, as TOML. Without secrets.

    :param file:
        The file to write; CONFIG_FILE and `import` can read it.

    """
    configure_logs(get_settings())
    with exit_on_error():
        done = await export_to(Path(str(file)))
    print(f"{file}: settings of the program {done.system}, of channels {done.of_channels}.")
    if done.secrets:
        print(f"Secrets are not exported ({done.secrets}): set them again where they are needed.")
    for fault in done.faults:
        print(f"Left out: {fault}")


async def import_file(file: str) -> None:
    """
    Sets what a TOML file says, all or nothing. What it does not name stays as it is.

    :param file:
        The file, such as `export` writes it.

    """
    configure_logs(get_settings())
    with exit_on_error():
        changed = await import_from(Path(str(file)))
    for name, each in changed:
        before, after = (of_layer(each.setting, value) for value in (each.before, each.after))
        print(f"{name}{': ' if name else ''}{each.setting.key}: {before} → {after}")
    print(f"Changed: {len(changed)}.")


async def channel_id(channel: str | None) -> UUID | None:
    """Raises NotFound and Conflict."""
    return None if channel is None else (await ChannelRepository().find(str(channel))).id


def asked_value(setting: Setting[Any], value: str | None) -> str:
    if setting.is_secret:
        if value is not None:
            sys.exit(
                f"{setting.key} is a secret, and others could read it here: leave the value out. "
                "It is asked for, or read from standard input."
            )
        return read_secret(setting.key)
    if value is None:
        sys.exit(f"{setting.key} needs a value: {setting.allowed}.")
    return str(value)


async def overruled(setting: Setting[Any], where: UUID | None) -> list[str]:
    """That a stronger layer still has the last word."""
    chosen = (await configuration().of_channel(where))[setting.key].chosen
    if chosen.layer is (Layer.database if where is None else Layer.channel):
        return []
    return [f"In use is that of the {chosen.layer}: {told(chosen, setting.is_secret)}."]


def whole_table(values: Values) -> list[str]:
    rows = [HEADINGS, *(row_of(each) for each in values.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return table + [f"Cannot be used: {fault}" for fault in values.faults]


def row_of(resolved: Resolved) -> tuple[str, str, str, str]:
    chosen, is_secret = resolved.chosen, resolved.setting.is_secret
    others = [each for each in resolved.said if each is not chosen]
    otherwise = "; ".join(f"{each.layer}: {told(each, is_secret)}" for each in others)
    return resolved.setting.key, told(chosen, is_secret), chosen.layer, otherwise


def details(resolved: Resolved) -> list[str]:
    setting = resolved.setting
    kinds = ["Secret."] * setting.is_secret + ["A channel may have its own."] * setting.per_channel
    return [
        f"{setting.key} = {told(resolved.chosen, setting.is_secret)}",
        setting.description,
        " ".join([f"Allowed: {setting.allowed}.", *kinds]),
        *(
            f"  {each.layer}: {each.fault or told(each, setting.is_secret)}"
            for each in resolved.said
        ),
    ]


def told(said: Said, is_secret: bool) -> str:
    if said.fault:
        return "cannot be used"
    if said.value is None:
        return "none"
    if is_secret:
        return f"set {said.set_at:%Y-%m-%d %H:%M} UTC" if said.set_at else "set"
    text = written(said.value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def of_layer(setting: Setting[Any], value: Any) -> str:
    """A value before and after a change; nothing is told of one that could not be used."""
    if value is UNSET or value is None:
        return "not set"
    return "set" if setting.is_secret else written(value)


def written(value: Any) -> str:
    """As `set` takes it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(str, value))
        case float():
            return repr(value).removesuffix(".0")
    return str(value)


COMMANDS = [
    Command(show),
    Command(set_value, command_name="set"),
    Command(unset),
    Command(set_defaults, command_name="set-defaults"),
    Command(export_file, command_name="export"),
    Command(import_file, command_name="import"),
]
