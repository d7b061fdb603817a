"""`/backups`: the files of the folder, each as it is, for superusers alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar

from apps.accounts.tables import Session
from apps.operations.backups.creation import create_backup
from apps.operations.backups.folder import NAME, get_backup_folder
from apps.shared.settings import get_settings
from piccolo_project.web import backups as page
from tests.factories import make_user


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "backups"))
    get_settings.cache_clear()
    yield get_backup_folder()
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
async def whole(folder: Path) -> Path:
    return (await create_backup(7)).file


async def test_there_is_none(browser: httpx.AsyncClient, folder: Path) -> None:
    answer = await browser.get("/backups")
    assert answer.status_code == 200
    assert "No backups yet" in answer.text
    assert not folder.exists()


async def test_the_newest_first_and_what_is_not_whole(
    browser: httpx.AsyncClient, whole: Path, folder: Path
) -> None:
    damaged = folder / "reelbase-20200101-000000.zip"
    damaged.write_bytes(whole.read_bytes()[:-1000])
    (folder / "reelbase-20200101-000001.zip").write_text("no zip")
    (folder / "reelbase-20200101-000002.zip").mkdir()
    (folder / "reelbase-20200101-000003.zip.unfinished").write_text("being written")
    (folder / "notes.txt").write_text("mine")
    answer = await browser.get("/backups")
    names = [f"reelbase-20200101-00000{number}.zip" for number in (2, 1, 0)]
    places = [answer.text.index(f"<td>{name} ") for name in names]
    assert answer.text.index(f'<a href="/backups/{whole.name}">') < places[0]
    assert places == sorted(places)
    assert answer.text.count(">invalid<") == 3
    assert "unfinished" not in answer.text
    assert "notes" not in answer.text


async def test_a_hundred_are_shown(browser: httpx.AsyncClient, whole: Path, folder: Path) -> None:
    for hours in range(1, 102):
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        (folder / moment.strftime(NAME)).symlink_to(whole)
    answer = await browser.get("/backups")
    assert answer.text.count("<time") == page.MAX_LISTED
    assert "The folder has 2 more, all older." in answer.text


async def test_it_is_downloaded_byte_for_byte(browser: httpx.AsyncClient, whole: Path) -> None:
    content = whole.read_bytes()
    headers = {"Accept-Encoding": "gzip"}
    answer = await browser.get(f"/backups/{whole.name}", headers=headers)
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-disposition"] == f'attachment; filename="{whole.name}"'
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers
    assert "no-store" in answer.headers["cache-control"]
    head = await browser.head(f"/backups/{whole.name}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(content))


async def test_a_download_goes_on_where_it_was_cut_off(
    browser: httpx.AsyncClient, whole: Path
) -> None:
    content = whole.read_bytes()
    half = len(content) // 2
    first = await browser.get(f"/backups/{whole.name}", headers={"Range": f"bytes=0-{half - 1}"})
    assert (first.status_code, len(first.content)) == (206, half)
    rest = {"Range": f"bytes={half}-", "If-Range": first.headers["etag"]}
    second = await browser.get(f"/backups/{whole.name}", headers=rest)
    assert second.status_code == 206
    assert second.headers["content-range"] == f"bytes {half}-{len(content) - 1}/{len(content)}"
    assert first.content + second.content == content
    beyond = {"Range": f"bytes={len(content)}-"}
    assert (await browser.get(f"/backups/{whole.name}", headers=beyond)).status_code == 416
    rest["If-Range"] = '"of-another-file"'
    again = await browser.get(f"/backups/{whole.name}", headers=rest)
    assert (again.status_code, again.content) == (200, content)


@pytest.mark.parametrize(
    "name",
    [
        "reelbase-20200101-000000.zip",
        "reelbase-20200101-000001.zip",
        "reelbase-20200101-000002.zip",
        "reelbase-20200101-000003.zip.unfinished",
        "reelbase-20200101-000004.zip",
        "notes.txt",
        "../secret.zip",
        "../../etc/passwd",
        "/etc/passwd",
        "\0",
        "a" * 5000,
        "reelbase-*.zip",
    ],
)
async def test_nothing_else_is_given(
    browser: httpx.AsyncClient, whole: Path, folder: Path, name: str
) -> None:
    (folder / "reelbase-20200101-000000.zip").write_bytes(whole.read_bytes()[:-1000])
    (folder / "reelbase-20200101-000001.zip").symlink_to(whole)
    (folder / "reelbase-20200101-000002.zip").mkdir()
    (folder / "reelbase-20200101-000003.zip.unfinished").write_bytes(whole.read_bytes())
    (folder / "notes.txt").write_text("mine")
    (folder.parent / "secret.zip").write_bytes(whole.read_bytes())
    answer = await browser.get(f"/backups/{quote(name, safe='')}")
    # A slash in it leads to no page at all, as to a stranger.
    assert answer.status_code == (401 if "/" in name else 404)
    assert not answer.content.startswith(b"PK")
    assert "mine" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("path", ["/backups", "/backups/{}"])
async def test_only_for_superusers(application: Litestar, whole: Path, path: str) -> None:
    user = await make_user(admin=True)
    session = await Session.create_session(user.id)
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    cookies = {"id": session.token}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies=cookies
    ) as librarian:
        answer = await librarian.get(path.format(whole.name))
    assert answer.status_code == 403
    assert "Only a superuser can make or download backups." in answer.text
    assert whole.name not in answer.text


@pytest.mark.parametrize("path", ["/backups", "/backups/{}"])
async def test_strangers_are_sent_to_sign_in(
    anonymous: httpx.AsyncClient, whole: Path, path: str
) -> None:
    answer = await anonymous.get(path.format(whole.name))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/admin/?next=%2Fbackups")


def test_a_file_that_is_gone_meanwhile(folder: Path) -> None:
    assert page.read_backup(folder / "reelbase-20200101-000000.zip") is None
