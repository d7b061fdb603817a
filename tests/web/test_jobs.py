"""`/jobs/<id>`: a job's progress, its result, and why it failed."""

import html
from datetime import UTC, datetime, timedelta
from json import dumps
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.catalog.imports.inventory import ImportFault
from apps.catalog.imports.report import ImportReport, RowCounts
from apps.catalog.lists.report import ListReport
from apps.operations.backups.tasks import BACKUP, BackupReport
from apps.processing import runner
from apps.processing.job_kinds import MAX_SHOWN, UNKNOWN_FORM
from tests.database import value
from tests.exchange.whole_library import DEEP, without_triggers
from tests.factories import make_processing_job, make_user

REFRESH = '<meta http-equiv="refresh" content="2">'
STARTED = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
FOLDER = ImportReport(
    folder="/a <b>",
    dry_run=False,
    seconds=1.25,
    skipped_videos=1234,
    videos=RowCounts(1, 2, 3),
    links=4,
    broken_files=3,
    broken=[ImportFault("x\n.json", "is <no> JSON")],
)
LIST = ListReport(
    file="/l", dry_run=True, format="OPML", table="channels", entries=3, unchanged=2, repeated=1
)
MADE = BackupReport(
    name="reelbase-20240501-120000.zip",
    bytes=1_500_000,
    rows=12345,
    tables=28,
    made_at=STARTED,
    seconds=2,
    removed=["reelbase-20230501-120000.zip"],
    keys=["Keep a copy of the key."],
)
TOLD = {
    "import_folder": (
        FOLDER,
        [
            "Imported /a <b> in 1.2 s.",
            "Videos: 1 new, 2 updated, 3 unchanged, 1,234 skipped",
            "Transcripts: 0 new, 0 updated, 0 unchanged",
            "Symbolic links skipped: 4.",
            "3 could not be imported",
            "x\\n.json",
            "is <no> JSON",
            "And 2 more",
        ],
    ),
    "import_list": (
        LIST,
        [
            "Would import /l (OPML) in 0.0 s.",
            "Channels: 0 new, 0 updated, 2 unchanged, 1 repeated",
            "Nothing would change.",
        ],
    ),
    "backup": (
        MADE,
        [
            "Backed up to reelbase-20240501-120000.zip in 2.0 s.",
            "1.5 MB: 12,345 rows in 28 tables, as of 2024-05-01 12:00:00 UTC",
            "Removed the oldest backup, reelbase-20230501-120000.zip.",
            "Keep a copy of the key.",
            '<a class="button" href="/backups/reelbase-20240501-120000.zip">Download</a>',
        ],
    ),
}


REPORTS = {kind: msgspec.to_builtins(report) for kind, (report, _) in TOLD.items()}
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)


async def make_job(**values: Any) -> Any:
    fixed = {"external_run_id": "reelbase:here:1", "attempts": 1, "started_at": STARTED}
    return await make_processing_job(**{**fixed, **values})


@pytest.mark.parametrize("job_type", TOLD)
async def test_what_came_of_it(browser: httpx.AsyncClient, job_type: str) -> None:
    report, lines = TOLD[job_type]
    job = await make_job(
        job_type=job_type,
        status="completed",
        progress=1.0,
        result=dumps(msgspec.to_builtins(report)),
        completed_at=STARTED + timedelta(seconds=90),
    )
    answer = await browser.get(f"/jobs/{job.id}")
    assert answer.status_code == 200
    shown = html.unescape(answer.text)
    for line in lines:
        assert line in shown
    assert "<b>" not in answer.text
    assert "<no>" not in answer.text
    assert '<span class="badge">completed</span>' in answer.text
    assert "2024-05-01 12:00:00 UTC</time>, for 90.0 s" in answer.text
    assert REFRESH not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]


@st.composite
def odd_results(draw: st.DrawFn) -> tuple[str, Any]:
    """Of a kind of work: any JSON, or its own with other values for some keys."""
    kind = draw(st.sampled_from([*REPORTS, "refresh_overview"]))
    own = REPORTS.get(kind, {"seconds": 1.5, "faults": []})
    others = st.dictionaries(st.sampled_from([*own, "so_far"]), JSON)
    return kind, draw(JSON | others.map(lambda other: {**own, **other}))


