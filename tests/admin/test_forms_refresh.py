"""Looking through the library by form is what is done in the background."""

import pytest

from apps.overview.services import overview_lock
from tests.admin.forms import Forms
from tests.database import execute, fetch, value
from tests.factories import make_video

FORM = "refresh-the-overview"


async def test_figures_are_those_of_now(librarian: Forms) -> None:
    for _ in range(2):
        await make_video(source_url="https://example.org/one")
    said = await librarian.done(FORM)
    (job,) = await fetch("SELECT * FROM processing_jobs")
    lines = said.splitlines()
    assert lines[0].startswith("Refreshed the overview and the review in ")
    assert lines[1:] == [f"Details: /jobs/{job['id']}"]
    assert (job["job_type"], job["status"]) == ("refresh_overview", "completed")
    assert await value("SELECT count(*) FROM findings WHERE kind = 'same_address'") == 1


async def test_what_could_not_be_found_out_is_named(
    librarian: Forms, caplog: pytest.LogCaptureFixture
) -> None:
    await execute("ALTER TABLE music RENAME TO hidden")
    try:
        said = await librarian.done(FORM)
    finally:
        await execute("ALTER TABLE hidden RENAME TO music")
    assert "Not refreshed: " in said


async def test_while_it_is_done_already(librarian: Forms) -> None:
    async with overview_lock():
        said = await librarian.refused(FORM)
    assert said == "The overview is already being refreshed."
