"""Who measures, when, and what becomes of what cannot be measured."""

import asyncio
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import piccolo_conf
from apps.overview import refreshing, services
from apps.overview.figure_queries import FIGURE_QUERIES
from apps.overview.refreshing import refresh_periodically, refresh_when_due
from apps.overview.repositories import FigureRepository
from apps.overview.services import AlreadyRefreshing, overview_lock, refresh_overview
from apps.overview.tables import FindingKind
from tests.factories import make_channel, make_video

HOUR = timedelta(hours=1)


async def fetchval(query: str, *values: Any) -> Any:
    async with piccolo_conf.DB.connection() as connection:
        return await connection.fetchval(query, *values)


async def count_channels() -> Any:
    return await fetchval("SELECT value::int FROM figures WHERE name = 'channels'")


async def test_of_two_refreshes_at_once_one_works() -> None:
    async with overview_lock():
        with pytest.raises(AlreadyRefreshing, match="already being refreshed"):
            await refresh_overview()
        assert await fetchval("SELECT count(*) FROM figures") == 0
    done = await asyncio.gather(refresh_overview(), refresh_overview(), return_exceptions=True)
    assert sorted(isinstance(each, AlreadyRefreshing) for each in done) in (
        [False, True],
        [False] * 2,
    )
    assert await count_channels() == 0


async def test_the_lock_ends_with_its_process() -> None:
    """PostgreSQL gives it back when the connection is gone, however that came about."""
    killed = await piccolo_conf.DB.get_new_connection()
    await killed.execute("BEGIN")
    await killed.execute(
        "SELECT pg_advisory_xact_lock($1::bigint)".replace("$1", str(services.LOCK_ID))
    )
    with pytest.raises(AlreadyRefreshing):
        await refresh_overview()
    killed.terminate()
    for _ in range(100):
        try:
            assert await refresh_overview() is not None
            break
        except AlreadyRefreshing:
            await asyncio.sleep(0.05)
    else:
        pytest.fail("The lock was never given back.")


async def test_a_recent_refresh_is_not_repeated() -> None:
    assert await refresh_overview(HOUR) is not None
    await make_channel()
    assert await refresh_overview(HOUR) is None
    assert await count_channels() == 0
    assert await refresh_overview(timedelta(0)) is not None
    assert await count_channels() == 1


async def test_a_program_with_other_figures_refreshes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await refresh_overview()
    monkeypatch.setitem(FIGURE_QUERIES, "another", "SELECT to_jsonb(7)")
    assert await refresh_overview(HOUR) is not None
    assert await fetchval("SELECT value::int FROM figures WHERE name = 'another'") == 7


async def test_a_failed_figure_keeps_its_value_and_the_others_continue(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await refresh_overview()
    await make_channel()
    await make_video(download_status="complete", cloud_url="https://files.example/a")
    monkeypatch.setitem(FIGURE_QUERIES, "channels", "SELECT to_jsonb(1 / 0)")
    done = await refresh_overview()
    assert done is not None
    assert done.faults == ["channels"]
    assert "channels could not be refreshed (DivisionByZeroError)." in caplog.messages
    assert await count_channels() == 0
    assert await fetchval("SELECT count(*) FROM findings") == 1
    assert await fetchval("SELECT value #>> '{faults,0}' FROM figures WHERE name = 'refresh'") == (
        "channels"
    )


async def test_a_row_deleted_meanwhile_causes_a_retry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []
    real = services.update_findings

    async def find(kind: FindingKind, connection: Any) -> None:
        tries.append(kind)
        if len(tries) == 1:
            raise asyncpg.ForeignKeyViolationError("The video is gone.")
        await real(kind, connection)

    monkeypatch.setattr(services, "update_findings", find)
    done = await refresh_overview()
    assert done is not None
    assert done.faults == []
    assert tries[:2] == [FindingKind.missing_transcript] * 2


async def test_a_disk_that_cannot_be_measured_is_one_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Path("/not/there").stat())
    done = await refresh_overview()
    assert done is not None
    assert done.faults == ["disk"]


