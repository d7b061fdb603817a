"""`piccolo overview refresh`, as a person runs it."""

import re

import pytest

from apps.overview.commands import print_result
from apps.overview.services import RefreshResult, overview_lock
from tests.commands import run_command
from tests.database import counts
from tests.factories import make_video


async def test_it_refreshes_the_overview() -> None:
    await make_video(cloud_url="/not/there.mkv")
    done = await run_command("overview", "refresh")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Refreshed the overview in \d+\.\d s\.\n", done.stdout)
    assert (await counts())["findings"] == 1
    async with overview_lock():
        done = await run_command("overview", "refresh")
    assert done.returncode == 1
    assert done.stderr == "The overview is already being refreshed.\n"


def test_failed_steps_are_in_the_exit_code() -> None:
    with pytest.raises(SystemExit) as ended:
        print_result(RefreshResult(0.25, ["disk", "videos"]))
    assert ended.value.code == "Not refreshed: disk, videos. See the log for details."
