"""Imports settings from a TOML file, as `exporting` writes it: all or nothing."""

from pathlib import Path
from typing import Any
from uuid import UUID

from apps.catalog.repositories import ChannelRepository
from apps.configuration.changes import Changed, Clash, apply_changes, check_value
from apps.configuration.sources import CHANNELS, explain_unreadable, read_toml
from apps.shared.errors import DomainError, Invalid

MAX_FILE_BYTES = 16 << 20
"""Some 100,000 channels' settings. Parsing takes ten times as much memory."""


async def import_settings(path: Path) -> list[tuple[str, Changed]]:
    """Returns each change with the file's name for its channel, or "" for the library.

    Raises Invalid, which lists everything that is wrong with the file.
    """
    content = _read_file(path)
    tables = content.pop(CHANNELS, {})
    if not isinstance(tables, dict) or not all(isinstance(own, dict) for own in tables.values()):
        raise Invalid(f'{path}: channels must be tables, such as [channels."UC…"].')
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
        faults += [_name_fault(names[where], each) for each in _find_faults(where, given)]
    try:
        changed = [] if faults else await apply_changes(changes)
    except Clash as clash:
        faults.append(_name_fault(names[clash.channel_id], clash.message))
    if faults:
        raise Invalid("\n".join([f"Nothing was imported from {path}:", *faults]))
    return [(names[each.channel_id], each) for each in changed]


def _name_fault(channel: str, fault: str) -> str:
    return f"{channel}: {fault}" if channel else fault


def _find_faults(channel_id: UUID | None, given: dict[str, Any]) -> list[str]:
    faults = []
    for key, value in given.items():
        try:
            check_value(channel_id, key, value)
        except DomainError as error:
            faults.append(error.message)
    return faults


def _read_file(path: Path) -> dict[str, Any]:
    """Raises Invalid."""
    try:
        if (size := path.stat().st_size) > MAX_FILE_BYTES:
            raise Invalid(f"{path} is too large: {size >> 20} MB, and the limit is 16 MB.")
        return read_toml(path)
    except (OSError, ValueError) as error:
        raise Invalid(explain_unreadable(path, error)) from None
