"""Uploads whose row was never saved: removed after a day, and no other file is."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.shared.engine import engine
from piccolo_project.admin import unsaved
from piccolo_project.admin.unsaved import KEPT_SECONDS, mark_of, marks
from piccolo_project.media import data_dir
from tests import factories as make
from tests.admin.forms import Forms
from tests.admin.page import said
from tests.admin.test_media import PNG, upload
from tests.database import execute, fetch, until_others_wait

OLD = KEPT_SECONDS + 60
GONE = "cloud_url: the file was uploaded, but not saved for a day. Upload it again."


@pytest.fixture(autouse=True)
def empty_media() -> Iterator[None]:
    shutil.rmtree(data_dir() / "media", ignore_errors=True)
    yield
    shutil.rmtree(data_dir() / "media", ignore_errors=True)


async def uploaded(forms: Forms, *, seconds_ago: float = 0, table: str = "thumbnails") -> Path:
    answer = await upload(forms, "a.png", PNG, table)
    assert answer.status_code == 200, answer.text
    file = Path(answer.json()["file_key"])
    age(file, seconds_ago)
    return file


def age(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(mark_of(file), (then, then))


async def save(client: httpx.AsyncClient, file: Path) -> httpx.Response:
    (row,) = await fetch("SELECT id FROM thumbnails")
    body = {"cloud_url": str(file)}
    return await client.patch(f"api/tables/thumbnails/{row['id']}/", json=body)


async def test_only_what_no_row_names_for_a_day_is_removed(forms: Forms) -> None:
    await make.make_thumbnail()
    saved, elsewhere, lost, young = [await uploaded(forms) for _ in range(4)]
    for file in (saved, elsewhere, lost):
        age(file, OLD)
    age(young, KEPT_SECONDS - 60)
    by_hand = saved.with_name("by hand.png")
    by_hand.write_bytes(PNG)
    os.utime(by_hand, (0, 0))
    assert (await save(forms.client, saved)).status_code == 200
    await make.make_video(cloud_url=f"media/thumbnails/{elsewhere.name}")
    newest = await uploaded(forms)
    assert sorted(saved.parent.iterdir()) == sorted([saved, elsewhere, young, by_hand, newest])
    assert sorted(marks().glob("*/*")) == sorted([mark_of(young), mark_of(newest)])

    # What was saved once stays, whatever becomes of its row.
    await execute("DELETE FROM thumbnails; DELETE FROM videos")
    await uploaded(forms)
    assert saved.exists()
    assert elsewhere.exists()


async def test_a_save_that_began_before_keeps_its_file(forms: Forms) -> None:
    await make.make_thumbnail()
    file = await uploaded(forms, seconds_ago=OLD)
    async with engine().transaction():
        await execute("UPDATE thumbnails SET cloud_url = $1", str(file))
        uploading = asyncio.create_task(uploaded(forms), context=Context())
        await until_others_wait()
        assert file.exists()
    await uploading
    assert file.exists()
    assert not mark_of(file).exists()


async def test_a_save_that_waits_is_told(
    forms: Forms, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make.make_thumbnail(cloud_url="a.png")
    file = await uploaded(forms, seconds_ago=OLD)
    saving: list[asyncio.Task[httpx.Response]] = []
    settle = unsaved.settle

    async def settle_while_somebody_saves(*given: Any) -> None:
        async with engine().transaction():
            await execute("LOCK TABLE thumbnails IN SHARE MODE")
            saving.append(asyncio.create_task(save(admin, file), context=Context()))
            await until_others_wait()
            await settle(*given)

    monkeypatch.setattr(unsaved, "settle", settle_while_somebody_saves)
    await uploaded(forms)
    assert said(await saving[0]) == GONE
    assert not file.exists()
    assert await fetch("SELECT cloud_url FROM thumbnails") == [{"cloud_url": "a.png"}]


async def test_a_file_that_is_gone_is_named_by_no_new_row(admin: httpx.AsyncClient) -> None:
    video = await make.make_video()
    for path, status in (("media/thumbnails", 422), ("pictures", 201)):
        body = {"video_id": str(video.id), "cloud_url": str(data_dir() / path / "a.png")}
        answer = await admin.post("api/tables/thumbnails/", json=body)
        assert answer.status_code == status, answer.text
    assert len(await fetch("SELECT FROM thumbnails")) == 1


async def test_who_writes_for_long_is_not_waited_for(
    forms: Forms, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is removed at another upload; this one is answered."""
    lost = await uploaded(forms, seconds_ago=OLD)
    async with engine().transaction():
        await execute("UPDATE videos SET title = title")
        new = await asyncio.create_task(uploaded(forms), context=Context())
    assert new.exists()
    assert lost.exists()
    assert mark_of(lost).exists()
    assert "Uploads that were never saved are still there: LockNotAvailableError." in caplog.text
    await uploaded(forms)
    assert not lost.exists()


async def test_what_was_cut_short_is_done_again(forms: Forms) -> None:
    lost = await uploaded(forms, seconds_ago=OLD)
    lost.unlink()
    await uploaded(forms)
    assert not mark_of(lost).exists()


async def test_few_are_settled_at_once(forms: Forms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsaved, "AT_ONCE", 2)
    lost = [await uploaded(forms) for _ in range(3)]
    for file in lost:
        age(file, OLD)
    for left in (1, 0):
        await uploaded(forms)
        assert sum(file.exists() for file in lost) == left
