"""`piccolo catalog export` and the import of its file, as a person runs them."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.commands import run_command
from tests.database import execute, value
from tests.exchange.whole_library import empty_library, everything, exported, fill_library
from tests.factories import make_chunk, make_transcript, make_video
from tests.processes import PICCOLO, Program, open_process, run
from tests.shared.conftest import new_database, shared_url

CATALOG = (*PICCOLO, "catalog")
UNCHANGED = "Interrupted. Nothing was changed.\n"


async def catalog(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    return await run_command("catalog", *arguments, **settings)


async def test_out_and_in_again(tmp_path: Path) -> None:
    await fill_library()
    before, path = await everything(), tmp_path / "library.jsonl.gz"
    rows = sum(map(len, before.values()))

    done = await catalog("export", path)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Wrote {rows:,} rows to {path}.\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await empty_library()

    done = await catalog("import", "--dry-run", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Would import {path}.\n")
    assert not any((await everything()).values())

    done = await catalog("import", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Imported {path}.\n")
    assert f"  {'messages':<22} {2:>11} new {0:>11} unchanged\n" in done.stdout
    assert await everything() == before

    done = await catalog("import", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"  {'messages':<22} {0:>11} new {2:>11} unchanged\n" in done.stdout
    assert done.stdout.endswith("\nNothing changed.\n")


async def test_standard_output_has_the_library_alone(tmp_path: Path) -> None:
    await make_video(title="日本")

    done = run(*CATALOG, "export", "-", settings={"DATABASE_URL": await shared_url()})

    assert (done.returncode, done.stderr) == (0, "Wrote 1 rows to standard output.\n")
    header, row, end = map(json.loads, done.stdout.splitlines())
    assert (header["format"], row["row"]["title"]) == ("reelbase-library", "日本")
    assert end["end"]["videos"] == 1


async def test_a_broken_pipe_is_one_sentence() -> None:
    transcript = await make_transcript(full_text="x" * 500_000)
    assert transcript
    command = [*CATALOG, "export", "-"]
    environment = {**os.environ, "DATABASE_URL": await shared_url()}
    with open_process(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        said = program.stderr.read()
    assert (program.returncode, said) == (1, "Cannot write standard output (Broken pipe).\n")


SENTENCES = [
    (("export",), "file"),
    (("export", "{folder}/no/library.jsonl"), "library.jsonl (No such file"),
    (("import", "{folder}/broken.jsonl"), "Line 1: This is not the header of a file "),
    (
        ("import", "--restore", "{folder}/broken.jsonl"),
        "--restore and --report apply only to folders",
    ),
    (
        ("import", "--report=x", "{folder}/broken.jsonl"),
        "--restore and --report apply only to folders",
    ),
    (("import", "{folder}/broken.txt"), "broken.txt is not a folder."),
]


@pytest.mark.parametrize(("arguments", "said"), SENTENCES[1:])
async def test_what_is_wrong_is_one_sentence(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.jsonl").write_text("{}\n")
    (tmp_path / "broken.txt").write_text("no\n")
    done = await catalog(*(each.format(folder=tmp_path) for each in arguments))
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(list(tmp_path.iterdir())) == 2


async def test_an_unmigrated_database_is_one_sentence(tmp_path: Path) -> None:
    await make_video()
    path = await exported(tmp_path / "library.jsonl")
    async with new_database() as url:
        for verb, file in (("import", path), ("export", tmp_path / "other.jsonl")):
            done = await catalog(verb, file, DATABASE_URL=url)
            assert (done.returncode, done.stdout) == (1, "")
            assert "The database is not up to date (migrations pending: " in done.stderr
            assert "Traceback" not in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["library.jsonl"]


async def test_a_user_who_does_not_own_the_tables(tmp_path: Path) -> None:
    """Reading is enough for an export, and not for an import."""
    await fill_library()
    before, path = await everything(), tmp_path / "library.jsonl"
    await execute(
        "DROP ROLE IF EXISTS reelbase_reader; CREATE ROLE reelbase_reader LOGIN PASSWORD 'x';"
        "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO reelbase_reader"
    )
    try:
        url = (await shared_url()).replace("//postgres", "//reelbase_reader")
        for arguments, code in ((("export", path), 0), (("import", path), 1)):
            done = await catalog(*arguments, DATABASE_URL=url)
            assert done.returncode == code, done.stderr
    finally:
        await execute("DROP OWNED BY reelbase_reader; DROP ROLE reelbase_reader")
    assert done.stderr.startswith("The user in DATABASE_URL does not own the tables, ")
    assert await everything() == before


def kill(program: Program) -> None:
    program.process.kill()
    assert program.wait() == -signal.SIGKILL


def interrupt(program: Program) -> None:
    program.interrupt()
    assert (program.wait(), program.stdout, program.stderr) == (130, "", UNCHANGED)


def terminate(program: Program) -> None:
    program.terminate()
    assert (program.wait(), program.stdout, program.stderr) == (143, "", UNCHANGED)


@asynccontextmanager
async def held_back(statement: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's transaction, for which the program has to wait."""
    connection = await asyncpg.connect(await shared_url())
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(statement)
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def until_it_waits(program: Program) -> None:
    while not await value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert program.process.poll() is None, program.stderr


