"""From one server to another, to a newer version, and onto an embedded server that is broken."""

import fcntl
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

import piccolo_conf
from apps.operations.backups import clusters
from apps.operations.backups.databases import Databases
from apps.operations.backups.disk_space import NotEnoughRoom
from apps.operations.backups.restoration import restore_file
from apps.operations.backups.verification import verify_backup
from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.db.migrations import apply_migrations
from apps.shared.errors import Conflict, DatabaseUnavailable
from tests.acceptance.restoring import (
    RESTORE,
    Library,
    library_server,
    no,
    restored,
    rewritten,
    state,
    videos,
    yes,
)
from tests.commands import call_command
from tests.processes import (
    PICCOLO,
    PostgresServer,
    environment,
    folder_for_postgres,
    free_port,
    open_process,
    postgres_processes,
    run,
    serve,
)


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    with folder_for_postgres() as folder, library_server(folder) as library:
        await library.make()
        await library.reset()
        yield library


@pytest.fixture
def data() -> Iterator[Path]:
    with folder_for_postgres() as folder:
        yield folder / "data"


@asynccontextmanager
async def embedded(data: Path) -> AsyncIterator[str]:
    server = EmbeddedPostgres(data)
    try:
        yield await server.dsn()
    finally:
        await server.close()


async def test_from_embedded_to_a_server_and_back(
    library: Library, data: Path, tmp_path: Path
) -> None:
    """By the steps that the documentation names."""
    there = library.server.url(database="moved")
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    async with embedded(data) as dsn:
        await restored(library.backup, dsn)
        # A program of its own, since this process holds the server already.
        command = [*PICCOLO, "project", "backup", "--output", str(first)]
        run(*command, settings={"DATA_DIR": data}).check_returncode()
        for arguments in (("restore", first, "--yes"), ("backup", "--output", second)):
            done = call_command("project", *arguments, DATABASE_URL=there)
            assert done.returncode == 0, done.stderr
        assert await state(there) == library.after
        async with library.connection("moved") as connection:
            await connection.execute("DELETE FROM videos")
        await restored(second, dsn)
        assert await state(dsn) == library.after
    assert postgres_processes(data) == []


async def test_from_an_older_postgresql_to_the_present_one(library: Library, data: Path) -> None:
    """The embedded server of a program that came with PostgreSQL 16."""
    data.mkdir(mode=0o755)
    file = data.parent / "backup.zip"
    server = PostgresServer(data, version=16)
    server.start()
    try:
        url = server.url(database="postgres")
        with piccolo_conf.DB.using_database(url):
            await apply_migrations(lambda _: None)
        await videos(url, number=3)
        before = await state(url)
        done = call_command("project", "backup", "--output", file, DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        with pytest.raises(
            Conflict, match=r"created on PostgreSQL 18.*this server is PostgreSQL 16"
        ):
            await restored(library.backup, url)
    finally:
        server.stop()
    server.folder.rename(data / "postgres")

    refused = call_command("project", "serve", DATA_DIR=data, PORT=free_port())
    assert "was created by PostgreSQL 16, which is older than this program's 18" in refused.stderr
    assert "then `piccolo project restore FILE`" in refused.stderr
    done = call_command("project", "restore", file, "--yes", DATA_DIR=data)

    assert done.returncode == 0, done.stderr
    async with embedded(data) as dsn:
        assert await state(dsn) == before
    assert (put_aside(data) / "PG_VERSION").read_text() == "16\n"


def put_aside(data: Path) -> Path:
    (folder,) = data.glob("postgres.broken-*")
    return folder


async def without_a_folder(data: Path) -> None:
    """As it is on a new machine."""


async def with_an_empty_folder(data: Path) -> None:
    (data / "postgres").mkdir(parents=True)


async def without_its_database(data: Path) -> None:
    async with embedded(data) as dsn, Databases.beside(dsn) as databases:
        await databases.drop("reelbase")


@pytest.mark.parametrize("lose", [without_a_folder, with_an_empty_folder, without_its_database])
async def test_an_embedded_database_that_is_gone_is_made_anew(
    library: Library, data: Path, lose: Callable[[Path], Awaitable[None]]
) -> None:
    await lose(data)
    done = call_command("project", "restore", library.backup, "--yes", DATA_DIR=data)
    assert done.returncode == 0, done.stderr
    async with embedded(data) as dsn:
        assert await state(dsn) == library.after
    assert [path.name for path in data.iterdir()] == ["postgres"]


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Path]:
    """The folder of an embedded server that was used, and stopped."""
    with folder_for_postgres() as folder:
        async with embedded(folder):
            pass
        yield folder / "postgres"


@pytest.fixture
def made(cluster: Path, data: Path) -> Path:
    """A copy of it, in place, whose owner is the same."""
    data.mkdir(mode=0o755)
    subprocess.run(["cp", "-a", cluster, data / "postgres"], check=True)
    return data / "postgres"


@contextmanager
def program_with(data: Path) -> Iterator[None]:
    database = piccolo_conf.DB
    address, pool = database.address, database.pool
    database.address, database.pool = EmbeddedPostgres(data), None
    try:
        yield
    finally:
        database.address, database.pool = address, pool


def without_control_file(folder: Path) -> None:
    (folder / "global" / "pg_control").unlink()


def without_databases(folder: Path) -> None:
    """The server starts, and nobody can connect to it."""
    for file in (folder / "global").glob("1262*"):
        file.write_bytes(b"\0" * 8192)


def of_a_newer_postgresql(folder: Path) -> None:
    (folder / "PG_VERSION").write_text("99\n")


