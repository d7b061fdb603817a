"""The command that refreshes the overview."""

import sys

from piccolo.conf.apps import Command

from apps.catalog.commands import open_library
from apps.configuration.services import get_configuration
from apps.overview import services


async def refresh_overview() -> None:
    """
    Refresh the overview and the review now.

    The program also does this every `overview_minutes`. The exit code is 1 if something could not
    be refreshed.

    """
    async with open_library():
        await get_configuration().load()
        result = await services.refresh_overview()
    assert result is not None
    print_result(result)


def print_result(result: services.RefreshResult) -> None:
    print(f"Refreshed the overview in {result.seconds:.1f} s.")
    if result.faults:
        sys.exit(f"Not refreshed: {', '.join(result.faults)}. See the log for details.")


COMMANDS = [Command(refresh_overview, command_name="refresh")]
