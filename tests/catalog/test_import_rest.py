"""POST /api/imports: folders of the server, within IMPORT_ROOTS only."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

import piccolo_conf
from apps.catalog.imports.locks import import_lock
from apps.shared.settings import get_settings
from tests.catalog.downloads import dump, run_import, video, write_info, write_video
from tests.database import counts, execute, fetch


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one folder that may be imported."""
    home = tmp_path / "root"
    home.mkdir()
    monkeypatch.setenv("IMPORT_ROOTS", f"{home},{tmp_path / 'not-yet-made'}")
    get_settings.cache_clear()
    yield home
    monkeypatch.undo()
    get_settings.cache_clear()


async def post(client: httpx.AsyncClient, folder: object, **options: object) -> httpx.Response:
    return await client.post("/api/imports", json={"folder": str(folder), **options})


async def test_a_folder_inside_a_root_is_imported_and_reported(
    client: httpx.AsyncClient, root: Path
) -> None:
    write_video(root / "inner")
    (root / "inner" / "x.info.json").write_text("{")

    answer = await post(client, root / "inner")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["folder"], body["dry_run"]) == (str(root / "inner"), False)
    assert body["videos"] == {"created": 1, "updated": 0, "unchanged": 0}
    assert (body["transcripts"]["created"], body["broken_files"]) == (1, 1)
    assert body["broken"][0]["path"] == str(root / "inner" / "x.info.json")
    assert (await video())["title"] == "Title of aaaaaaaaaaa"
    assert (await post(client, root)).status_code == 200


async def test_a_dry_run_changes_nothing(client: httpx.AsyncClient, root: Path) -> None:
    write_video(root)
    before = await dump()

    answer = await post(client, root, dry_run=True)

    assert (answer.json()["videos"]["created"], answer.json()["dry_run"]) == (1, True)
    assert await dump() == before