@pytest.mark.parametrize("damage", [without_control_file, without_databases, of_a_newer_postgresql])
async def test_an_embedded_server_that_cannot_be_used_is_put_aside(
    library: Library, data: Path, made: Path, damage: Callable[[Path], None]
) -> None:
    damage(made)
    inode = made.stat().st_ino
    said: list[str] = []
    with program_with(data):
        assert not await restore_file(library.backup, no, say=said.append)
        assert made.stat().st_ino == inode
        assert postgres_processes(data) == []

        assert await restore_file(library.backup, yes, say=said.append)

    assert not [line for line in said if line.startswith("Dropping")]
    assert [line for line in said if f"Its folder will be kept as {made}.broken-" in line]
    assert put_aside(data).stat().st_ino == inode
    assert postgres_processes(data) == []
    assert {path.name for path in data.iterdir()} == {"postgres", put_aside(data).name}
    async with embedded(data) as dsn:
        assert await state(dsn) == library.after
        async with Databases.beside(dsn) as databases:
            assert not await databases.exists("reelbase_old")


async def test_without_room_for_another_database_nothing_is_begun(
    library: Library, data: Path, made: Path
) -> None:
    """Neither by a restore, with a server that runs or a broken one, nor by `verify`."""
    large = rewritten(library.backup, data / "large.zip", database_bytes=10**18)
    told = rf"^{data} has [\d,.]+ MB free, but the database needs 1,000,000"
    said: list[str] = []
    with program_with(data):
        try:
            with pytest.raises(NotEnoughRoom, match=told):
                await restore_file(large, yes, say=said.append)
            with pytest.raises(NotEnoughRoom, match=told):
                await verify_backup(large)
            dsn = await piccolo_conf.DB.address.dsn()
            async with Databases.beside(dsn) as databases:
                assert not await databases.exists("reelbase_old")
        finally:
            await piccolo_conf.DB.address.close()
        without_control_file(made)
        with pytest.raises(NotEnoughRoom, match=told):
            await restore_file(large, yes, say=said.append)
    assert said == [f"Checking {large}."] * 2
    assert {path.name for path in data.iterdir()} == {"large.zip", "postgres"}


async def test_whoever_was_killed_while_folders_are_swapped_has_the_new_one(
    data: Path, made: Path
) -> None:
    """The present one is aside already, and the new one is not in place."""
    inode = made.stat().st_ino
    made.rename(data / "postgres.restored")
    async with embedded(data):
        assert made.stat().st_ino == inode


async def test_a_server_that_is_in_use_is_not_put_aside(data: Path, made: Path) -> None:
    async with embedded(data):
        other = data / "postgres.restoring"
        other.mkdir()
        with pytest.raises(Exception, match=r"PostgreSQL is running in .*: stop the program"):
            EmbeddedPostgres(data).replace_with(other, data / "postgres.broken")
        assert made.exists()
        assert other.exists()


async def test_a_folder_that_cannot_be_put_aside_stays_in_place(data: Path, made: Path) -> None:
    inode = made.stat().st_ino
    other, aside = data / "postgres.restoring", data / "postgres.broken"
    for folder in (other, aside):
        folder.mkdir()
    (aside / "file").touch()
    with pytest.raises(DatabaseUnavailable, match=rf"^The folder {made} cannot be renamed to "):
        EmbeddedPostgres(data).replace_with(other, aside)
    assert made.stat().st_ino == inode
    assert {path.name for path in data.iterdir()} == {made.name, other.name, aside.name}


async def test_what_a_killed_restore_left_is_cleared_away(
    library: Library, data: Path, made: Path
) -> None:
    """A server that still runs beside the broken one, though nobody holds it any more."""
    without_control_file(made)
    left = EmbeddedPostgres(data, clusters.RESTORING)
    await left.dsn()
    assert left._server is not None
    left._server.global_process_id_list.put([2**22 + 1])
    (data / "postgres.restored").mkdir()

    done = call_command("project", "restore", library.backup, "--yes", DATA_DIR=data)

    assert done.returncode == 0, done.stderr
    assert {path.name for path in data.iterdir()} == {"postgres", put_aside(data).name}
    with serve(data, free_port()) as web:
        web.wait_for_status("/health/ready", 200)
    async with embedded(data) as dsn:
        assert (await state(dsn))["videos"] == library.after["videos"]


@pytest.mark.parametrize("line", ["Checking", "Restoring", "Collecting", "Moving the folder"])
async def test_it_may_be_killed_beside_a_broken_server(
    library: Library, data: Path, made: Path, line: str
) -> None:
    """Then the broken one or the new one is in place, and the next restore does the rest."""
    without_control_file(made)
    broken = made.stat().st_ino
    with open_process(
        [*RESTORE, library.backup, "--yes"],
        env=environment(DATA_DIR=data),
        cwd=data,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any(said.startswith(line) for said in process.stdout)
        process.kill()

    done = call_command("project", "restore", library.backup, "--yes", DATA_DIR=data)

    assert done.returncode == 0, done.stderr
    assert put_aside(data).stat().st_ino == broken
    assert {path.name for path in data.iterdir()} == {"postgres", put_aside(data).name}
    async with embedded(data) as dsn:
        assert await state(dsn) == library.after


async def test_two_restores_to_a_broken_server_are_one_too_many(
    library: Library, data: Path, made: Path
) -> None:
    without_control_file(made)
    descriptor = os.open(made, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with program_with(data), pytest.raises(Conflict, match=f"^Another restore to {made} is"):
            await restore_file(library.backup, yes, say=lambda _: None)
    finally:
        os.close(descriptor)
