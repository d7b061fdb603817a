"""The figures from the terminal."""

import sys

from piccolo.conf.apps import Command

from apps.catalog.commands import open_library
from apps.configuration.services import configuration
from apps.overview import services


async def refresh() -> None:
    """
    Looks through the library: what the overview and the review of the admin show is as of now.

    The program does it by itself every `overview_minutes`. The exit code is 1 when something could
    not be measured.

    """
    async with open_library():
        await configuration().load()
        done = await services.refresh()
    assert done is not None
    tell(done)


def tell(done: services.Refreshed) -> None:
    print(f"The library was looked through in {done.seconds:.1f} s.")
    if done.faults:
        sys.exit(f"Not measured: {', '.join(done.faults)}. The log says why.")


COMMANDS = [Command(refresh)]