async def test_without_the_database_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not try each of the others, and does not say that all was measured."""
    end = "SELECT to_jsonb(pg_terminate_backend(pg_backend_pid()))"
    monkeypatch.setitem(FIGURE_QUERIES, "channels", end)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await refresh_overview()
    assert await fetchval("SELECT count(*) FROM figures WHERE name = 'refresh'") == 0


async def test_a_search_for_files_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(*_: Any) -> None:
        raise asyncpg.ForeignKeyViolationError("There is always another one gone.")

    monkeypatch.setattr(services, "update_broken_files", find)
    done = await refresh_overview()
    assert done is not None
    assert done.faults == ["broken_file"]


async def test_each_kind_is_complete_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure and its rows are written together, or not at all."""
    values = {"download_status": "complete", "cloud_url": "https://files.example/a"}
    for _ in range(3):
        await make_video(**values, source_url="https://video.example/1")

    async def die(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(services, "save_count", die)
    with pytest.raises(asyncio.CancelledError):
        await refresh_overview()
    assert await fetchval("SELECT count(*) FROM findings") == 0
    monkeypatch.undo()
    assert await refresh_overview() is not None, "Nobody holds the lock any more."
    assert await fetchval("SELECT count(*) FROM findings") == 3 + 2


async def test_it_is_measured_while_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "START_SECONDS", 0)
    monkeypatch.setattr(refreshing, "CHECK_SECONDS", 0.01)
    await make_channel()
    async with refresh_periodically():
        await until_measured()
        assert await count_channels() == 1
        await make_channel()
        await fetchval("DELETE FROM figures WHERE name = 'refresh'")
        await until_measured()
        assert await count_channels() == 2
        assert "_keep_refreshing" in str(asyncio.all_tasks())
    assert "_keep_refreshing" not in str(asyncio.all_tasks()), "It ended with the program."


async def until_measured() -> None:
    async with asyncio.timeout(60):
        while not await fetchval("SELECT count(*) FROM figures WHERE name = 'refresh'"):
            await asyncio.sleep(0.01)


async def test_it_goes_on_after_an_error_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[Exception] = [ConnectionRefusedError(), ConnectionRefusedError(), ValueError("?")]
    reached = asyncio.Event()

    async def fail() -> None:
        if errors:
            raise errors.pop(0)
        reached.set()

    monkeypatch.setattr(refreshing, "START_SECONDS", 0)
    monkeypatch.setattr(refreshing, "CHECK_SECONDS", 0.001)
    monkeypatch.setattr(refreshing, "refresh_when_due", fail)
    async with refresh_periodically():
        await asyncio.wait_for(reached.wait(), 60)
    told = [record for record in caplog.records if record.name == refreshing.__name__]
    assert [record.getMessage() for record in told] == [
        "The overview could not be refreshed (ConnectionRefusedError).",
        "The overview could not be refreshed (ValueError).",
    ]
    assert not told[0].exc_info
    assert told[1].exc_info, "Nobody foresaw it."


async def test_nothing_is_measured_before_the_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pending() -> int:
        return 1

    monkeypatch.setattr(refreshing, "count_pending_migrations", pending)
    await refresh_when_due()
    assert await fetchval("SELECT count(*) FROM figures") == 0


async def test_a_refresh_by_another_process_is_enough() -> None:
    async with overview_lock():
        await refresh_when_due()
    assert await fetchval("SELECT count(*) FROM figures") == 0


@pytest.mark.parametrize(("seconds", "is_due"), [(1.0, True), (3600.0, False)])
async def test_slow_refreshes_are_done_less_often(seconds: float, is_due: bool) -> None:
    await refresh_overview()
    await fetchval(
        "UPDATE figures SET measured_at = now() - interval '2 hours',"
        " seconds = CASE name WHEN 'refresh' THEN $1 ELSE seconds END",
        seconds,
    )
    await make_channel()
    await refresh_when_due()
    assert await count_channels() == int(is_due)


async def test_figures_of_an_empty_library_are_soon_refreshed() -> None:
    await refresh_overview()
    await make_video()
    assert (await FigureRepository().read()).measured_at is None
    await refresh_when_due()
    assert await fetchval("SELECT (value ->> 'count')::int FROM figures WHERE name = 'videos'") == 1
    assert (await FigureRepository().read()).measured_at is not None


async def test_it_uses_its_own_connection() -> None:
    """A pool of one would answer nobody while a table is locked."""
    waiting = (
        "SELECT array_agg(application_name) FROM pg_stat_activity WHERE wait_event = 'relation'"
    )
    async with piccolo_conf.DB.transaction():
        await fetchval("LOCK TABLE videos")
        # Outside of this transaction.
        task = asyncio.create_task(refresh_when_due(), context=Context())
        async with asyncio.timeout(60):
            while (names := await fetchval(waiting)) is None:
                await fetchval("SELECT pg_stat_clear_snapshot()")
        assert names == ["reelbase overview"]
    await task
