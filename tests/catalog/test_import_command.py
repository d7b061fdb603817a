"""`piccolo catalog import`, as a person runs it."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apps.catalog.imports.locks import import_lock
from apps.catalog.imports.report import FaultLog, ImportReport, write_report
from apps.shared.db.migrations import list_known_migrations
from tests.catalog.downloads import dump, video, write_info, write_video
from tests.commands import run_command
from tests.database import counts
from tests.processes import PICCOLO, environment, open_process, run
from tests.shared.conftest import new_database, shared_url

IMPORT = (*PICCOLO, "catalog", "import")


async def catalog_import(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    return await run_command("catalog", "import", *arguments, **settings)


async def test_it_imports_and_reports(tmp_path: Path) -> None:
    write_video(tmp_path)

    done = await catalog_import(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"Imported {tmp_path} in " in done.stdout
    assert (await counts())["transcripts"] == 1
    again = await catalog_import(tmp_path)
    assert (again.returncode, "Nothing changed." in again.stdout) == (0, True)


@pytest.mark.parametrize("form", ["--report FILE", "--report=FILE"])
async def test_a_broken_file_is_in_the_exit_code_and_the_report(form: str, tmp_path: Path) -> None:
    home, target = tmp_path / "ho me", tmp_path / "re=port.json"
    write_video(home)
    for number in range(120):
        (home / f"{number:03d}.info.json").write_text("{")

    done = await catalog_import(home, *(part.replace("FILE", str(target)) for part in form.split()))

    assert done.returncode == 1
    # Those that were read first, by whichever reader.
    told = re.findall(
        rf"^  {home}/\d{{3}}\.info\.json: is not valid JSON", done.stdout, re.MULTILINE
    )
    assert len(set(told)) == 100
    assert "… and 20 more (use --report=FILE to list them all)." in done.stdout
    report = json.loads(target.read_text())
    assert (report["videos"]["created"], report["broken_files"]) == (1, 120)
    assert len({fault["path"] for fault in report["broken"]}) == 120
    assert [path.name for path in tmp_path.iterdir()] == ["ho me", "re=port.json"]


async def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    write_video(tmp_path)
    before = await dump()

    done = await catalog_import("--dry-run", tmp_path)

    assert (done.returncode, await dump()) == (0, before)
    assert f"Would import {tmp_path}" in done.stdout
    assert "Videos              1 new" in done.stdout


@pytest.mark.parametrize("name", ["nothing", "file.txt", "-x"])
async def test_a_bad_folder_is_one_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / "file.txt").touch()

    done = await catalog_import(tmp_path / name if name != "-x" else name)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(f"{name} is not a folder.\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "option", ["--report", "--report={folder}", "--report={folder}/no/x", "--report=/proc/x"]
)
async def test_a_report_that_cannot_be_written_is_one_sentence(option: str, tmp_path: Path) -> None:
    done = await catalog_import(tmp_path, option.format(folder=tmp_path))

    assert done.returncode == 1
    assert done.stderr.startswith("Cannot write the report")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_report_replaces_a_file_completely_and_keeps_a_device(tmp_path: Path) -> None:
    target, device = tmp_path / ("r" * 250 + ".json"), tmp_path / "pipe"
    target.write_text("old")
    os.mkfifo(device)
    reader = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
    report = ImportReport(folder="/x", dry_run=False)

    for place in (target, device):
        write_report(place, report, FaultLog())

    assert json.loads(target.read_text())["folder"] == "/x"
    assert json.loads(os.read(reader, 10_000))["folder"] == "/x"
    assert device.is_fifo()
    os.close(reader)


async def test_an_unmigrated_database_is_one_sentence(tmp_path: Path) -> None:
    write_info(tmp_path)

    async with new_database() as url:
        done = await catalog_import(tmp_path, DATABASE_URL=url)

    assert (done.returncode, done.stdout) == (1, "")
    *_, sentence = done.stderr.splitlines()
    pending = len(list_known_migrations())
    assert sentence.startswith(f"The database is not up to date (migrations pending: {pending}).")
    assert "`piccolo migrations forwards all`" in sentence
    assert "Traceback" not in done.stderr


async def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"

    done = await catalog_import(tmp_path, DATABASE_URL=url)

    assert done.returncode == 1
    assert "The database cannot be reached" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


async def test_while_another_process_imports_it_is_refused(tmp_path: Path) -> None:
    write_info(tmp_path)

    async with import_lock():
        done = await catalog_import(tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Another import is running. Try again when it has finished.\n"
    assert (await counts())["videos"] == 0


async def test_a_terminal_shows_rate_and_remaining_time(tmp_path: Path) -> None:
    for number in range(30):  # Enough for processes.
        write_video(tmp_path, str(number), video_id=f"{number:011d}")
    terminal, inner = pty.openpty()
    url = await shared_url()

    with open_process(
        [*IMPORT, str(tmp_path)],
        env=environment(DATABASE_URL=url, TERM="xterm", COLUMNS="120"),
        cwd=tmp_path.parent,
        stdout=subprocess.PIPE,
        stderr=inner,
    ) as process:
        os.close(inner)
        shown = b""
        try:
            while data := os.read(terminal, 4096):
                shown += data
        except OSError:  # How Linux says that the other end is closed.
            pass
        os.close(terminal)
        output, _ = process.communicate()

    assert process.returncode == 0, output
    assert b"30/30" in shown
    assert b"videos/s" in shown
    assert b"0:00:00" in shown
    assert (await counts())["videos"] == 30


async def test_an_id_that_begins_with_a_dash_works(tmp_path: Path) -> None:
    home = tmp_path / "--dry-run=x"
    write_video(home, "--wZTyB3z-U", video_id="--wZTyB3z-U")

    done = await catalog_import(f"./{home.name}", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (await video("--wZTyB3z-U"))["title"] == "Title of --wZTyB3z-U"


def test_workers_import_no_orm() -> None:
    code = "import sys, apps.catalog.imports.group_reader; print('piccolo.table' in sys.modules)"

    done = run(sys.executable, "-c", code, settings={})

    assert done.stdout == "False\n"
