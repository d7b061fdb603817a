"""Settings from a TOML file, such as `exporting` writes it: all of it or nothing."""

from pathlib import Path
from typing import Any
from uuid import UUID

from apps.catalog.repositories import ChannelRepository
from apps.configuration.changes import Changed, Clash, change, check_value
from apps.configuration.sources import CHANNELS, cannot_read, read_toml
from apps.shared.errors import DomainError, Invalid

MAX_FILE_BYTES = 16 << 20
"""Some 100,000 channels with settings of their own; reading takes ten times as much memory."""


async def import_from(path: Path) -> list[tuple[str, Changed]]:
    """What changed, and where: nothing, or a channel as the file calls it.

    Raises Invalid, which names all that is wrong with the file.
    """
    content = read(path)
    tables = content.pop(CHANNELS, {})
    if not isinstance(tables, dict) or not all(isinstance(own, dict) for own in tables.values()):
        raise Invalid(f'{path}: channels are tables, such as [channels."UC…"].')
    faults: list[str] = []
    names: dict[UUID | None, str] = {None: ""}
    changes: dict[UUID | None, dict[str, Any]] = {None: content}
    for name, own in tables.items():
        try:
            channel = await ChannelRepository().find(name)
        except DomainError as error:
            faults.append(error.message)
            continue
        if channel.id in names:
            faults.append(f"{name} and {names[channel.id]} are the same channel.")
        names[channel.id], changes[channel.id] = name, own
    for where, given in changes.items():
        faults += [told(names[where], each) for each in wrong(where, given)]
    try:
        changed = [] if faults else await change(changes)
    except Clash as clash:
        faults.append(told(names[clash.channel_id], clash.message))
    if faults:
        raise Invalid("\n".join([f"Nothing was imported from {path}:", *faults]))
    return [(names[each.channel_id], each) for each in changed]


def told(channel: str, sentence: str) -> str:
    return f"{channel}: {sentence}" if channel else sentence


def wrong(channel_id: UUID | None, given: dict[str, Any]) -> list[str]:
    found = []
    for key, value in given.items():
        try:
            check_value(channel_id, key, value)
        except DomainError as error:
            found.append(error.message)
    return found


def read(path: Path) -> dict[str, Any]:
    """Raises Invalid."""
    try:
        if (size := path.stat().st_size) > MAX_FILE_BYTES:
            raise Invalid(f"{path} has {size >> 20} MB: more than 16 MB are not read.")
        return read_toml(path)
    except (OSError, ValueError) as error:
        raise Invalid(cannot_read(path, error)) from None
