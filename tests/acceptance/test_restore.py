"""`piccolo project restore`, on servers that run, that lack rights, and beside a program."""

import os
import pty
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import pytest

import piccolo_conf
from apps.accounts.tables import Session, User
from apps.operations.backups import databases as databases_module
from apps.operations.backups.addresses import database_name, with_database
from apps.operations.backups.archive import read_manifest
from apps.operations.backups.creation import create_backup_at
from apps.operations.backups.databases import Databases
from apps.operations.backups.manifest import NewerBackup, NotABackup
from apps.operations.backups.restoration import describe_backup
from apps.shared.db.migrations import count_pending_migrations, list_known_migrations
from apps.shared.errors import Conflict, DatabaseUnavailable, Forbidden
from apps.shared.secrets import encrypt_secret, locate_secret
from tests.acceptance.restoring import (
    RESTORE,
    Library,
    library_server,
    restored,
    rewritten,
    state,
)
from tests.commands import call_command
from tests.processes import (
    environment,
    folder_for_postgres,
    free_port,
    open_process,
    serve,
    wait_for,
)


@pytest.fixture(scope="module")
async def made() -> AsyncIterator[Library]:
    with folder_for_postgres() as folder, library_server(folder) as library:
        await library.make()
        yield library


@pytest.fixture
async def library(made: Library) -> Library:
    if not await unchanged(made):
        await made.reset()
    return made


async def unchanged(library: Library) -> bool:
    there = await library.databases()
    return there == ["library", "library_old"] and await state(library.url) == library.before


async def test_the_backup_takes_the_place_of_the_present_database(library: Library) -> None:
    said = await restored(library.backup, library.url)
    assert await state(library.url) == library.after
    assert await state(library.server.url(database="library_old")) == library.before
    assert await library.databases() == ["library", "library_old"]
    assert said[0] == f"Checking {library.backup}."
    rows = sum(rows for rows, _ in library.after.values()) + len(list_known_migrations())
    assert f"{rows} rows in" in said[2]
    assert said[4] == "Secrets  none"
    assert said[5].startswith("Current  library, ")
    assert said[5].endswith("; it will be kept as library_old until the next restore")


async def test_the_planner_knows_the_new_database(library: Library) -> None:
    await restored(library.backup, library.url)
    async with library.connection("library") as connection:
        assert await connection.fetchval("SELECT count(*) > 0 FROM pg_stats WHERE n_distinct <> 0")
        assert await connection.fetchval(
            "SELECT reltuples FROM pg_class WHERE relname = 'videos'"
        ) == float(library.after["videos"][0])


async def test_discarding_the_old_one_leaves_one_database(library: Library) -> None:
    said = await restored(library.backup, library.url, discard_old=True)
    assert await library.databases() == ["library"]
    assert await state(library.url) == library.after
    assert said[5].endswith("it will be dropped")


async def test_an_older_backup_gets_the_migrations_that_it_lacks(library: Library) -> None:
    assert len(read_manifest(library.older).migrations) == len(list_known_migrations()) - 1
    said = await restored(library.older, library.url)
    assert "Applying 1 migration." in said
    assert await state(library.url) == library.after
    with piccolo_conf.DB.using_database(library.url):
        assert await count_pending_migrations() == 0


async def test_a_newer_backup_changes_nothing(library: Library, tmp_path: Path) -> None:
    newer = tmp_path / "newer.zip"
    async with library.connection("library") as connection:
        await connection.execute(
            "INSERT INTO migration (name, app_name, ran_on) VALUES ('2999', 'catalog', now())"
        )
        with piccolo_conf.DB.using_database(library.url):
            await create_backup_at(newer)
        await connection.execute("DELETE FROM migration WHERE name = '2999'")
    with pytest.raises(NewerBackup, match=r"newer than this one .*: update the program first\.$"):
        await restored(newer, library.url)
    assert await unchanged(library)


async def test_a_database_that_is_missing_is_made(library: Library) -> None:
    await library.ask("DROP DATABASE library")
    said = await restored(library.backup, library.url)
    assert said[5] == "Current  there is no database library"
    assert await state(library.url) == library.after


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM migration; DROP TABLE chunks CASCADE",
        "INSERT INTO migration (name, app_name, ran_on) VALUES ('2999', 'catalog', now())",
    ],
    ids=["half migrated", "migrated by a newer program"],
)
async def test_what_state_the_present_database_is_in_does_not_matter(
    library: Library, damage: str
) -> None:
    async with library.connection("library") as connection:
        await connection.execute(damage)
    await restored(library.backup, library.url)
    assert await state(library.url) == library.after


async def test_a_database_that_nobody_can_read_is_replaced(library: Library) -> None:
    await library.ask("ALTER DATABASE library ALLOW_CONNECTIONS false")
    said = await restored(library.backup, library.url)
    assert ", unreadable; it will be kept as library_old " in said[5]
    assert await state(library.url) == library.after


