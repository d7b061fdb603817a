"""What is set as a TOML file: the program's at the top, each channel's in a table of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import tomli_w

from apps.configuration.layers import Layer, Said, from_row
from apps.configuration.registry import SETTINGS
from apps.configuration.repositories import ChannelConfigurationRepository
from apps.configuration.services import read_database
from apps.configuration.sources import CHANNELS
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid

FAULTS_SHOWN = 100


@dataclass
class Exported:
    """How many values were written, and what was not."""

    system: int = 0
    of_channels: int = 0
    secrets: int = 0
    faults: list[str] = field(default_factory=list)

    def clear(self, said: dict[str, Said], where: str = "") -> dict[str, Any]:
        """What can be written; counts what cannot."""
        self.secrets += sum(SETTINGS[key].is_secret for key in said)
        faults = [where + each.fault for each in said.values() if each.fault]
        self.faults = [*self.faults, *faults][:FAULTS_SHOWN]
        return {
            key: said[key].value
            for key, setting in SETTINGS.items()
            if key in said and not setting.is_secret and not said[key].fault
        }


async def export_to(path: Path) -> Exported:
    """One moment's state, written beside and renamed when it is whole. Raises Invalid."""
    beside = path.with_name(f"{path.name}.unfinished")
    try:
        with beside.open("wb") as file:
            done = await _export(file)
        beside.replace(path)
    except OSError as error:
        raise Invalid(f"{path} cannot be written ({error.strerror}).") from None
    finally:
        beside.unlink(missing_ok=True)
    return done


async def _export(file: BinaryIO) -> Exported:
    done = Exported()
    async with get_engine().transaction() as transaction:
        await transaction.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        values = done.clear(await read_database())
        done.system = len(values)
        file.write(tomli_w.dumps(values).encode())
        async for name, said in _channels():
            if values := done.clear(said, f"{name}: "):
                done.of_channels += len(values)
                file.write(b"\n" + tomli_w.dumps({CHANNELS: {name: values}}).encode())
    return done


async def _channels() -> AsyncIterator[tuple[str, dict[str, Said]]]:
    """Each channel that has settings of its own, by YouTube's id where it has one."""
    repository = ChannelConfigurationRepository()
    after = None
    while page := await repository.list_channels(after):
        for after, name in page:
            rows = await repository.list_values(after)
            yield name, {key: from_row(Layer.channel, SETTINGS[key], rows[key]) for key in rows}
