"""`piccolo catalog import-list` and `export-list`, as a person runs them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from piccolo_conf import DB
from tests.catalog.downloads import dump
from tests.catalog.lists import channel_id, write
from tests.commands import run_command
from tests.database import counts, until_others_wait
from tests.factories import make_channel, make_video
from tests.processes import PICCOLO, Program, environment, run
from tests.shared.conftest import new_database, shared_url


async def catalog(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    return await run_command("catalog", *arguments, **settings)


async def test_it_imports_and_reports(tmp_path: Path) -> None:
    file = write(tmp_path, "youtube -aaaaaaaaaa\n", "-my list.txt")

    done = await catalog("import-list", f"./{file.name}", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    head, numbers = done.stdout.splitlines()
    assert head.startswith(f"Imported {file} (yt-dlp download archive) in ")
    assert numbers.split("  ")[-1].strip() == "0 repeated"
    assert numbers.split()[:3] == ["Videos", "1", "new"]
    again = await catalog("import-list", file)
    assert again.stdout.endswith(
        "0 new        0 updated        1 unchanged        0 repeated\nNothing changed.\n"
    )


async def test_rejected_lines_are_in_the_exit_code_and_the_report(tmp_path: Path) -> None:
    odd = [f"\x1b[{number}m" for number in range(120)]
    file = write(tmp_path, "\n".join(["youtube aaaaaaaaaaa", *odd]))
    target = tmp_path / "report.json"

    done = await catalog("import-list", file, "--report", target)

    assert done.returncode == 1
    assert (
        "Lines that could not be imported: 120\n  line 2: is not `<extractor> <id>`\n"
        in done.stdout
    )
    assert "  line 21: " in done.stdout
    assert "  line 22: " not in done.stdout
    assert "… and 100 more (use --report=FILE to list them all)." in done.stdout
    report = json.loads(target.read_text())
    assert (report["created"], report["broken_lines"], len(report["broken"])) == (1, 120, 120)
    assert report["broken"][-1] == {"path": f"{file}:121", "reason": "is not `<extractor> <id>`"}


async def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    before = await dump()

    done = await catalog("import-list", "--dry-run", write(tmp_path, "youtube aaaaaaaaaaa"))

    assert (done.returncode, await dump()) == (0, before)
    assert done.stdout.startswith("Would import ")


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\0", b"Dear reader,"])
async def test_what_is_not_a_list_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    done = await catalog("import-list", write(tmp_path, data))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Cannot import {tmp_path}/list. ")
    assert done.stderr.count("\n") == 1
    assert not any((await counts()).values())


async def test_it_exports_and_reports(tmp_path: Path) -> None:
    await make_channel(youtube_channel_id=channel_id(), name="Lights")
    await make_channel(name="Elsewhere")
    await make_video(youtube_video_id="aaaaaaaaaaa", identifier="a")

    done = await catalog("export-list", tmp_path / "x.csv")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        f"Wrote 1 channels to {tmp_path}/x.csv (Google Takeout).\n"
        "Left out: 1 channels without a YouTube id.\n"
    )
    command = [*PICCOLO, "catalog", "export-list", "/dev/stdout", "--format", "archive", "--all"]
    out = run(*command, settings={"DATABASE_URL": await shared_url()})
    assert (out.returncode, out.stdout) == (0, "youtube aaaaaaaaaaa\n")


async def test_standard_output_stays_where_it_leads_to_a_file(tmp_path: Path) -> None:
    await make_video(youtube_video_id="aaaaaaaaaaa", identifier="a")
    # In a folder where no file can be put in place of the stream.
    command = [*PICCOLO, "catalog", "export-list", "/dev/fd/1", "--format=archive", "--all"]
    target = tmp_path / "out.txt"
    target.write_text("before\n")
    with target.open("a") as stdout:
        done = subprocess.run(
            command, env=environment(DATABASE_URL=await shared_url()), stdout=stdout, check=False
        )
    assert done.returncode == 0
    assert target.read_text() == "before\nyoutube aaaaaaaaaaa\n"


async def test_a_format_that_is_not_known_is_one_sentence(tmp_path: Path) -> None:
    done = await catalog("export-list", tmp_path / "x", "--format")

    assert done.returncode == 1
    assert done.stderr == "--format must be one of archive, csv, opml.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("end", "code"), [("interrupt", 130), ("terminate", 143)])
async def test_an_aborted_import_changes_nothing(end: str, code: int, tmp_path: Path) -> None:
    file = write(tmp_path, "youtube aaaaaaaaaaa")
    url = await shared_url()

    async with DB.transaction() as transaction:
        await transaction.connection.execute("LOCK TABLE videos")
        with Program(*PICCOLO, "catalog", "import-list", str(file), DATABASE_URL=url) as importing:
            await until_others_wait()
            getattr(importing, end)()
            done = importing.wait(), importing.stdout, importing.stderr

    assert done == (code, "", "Interrupted. Nothing was changed.\n")
    assert not any((await counts()).values())


@pytest.mark.parametrize("verb", ["import-list", "export-list"])
async def test_an_unmigrated_database_is_one_sentence(verb: str, tmp_path: Path) -> None:
    async with new_database() as url:
        done = await catalog(
            verb, write(tmp_path, "youtube aaaaaaaaaaa", "x.txt"), DATABASE_URL=url
        )

    assert done.returncode == 1
    assert "`piccolo migrations forwards all`, then try again." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (["import-list", "{list}", "another.txt"], "dry-run"),
        (["import", "{list}", "another.txt"], "dry-run"),
        (["export-list", "out.txt", "archive", "another.txt"], "all"),
    ],
)
async def test_an_argument_too_many_is_no_option(
    arguments: list[str], flag: str, tmp_path: Path
) -> None:
    file = write(tmp_path, "youtube aaaaaaaaaaa")
    before = await dump()
    done = await catalog(*(each.format(list=file) for each in arguments), cwd=tmp_path)
    assert (done.returncode, done.stdout, await dump()) == (1, "", before)
    assert done.stderr.startswith(f"Too many arguments: --{flag} takes no value.")
    assert list(tmp_path.iterdir()) == [file]