@settings(max_examples=150)
@given(odd_results(), st.sampled_from(["completed", "failed", "cancelled", "queued"]))
@example(("backup", {**REPORTS["backup"], "bytes": 10**400}), "completed")
@example(("backup", {**REPORTS["backup"], "made_at": "9999-12-31T23:59:59-09:00"}), "completed")
@example(("import_folder", {**REPORTS["import_folder"], "links": 10**4000}), "completed")
async def test_whatever_was_written_down_is_shown(
    browser: httpx.AsyncClient, odd: tuple[str, Any], status: str
) -> None:
    kind, result = odd
    job = await make_job(job_type=kind, status=status, result=dumps(result))
    answer = await browser.get(f"/jobs/{job.id}")
    assert answer.status_code == 200, answer.text
    assert (
        f'<span class="badge{" bad" if status == "failed" else ""}">{status}</span>' in answer.text
    )


@pytest.mark.parametrize("text", ['[1, "<b>"]', "7", '{"name": 1}', DEEP, "1" * 5000])
async def test_another_form_of_it_is_shown_as_it_is(browser: httpx.AsyncClient, text: str) -> None:
    job = await make_job(job_type="backup", status="completed", result=text)
    stored = await value("SELECT result::text FROM processing_jobs")
    answer = await browser.get(f"/jobs/{job.id}")
    assert html.escape(UNKNOWN_FORM, quote=False) in html.unescape(answer.text)
    assert f"<li>{stored[:MAX_SHOWN]}</li>" in html.unescape(answer.text)
    assert "<b>" not in answer.text


@pytest.mark.parametrize("at", ["NULL", "'infinity'", "'0044-03-15 BC'", "'20000-01-01'"])
async def test_whenever_it_was(browser: httpx.AsyncClient, at: str) -> None:
    job = await make_job(job_type="backup", status="failed", completed_at=STARTED)
    await without_triggers(f"UPDATE processing_jobs SET started_at = {at}")
    answer = await browser.get(f"/jobs/{job.id}")
    assert answer.status_code == 200
    assert "No details were recorded." in answer.text


@pytest.mark.parametrize("text", ["[]", '"so far"', '{"so_far": {}}', "null", '{"so_far": null}'])
async def test_what_is_no_progress_is_not_shown(browser: httpx.AsyncClient, text: str) -> None:
    job = await make_job(job_type="backup", status="running", result=text)
    async with runner.hold_job_lock(BACKUP):
        assert "Started." in (await browser.get(f"/jobs/{job.id}")).text


async def test_it_runs(browser: httpx.AsyncClient) -> None:
    # The lock is held elsewhere, as by another worker.
    job = await make_job(job_type="backup", status="running")
    async with runner.hold_job_lock(BACKUP):
        answer = await browser.get(f"/jobs/{job.id}")
        assert REFRESH in answer.text
        assert "Started." in answer.text
        assert '<progress aria-label="Backup" ></progress>' in answer.text
        await runner.jobs.update(job.id, progress=0.25, result={"so_far": "1 of 4 <b>"})
        answer = await browser.get(f"/jobs/{job.id}")
        assert '<progress aria-label="Backup" value="0.25"></progress>' in answer.text
        assert "1 of 4 &lt;b&gt;" in answer.text


async def test_its_process_is_gone(browser: httpx.AsyncClient) -> None:
    job = await make_job(job_type="backup", status="running", result='{"so_far": "1 of 4"}')
    answer = await browser.get(f"/jobs/{job.id}")
    assert answer.status_code == 200
    assert "Reelbase stopped unexpectedly. No backup was made." in answer.text
    assert '<span class="badge bad">failed</span>' in answer.text
    assert REFRESH not in answer.text
    assert await value("SELECT status FROM processing_jobs") == "failed"


async def test_work_of_others_has_no_page(browser: httpx.AsyncClient) -> None:
    others = [
        await make_job(job_type="backup", external_run_id="somebody-else"),
        await make_job(job_type="backup", external_run_id=None),
        await make_job(job_type="download"),
    ]
    for job in others:
        answer = await browser.get(f"/jobs/{job.id}")
        assert answer.status_code == 404
        assert f"Reelbase has not started a job {job.id}." in answer.text
        assert '<main id="main"' in answer.text


@pytest.mark.parametrize("key", ["01a1fdf0-0000-7000-8000-000000000000", "a", "<b>", "%00"])
async def test_there_is_none(browser: httpx.AsyncClient, key: str) -> None:
    answer = await browser.get(f"/jobs/{key}")
    assert answer.status_code == 404
    assert '<main id="main"' in answer.text
    assert "<b>" not in answer.text


async def test_who_is_not_signed_in_is_sent_there(anonymous: httpx.AsyncClient) -> None:
    job = await make_job(job_type="backup", status="completed")
    await make_user()
    answer = await anonymous.get(f"/jobs/{job.id}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/admin/?next=%2Fjobs%2F{job.id}"
