"""Links, pipes, and folders that are none or cannot be read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from apps.catalog.imports.group_reader import read_group
from apps.catalog.imports.inventory import Inventory
from apps.shared.errors import Invalid
from tests.catalog.downloads import (
    reasons,
    run_import,
    video,
    write_info,
    write_video,
)
from tests.database import counts, fetch


async def test_special_files_are_skipped(tmp_path: Path) -> None:
    write_video(tmp_path)
    os.mkfifo(tmp_path / "pipe.info.json")
    os.mkfifo(tmp_path / "Talk.de.vtt")
    (tmp_path / "folder.info.json").mkdir()
    write_info(tmp_path / "folder.info.json", "inner", video_id="bbbbbbbbbbb")

    report = await run_import(tmp_path)

    assert (report.videos.created, report.broken_files) == (2, 0)


async def test_links_are_counted_and_never_followed(tmp_path: Path) -> None:
    outside, home = tmp_path / "outside", tmp_path / "home"
    write_info(outside, "secret", video_id="sssssssssss")
    write_video(home, "real")
    for name, target in {
        "a.info.json": outside / "secret.info.json",
        "b.info.json": home / "real.info.json",
        "real.de.vtt": home / "real.en.vtt",
        "real.mp4": outside / "secret.info.json",
        "folder": outside,
        "loop": home,
        "dangling.info.json": home / "nothing",
        "self.info.json": home / "self.info.json",
    }.items():
        (home / name).symlink_to(target)

    report = await run_import(home)

    assert (report.videos.created, report.links, report.broken_files) == (1, 8, 0)
    assert (await video())["cloud_url"] is None
    assert len(await fetch("SELECT * FROM transcripts")) == 1


async def test_a_link_that_takes_a_files_place_is_not_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = write_info(home)
    write_info(tmp_path, "secret", video_id="sssssssssss")
    with Inventory(home) as inventory:
        inventory.scan()
        path.unlink()
        path.symlink_to(tmp_path / "secret.info.json")
        (group,) = inventory.groups()

    read = read_group(group, [])

    assert (read.kind, read.values) == ("broken", {})


@contextmanager
def without_rights(path: Path) -> Iterator[None]:
    """For root too, who may read everything: the folder is taken away as it is opened."""
    scandir = os.scandir

    def refuse(folder: str) -> object:
        if folder == str(path):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0)
    try:
        if os.geteuid() == 0:
            with mock.patch("os.scandir", refuse):
                yield
        else:
            yield
    finally:
        path.chmod(mode)


async def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    write_video(tmp_path)
    closed = tmp_path / "closed"
    write_info(closed, video_id="bbbbbbbbbbb")

    with without_rights(closed):
        report = await run_import(tmp_path)

    assert reasons(report) == {"closed": "cannot be read (Permission denied)"}
    assert (await counts())["videos"] == 1


async def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    report = await run_import(tmp_path)

    assert (report.changed_rows, report.broken_files, report.other_files) == (0, 0, 0)


@pytest.mark.parametrize("name", ["nothing", "file", "nul\0byte", "n" * 300, "\udcff"])
async def test_what_is_not_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "\udcff").mkdir()

    with pytest.raises(Invalid, match="is not a folder"):
        await run_import(tmp_path / name)