@pytest.mark.parametrize("stop", [interrupt, terminate, kill])
async def test_an_interrupted_export_leaves_nothing(
    stop: Callable[[Program], None], tmp_path: Path
) -> None:
    """The file of the last time stays as it is, and the next export writes another."""
    await make_chunk()
    path = tmp_path / "library.jsonl"
    path.write_text("the last one")
    async with held_back("LOCK TABLE chunks") as _:
        with Program(*CATALOG, "export", str(path), DATABASE_URL=await shared_url()) as program:
            await until_it_waits(program)
            assert (tmp_path / "library.jsonl.unfinished").exists()
            stop(program)
    assert path.read_text() == "the last one"
    left = {each.name for each in tmp_path.iterdir()} - {"library.jsonl"}
    assert left == ({"library.jsonl.unfinished"} if stop is kill else set())

    await exported(path)

    assert [each.name for each in tmp_path.iterdir()] == ["library.jsonl"]
    assert path.read_text().startswith('{"format"')


@pytest.mark.parametrize("stop", [interrupt, terminate, kill])
async def test_an_interrupted_import_changes_nothing(
    stop: Callable[[Program], None], tmp_path: Path
) -> None:
    """Nothing of it stays, and the next one brings all."""
    await fill_library()
    before, path = await everything(), await exported(tmp_path / "library.jsonl")
    await empty_library()
    async with held_back("LOCK TABLE publications"):
        with Program(*CATALOG, "import", str(path), DATABASE_URL=await shared_url()) as program:
            await until_it_waits(program)
            stop(program)
    gone = "SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while not await value(gone):
        pass
    assert not any((await everything()).values())
    assert await value("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'") == 0

    done = await catalog("import", path)

    assert (done.returncode, done.stderr) == (0, "")
    assert await everything() == before


MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
"""


async def peak_memory(*arguments: object) -> int:
    """Of the command, in MB."""
    command = [sys.executable, "-c", MEASURED, *CATALOG, *map(str, arguments)]
    done = run(*command, settings={"DATABASE_URL": await shared_url()})
    code, peak = done.stdout.split()
    assert code == "0", done.stderr
    return int(peak)


async def make_chunks(number: int) -> None:
    transcript = await make_transcript()
    await execute(
        "INSERT INTO chunks (transcript_id, chunk_index, chunk_text, token_count, word_starts) "
        "SELECT $1, n, repeat('some words that were said ', 30), 150, "
        "array_fill(0.1::real, ARRAY[150]) FROM generate_series(1, $2::int) n",
        transcript.id,
        number,
    )


async def test_memory_does_not_grow_with_the_library(tmp_path: Path) -> None:
    peaks = []
    for number in (500, 8000):
        await make_chunks(number)
        path = tmp_path / f"{number}.jsonl"
        out = await peak_memory("export", path)
        await empty_library()
        peaks.append((out, await peak_memory("import", path)))
        await empty_library()
    assert (tmp_path / "8000.jsonl").stat().st_size > 12 << 20
    small, large = peaks
    # Both hold a batch of 500 rows; 7,500 rows more are 14 MB as JSON.
    assert large[0] - small[0] < 8
    assert large[1] - small[1] < 12