async def test_a_damaged_file_changes_nothing(library: Library, tmp_path: Path) -> None:
    whole = library.backup.read_bytes()
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 1
    damaged = tmp_path / "damaged.zip"
    for content in (whole[:-1], whole[: len(whole) // 2], bytes(flipped), b"", b"Dear reader"):
        damaged.write_bytes(content)
        with pytest.raises(NotABackup, match=str(damaged)):
            await restored(damaged, library.url)
    assert await unchanged(library)


async def test_what_does_not_restore_to_what_was_backed_up_changes_nothing(
    library: Library, tmp_path: Path
) -> None:
    first, *rest = read_manifest(library.backup).tables
    tables = [msgspec.structs.replace(first, rows=first.rows + 1), *rest]
    file = rewritten(library.backup, tmp_path / "other.zip", tables=tables)
    with pytest.raises(NotABackup, match=rf"restoring: {first.name}\.$"):
        await restored(file, library.url)
    assert await unchanged(library)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("n\n", 1, "Nothing was changed.\n"),
        ("\4", 1, "Nothing was changed.\n"),
        ("", 130, "Interrupted.\n"),
    ],
    ids=["no", "end of input", "ctrl-c"],
)
async def test_whoever_says_no_has_changed_nothing(
    library: Library, tmp_path: Path, answer: str, code: int, said: str
) -> None:
    ours, theirs = pty.openpty()
    with open_process(
        [*RESTORE, str(library.backup)],
        env=environment(DATABASE_URL=library.url),
        cwd=tmp_path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        asked = ""
        while character := process.stdout.read(1):
            asked += character
            if asked.endswith("[y/N] "):
                break
        if answer:
            os.write(ours, answer.encode())
        else:
            process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert "\nReplace it with the backup? [y/N] " in asked
    assert (process.returncode, told) == (code, said)
    assert await unchanged(library)


async def test_without_a_terminal_yes_has_to_be_said(library: Library) -> None:
    settings = {"DATABASE_URL": library.url}
    refused = call_command("project", "restore", library.backup, **settings)
    assert refused.returncode == 1
    assert (
        refused.stderr
        == "There is no terminal to ask for confirmation: add --yes to restore without it.\n"
    )
    assert await unchanged(library)
    done = call_command("project", "restore", library.backup, "--yes", **settings)
    assert done.returncode == 0, done.stderr
    assert library.server.PASSWORD not in done.stdout
    assert await state(library.url) == library.after


async def test_an_argument_too_many_is_no_yes(library: Library) -> None:
    arguments = (library.backup, "other.zip")
    done = call_command("project", "restore", *arguments, DATABASE_URL=library.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Too many arguments: --yes takes no value.")
    assert await unchanged(library)


async def test_a_database_that_somebody_else_has_kept_is_not_dropped(library: Library) -> None:
    await library.ask("COMMENT ON DATABASE library_old IS 'From before the great clean-up'")
    with pytest.raises(
        Conflict, match=r"^The current database would be renamed to library_old, but"
    ):
        await restored(library.backup, library.url)
    assert await unchanged(library)
    await library.ask("DROP DATABASE library_old")
    for _ in range(2):
        await restored(library.backup, library.url)
    assert await library.databases() == ["library", "library_old"]


async def test_a_program_that_serves_goes_on_with_the_restored_library(
    library: Library, tmp_path: Path
) -> None:
    with piccolo_conf.DB.using_database(library.url):
        user = await User.objects().first()
        assert user is not None
        await User.update({User.active: True, User.admin: True, User.superuser: True}, force=True)
        session = await Session.create_session(user.id)
        await create_backup_at(tmp_path / "with-a-session.zip")
    present = library.before["videos"][0]
    async with library.connection("library") as connection:
        await connection.execute("DELETE FROM videos")
    with serve(tmp_path / "data", free_port(), DATABASE_URL=library.url) as web:
        web.wait_for_status("/health/ready", 200)
        headers = {"Authorization": f"Bearer {session.token}"}

        def titles() -> int | None:
            answer = web.get("/api/videos?limit=50", headers=headers)
            if answer is None or answer.status_code == 503:
                return None
            assert answer.status_code == 200, answer.text
            return len(answer.json()["items"])

        assert titles() == 0
        await restored(tmp_path / "with-a-session.zip", library.url)
        wait_for(lambda: titles() == present, "the restored videos", 60)
        assert web.process.poll() is None


async def test_two_at_once_are_one_too_many(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases_module, "LOCK_SECONDS", 0.1)
    async with Databases.beside(library.url) as first:
        await first.lock("library")
        with pytest.raises(Conflict, match=r"restore of the database library is in progress"):
            await restored(library.backup, library.url)
    assert await unchanged(library)


async def as_role(library: Library, rights: str, owner: str) -> str:
    """The library's address for a role that has these rights only."""
    async with library.connection() as connection:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'app'"):
            await connection.execute("CREATE ROLE app LOGIN PASSWORD 'app'")
        await connection.execute(f"ALTER ROLE app {rights}")
        await connection.execute(f"ALTER DATABASE library OWNER TO {owner}")
        await connection.execute(f"ALTER DATABASE library_old OWNER TO {owner}")
    host = library.url.rpartition("@")[2]
    return f"postgresql://app:app@{host}"


async def test_a_role_that_may_not_make_databases_is_told(library: Library) -> None:
    url = await as_role(library, "NOCREATEDB", "app")
    with pytest.raises(Forbidden, match=r"`ALTER ROLE app CREATEDB`"):
        await restored(library.backup, url)
    assert await unchanged(library)


async def test_a_role_that_may_connect_to_no_other_database_is_told(library: Library) -> None:
    url = await as_role(library, "CREATEDB", "app")
    async with library.connection() as connection:
        await connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        try:
            with pytest.raises(Forbidden, match="cannot connect to `postgres` or"):
                await restored(library.backup, url)
        finally:
            await connection.execute("GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC")


async def test_a_role_that_does_not_own_the_database_is_told(library: Library) -> None:
    url = await as_role(library, "CREATEDB", "postgres")
    with pytest.raises(Forbidden, match=r"^The database library belongs to the role postgres, "):
        await restored(library.backup, url)
    assert await unchanged(library)


async def test_a_role_that_owns_it_needs_no_more(library: Library) -> None:
    url = await as_role(library, "CREATEDB", "app")
    await restored(library.backup, url)
    assert await state(library.url) == library.after
    owners = "SELECT DISTINCT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname ~ $1"
    assert [row["owner"] for row in await library.ask(owners, "^library")] == ["app"]


async def test_sessions_that_the_role_may_not_end_are_named(library: Library) -> None:
    url = await as_role(library, "CREATEDB", "app")
    async with library.connection("library"):
        with pytest.raises(
            Conflict, match=r"is in use by postgres, whose sessions this role cannot end"
        ):
            await restored(library.backup, url)
    assert await library.databases() == ["library"]
    assert await state(library.url) == library.before


async def test_what_was_said_of_the_whole_database_is_said_of_the_new_one(
    library: Library,
) -> None:
    await as_role(library, "NOCREATEDB", "postgres")
    said_of = """
SELECT ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1) AS rights, setconfig,
       encoding, datcollate, datctype, datlocprovider
FROM pg_database d LEFT JOIN pg_db_role_setting ON setdatabase = d.oid WHERE datname = $1"""
    async with library.connection() as connection:
        await connection.execute("""
REVOKE CONNECT ON DATABASE library FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE library TO app WITH GRANT OPTION;
ALTER DATABASE library SET work_mem = '5MB';
ALTER DATABASE library SET search_path = "$user", public, "odd name";""")
        before = await connection.fetchrow(said_of, "library")
        await restored(library.backup, library.url)
        assert await connection.fetchrow(said_of, "library") == before
    assert before["rights"] == ["=T/postgres", "app=C*c*/postgres", "postgres=CTc/postgres"]
    assert before["setconfig"][1] == 'search_path="$user", public, "odd name"'


async def test_a_server_that_cannot_be_reached_is_told(library: Library) -> None:
    for url in (
        f"postgresql://postgres@127.0.0.1:{free_port()}/library",
        library.server.url("wrong", "library"),
    ):
        with pytest.raises(DatabaseUnavailable, match=r"^The database .*DATABASE_URL"):
            await restored(library.backup, url)


async def test_a_name_without_room_for_another_is_told(library: Library) -> None:
    url = library.server.url(database="x" * 60)
    with pytest.raises(Conflict, match="is too long"):
        await restored(library.backup, url)


async def test_the_keys_that_its_secrets_need_are_told(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "secrets.zip"
    async with library.connection("library") as connection:
        channel = await connection.fetchval("INSERT INTO channels (name) VALUES ('a') RETURNING id")
        sealed = encrypt_secret("hush", locate_secret("channels", "credentials", channel))
        await connection.execute("UPDATE channels SET credentials = $1", sealed)
        with piccolo_conf.DB.using_database(library.url):
            await create_backup_at(file)
    key = sealed.split(":")[1]
    manifest = read_manifest(file)
    assert manifest.keys == [key]
    assert describe_backup(file, manifest)[3] == f"Secrets  readable with {key}"
    elsewhere = msgspec.structs.replace(manifest, keys=["00000000", key])
    told = describe_backup(file, elsewhere)
    assert told[3].startswith("Secrets  unreadable without the keys 00000000, which backups")
    assert told[4].strip().startswith("add them to SECRET_KEYS or to secret.key")


def test_addresses_name_their_database_in_several_ways() -> None:
    assert database_name("postgresql://me@host/lib") == "lib"
    assert database_name("postgresql://me@/?host=/run&dbname=lib") == "lib"
    assert database_name("postgresql://me:secret@host") == "me"
    assert database_name("postgresql://host/?user=me") == "me"
    assert database_name(f"postgresql://host/{quote('ü /?', safe='')}") == "ü /?"
    other = with_database("postgresql://me@/lib?host=/a%20b&database=lib", "ü /?")
    assert database_name(other) == "ü /?"
    assert parse_qs(urlsplit(other).query) == {"host": ["/a b"]}
