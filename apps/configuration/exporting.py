"""Exports settings as TOML: the library's at the top, each channel's in its own table."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import tomli_w

from apps.configuration.layers import Layer, LayerValue, read_stored_value
from apps.configuration.registry import SETTINGS
from apps.configuration.repositories import ChannelConfigurationRepository
from apps.configuration.services import read_database
from apps.configuration.sources import CHANNELS
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

MAX_FAULTS = 100


@dataclass
class ExportReport:
    """How many values were written, and which were not."""

    system: int = 0
    channels: int = 0
    secrets: int = 0
    faults: list[str] = field(default_factory=list)

    def select_exportable(self, given: dict[str, LayerValue], prefix: str = "") -> dict[str, Any]:
        """The values to write; counts the secrets and collects the faults."""
        self.secrets += sum(SETTINGS[key].is_secret for key in given)
        faults = [prefix + each.fault for each in given.values() if each.fault]
        self.faults = [*self.faults, *faults][:MAX_FAULTS]
        return {
            key: given[key].value
            for key, setting in SETTINGS.items()
            if key in given and not setting.is_secret and not given[key].fault
        }


async def export_settings(path: Path) -> ExportReport:
    """Writes a consistent snapshot to a temporary file, then renames it. Raises Invalid."""
    beside = path.with_name(f"{path.name}.unfinished")
    try:
        with beside.open("wb") as file:
            done = await _write_settings(file)
        beside.replace(path)
    except OSError as error:
        raise Invalid(f"{path} cannot be written ({error.strerror}).") from None
    finally:
        beside.unlink(missing_ok=True)
    return done


async def _write_settings(file: BinaryIO) -> ExportReport:
    done = ExportReport()
    async with get_engine().transaction() as transaction:
        await transaction.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        values = done.select_exportable(await read_database())
        done.system = len(values)
        file.write(tomli_w.dumps(values).encode())
        async for name, given in _list_channels():
            if values := done.select_exportable(given, f"{name}: "):
                done.channels += len(values)
                file.write(b"\n" + tomli_w.dumps({CHANNELS: {name: values}}).encode())
    return done


async def _list_channels() -> AsyncIterator[tuple[str, dict[str, LayerValue]]]:
    """Each channel with settings, by YouTube's id if it has one."""
    repository = ChannelConfigurationRepository()
    after = None
    while page := await repository.list_channels(after):
        for after, name in page:
            rows = await repository.list_values(after)
            yield (
                name,
                {key: read_stored_value(Layer.channel, SETTINGS[key], rows[key]) for key in rows},
            )