async def test_paths_outside_the_roots_get_the_same_message(
    client: httpx.AsyncClient, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    write_info(outside)
    write_info(tmp_path / "root-not", video_id="bbbbbbbbbbb")
    (root / "link").symlink_to(outside)
    (root / "inner").mkdir()
    (root / "inner" / "up").symlink_to("../..")
    (root / "loop").symlink_to(root / "loop2")
    (root / "loop2").symlink_to(root / "loop")
    answers = [
        await post(client, folder)
        for folder in (
            outside,
            tmp_path / "nothing",
            f"{root}/../outside",
            f"{root}/../nothing",
            f"{root}/inner/../../outside",
            root / "link",
            root / "link" / "nothing",
            root / "inner" / "up" / "outside",
            f"{root}-not",
            f"{root}/inner/up/root-not",
            tmp_path,
            "/",
            "/etc/passwd",
            "..",
            "~",
            "x\0y",
            "/" + "n" * 5000,
        )
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert (await counts())["videos"] == 0


async def test_links_within_a_folder_lead_nowhere(
    client: httpx.AsyncClient, root: Path, tmp_path: Path
) -> None:
    write_info(tmp_path / "outside")
    (root / "link").symlink_to(tmp_path / "outside")

    answer = await post(client, root)

    assert (answer.status_code, answer.json()["links"]) == (200, 1)
    assert (await counts())["videos"] == 0


@pytest.mark.parametrize("name", ["nothing", "file", "loop"])
async def test_inside_a_root_a_missing_folder_is_reported(
    name: str, client: httpx.AsyncClient, root: Path
) -> None:
    (root / "file").touch()
    (root / "loop").symlink_to("loop")

    answer = await post(client, root / name)

    assert answer.status_code in (403, 422)
    assert name != "nothing" or "is not a folder" in answer.json()["detail"]


async def test_without_roots_nothing_may_be_imported(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    answers = [await post(client, folder) for folder in (tmp_path, tmp_path / "nothing", "/")]

    assert {answer.status_code for answer in answers} == {403}
    assert "IMPORT_ROOTS is not set" in answers[0].json()["detail"]
    assert len({answer.text for answer in answers}) == 1


async def test_it_needs_a_token(anonymous: httpx.AsyncClient, root: Path) -> None:
    write_info(root)

    assert (await post(anonymous, root)).status_code == 401
    assert (await counts())["videos"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"folder": ""},
        {"folder": 1},
        {"folder": "/x", "other": 1},
        {"folder": "/x", "dry_run": "true"},
        {"folder": "/x", "restore": 1},
    ],
)
async def test_what_is_not_a_valid_request_is_refused(
    body: dict[str, object], client: httpx.AsyncClient, root: Path
) -> None:
    assert (await client.post("/api/imports", json=body)).status_code == 400


async def test_while_another_import_runs_it_is_busy(client: httpx.AsyncClient, root: Path) -> None:
    write_info(root)
    async with import_lock():
        answer = await post(client, root)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["detail"].startswith("Another import is running.")
    assert (await post(client, root)).status_code == 200


async def test_of_two_at_once_one_is_refused(client: httpx.AsyncClient, root: Path) -> None:
    for number in range(10):
        write_video(root, str(number), video_id=f"{number:011d}")

    answers = await asyncio.gather(*(post(client, root) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 503]
    assert (await counts())["videos"] == (await counts())["transcripts"] == 10


async def test_other_requests_are_answered_during_an_import(
    client: httpx.AsyncClient, root: Path
) -> None:
    for number in range(12):
        write_video(root, str(number), video_id=f"{number:011d}", words=3000)
    importing = asyncio.create_task(post(client, root))
    answered = 0

    while not importing.done():
        assert (await client.get("/api/videos?limit=1")).status_code == 200
        answered += 1

    assert (await importing).json()["videos"]["created"] == 12
    assert answered > 10


@asynccontextmanager
async def held_back(statement: str) -> AsyncIterator[asyncio.Event]:
    """A transaction of somebody else, which has run the statement and waits to commit."""
    connection = await piccolo_conf.DB.get_new_connection()
    go_on = asyncio.Event()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(statement)

    async def commit_when_waited_for() -> None:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not (await fetch(waiting))[0]["count"]:
            await asyncio.sleep(0.01)
        await transaction.commit()
        go_on.set()

    committing = asyncio.create_task(commit_when_waited_for())
    try:
        yield go_on
    finally:
        await asyncio.wait_for(committing, 60)
        await connection.close()


async def test_a_video_that_a_person_makes_meanwhile_is_filled_in(tmp_path: Path) -> None:
    write_video(tmp_path)
    write_video(tmp_path, "Other", video_id="bbbbbbbbbbb")
    mine = "INSERT INTO videos (identifier, title) VALUES ('aaaaaaaaaaa', 'Mine')"

    async with held_back(mine) as committed:
        report = await run_import(tmp_path)
        assert committed.is_set()

    row = await video()
    assert (row["title"], row["description"]) == ("Mine", "What it is about.")
    assert (report.videos.updated, report.videos.created, report.broken_files) == (1, 1, 0)
    assert (await counts())["transcripts"] == 2


async def test_a_concurrent_edit_is_kept(tmp_path: Path) -> None:
    write_video(tmp_path, title="First")
    await run_import(tmp_path)
    write_video(tmp_path, title="Second", view_count=8)

    async with held_back("UPDATE videos SET title = 'Mine'") as committed:
        await run_import(tmp_path)
        assert committed.is_set()

    row = await video()
    assert (row["title"], row["metadata"]["view_count"]) == ("Mine", 8)


async def test_imports_and_people_who_make_the_same_videos(
    client: httpx.AsyncClient, root: Path
) -> None:
    names = [f"{number:011d}" for number in range(12)]
    for name in names:
        write_video(root, name, video_id=name)

    async def make(name: str) -> int:
        answer = await client.post("/api/videos", json={"identifier": name, "title": "Mine"})
        return answer.status_code

    imports, made = await asyncio.gather(
        asyncio.gather(post(client, root), post(client, root)),
        asyncio.gather(*(make(name) for name in names)),
    )

    assert sorted(answer.status_code for answer in imports) == [200, 503]
    assert set(made) <= {201, 409}
    rows = await fetch("SELECT identifier, title, description FROM videos ORDER BY 1")
    assert [row["identifier"] for row in rows] == names
    for row, status in zip(rows, made, strict=True):
        assert row["description"] == "What it is about."
        assert row["title"] == ("Mine" if status == 201 else f"Title of {row['identifier']}")
    assert (await counts())["transcripts"] == 12


async def test_a_channel_that_is_deleted_comes_back_with_its_videos(tmp_path: Path) -> None:
    write_video(tmp_path)
    await run_import(tmp_path)
    await execute("DELETE FROM channels")
    assert (await counts())["videos"] == 0

    await run_import(tmp_path)

    assert (await counts())["chunks"] == 1
