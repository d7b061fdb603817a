"""A backup as a file: what is refused, what is kept, and what is left when one fails."""

import errno
import hashlib
import io
import json
import re
import resource
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import piccolo_conf
from apps.operations.backups import folder as folders
from apps.operations.backups.archive import ArchiveWriter, check_digest, read_dump, read_manifest
from apps.operations.backups.creation import create_backup, create_backup_at
from apps.operations.backups.folder import CannotWrite
from apps.operations.backups.manifest import (
    Manifest,
    NewerBackup,
    NotABackup,
    TableState,
    decode_manifest,
    encode_manifest,
    reject_newer,
)
from apps.operations.backups.tools import ToolFailed, find_program, make_libpq_address, run_tool
from apps.operations.backups.verification import check_file, name_beside, verify_backup
from apps.shared.db.migrations import list_known_migrations
from apps.shared.errors import Busy, Conflict
from apps.shared.secrets import encrypt_secret, locate_secret, read_key_id
from tests.database import value
from tests.factories import make_channel, make_video

DUMP = b"PGDMP, as far as the file is concerned. " * 8
MANIFEST = Manifest(
    postgres="15.1",
    made_at=datetime(2026, 11, 20, 21, 5, tzinfo=UTC),
    migrations=[("catalog", "2026-11-20T00:00:00:000000")],
    dump_bytes=len(DUMP),
    dump_sha256=hashlib.sha256(DUMP).hexdigest(),
    database_bytes=12_345_678,
    tables=[TableState("videos", ["id", "title"], 2, "-17")],
    keys=["0123abcd"],
)


def write_file(file: Path, manifest: Manifest = MANIFEST, dump: bytes = DUMP) -> Path:
    with file.open("wb") as raw, ArchiveWriter(raw) as writer:
        for at in range(0, len(dump), 100):
            writer.write(dump[at : at + 100])
        writer.finish(manifest)
    return file


async def expect_refusal(file: Path) -> None:
    with pytest.raises(NotABackup, match=re.escape(str(file))):
        await check_file(file)


async def test_the_file_is_a_zip_that_others_read_too(tmp_path: Path) -> None:
    file = write_file(tmp_path / "some.zip")
    assert await check_file(file) == read_manifest(file) == MANIFEST
    assert b"".join(read_dump(file)) == DUMP
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["library.dump", "manifest.json"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("manifest.json"))["tables"][0]["rows"] == 2


async def test_any_single_byte_that_changed_is_found(tmp_path: Path) -> None:
    whole = write_file(tmp_path / "some.zip").read_bytes()
    file = tmp_path / "flipped.zip"
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        await expect_refusal(file)


async def test_any_part_of_a_file_and_anything_more_than_it_is_refused(tmp_path: Path) -> None:
    whole = write_file(tmp_path / "some.zip").read_bytes()
    file = tmp_path / "part.zip"
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        await expect_refusal(file)
    for more in (b"\0", b"0" * 64, whole):
        file.write_bytes(whole + more)
        await expect_refusal(file)


@given(changes=st.dictionaries(st.integers(0, 5000), st.integers(0, 255), max_size=8))
def test_what_changed_is_never_taken_for_the_dump(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[int, int]
) -> None:
    """Not by those either who read only the manifest, or the dump while they restore it."""
    folder = tmp_path_factory.mktemp("changed")
    content = bytearray(write_file(folder / "some.zip").read_bytes())
    for at, new in changes.items():
        content[at % len(content)] = new
    file = folder / "changed.zip"
    file.write_bytes(content)
    try:
        found = read_manifest(file), b"".join(read_dump(file))
    except NotABackup:
        return
    assert found[1] == DUMP


@pytest.mark.parametrize(
    ("entries", "compression"),
    [
        ({}, zipfile.ZIP_STORED),
        ({"library.dump": DUMP}, zipfile.ZIP_STORED),
        ({"library.dump": DUMP, "manifest.json": b"{}", "more": b""}, zipfile.ZIP_STORED),
        ({"library.dump": DUMP, "manifest.json": b"{}"}, zipfile.ZIP_STORED),
        ({"library.dump": DUMP, "manifest.json": b"\xff"}, zipfile.ZIP_STORED),
        ({"library.dump": DUMP, "manifest.json": encode_manifest(MANIFEST)}, zipfile.ZIP_DEFLATED),
        (
            {"library.dump": DUMP + b"!", "manifest.json": encode_manifest(MANIFEST)},
            zipfile.ZIP_STORED,
        ),
    ],
)
async def test_another_zip_is_no_backup(
    tmp_path: Path, entries: dict[str, bytes], compression: int
) -> None:
    """Not even one whose last bytes are right."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression) as archive:
        archive.comment = b"0" * 64
        for name, content in entries.items():
            archive.writestr(name, content)
    content = raw.getvalue()
    file = tmp_path / "other.zip"
    file.write_bytes(content[:-64] + hashlib.sha256(content).hexdigest().encode())
    if entries:
        check_digest(file)
    with pytest.raises(NotABackup):
        await check_file(file)


async def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotABackup, match=r"none\.zip cannot be read \(No such file"):
        await check_file(tmp_path / "none.zip")
    with pytest.raises(NotABackup, match=r"cannot be read \(Is a directory\)"):
        await check_file(tmp_path)


tables = st.builds(
    TableState, st.text(), st.lists(st.text()), st.integers(0, 2**63), st.integers().map(str)
)


@given(st.lists(tables), st.lists(st.text()), st.datetimes(timezones=st.just(UTC)))
def test_a_manifest_is_read_as_it_was_written(
    tables: list[TableState], keys: list[str], made_at: datetime
) -> None:
    manifest = msgspec.structs.replace(MANIFEST, tables=tables, keys=keys, made_at=made_at)
    assert decode_manifest(encode_manifest(manifest), Path("some.zip")) == manifest


async def test_a_newer_programs_backup_is_refused(tmp_path: Path) -> None:
    """By its form, of which nothing else is known, and by its migrations."""
    newer = json.loads(encode_manifest(MANIFEST)) | {
        "format": 2,
        "program": "9.1",
        "tables": "other",
    }
    with pytest.raises(
        NewerBackup, match=r"^some\.zip was created by Reelbase 9\.1, which is newer"
    ):
        decode_manifest(json.dumps(newer).encode(), Path("some.zip"))
    with pytest.raises(NewerBackup, match="update the program"):
        reject_newer(MANIFEST, Path("some.zip"))
    known = msgspec.structs.replace(MANIFEST, migrations=sorted(list_known_migrations()))
    reject_newer(known, Path("some.zip"))


@pytest.fixture
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which they are made."""
    folder = tmp_path / "backups"
    monkeypatch.setattr(folders, "get_backup_folder", lambda: folder)
    return folder


async def test_the_newest_stay_and_what_is_not_whole_counts_for_nothing(backups: Path) -> None:
    backups.mkdir()
    old = [write_file(backups / f"reelbase-2025010{day}-120000.zip") for day in (1, 2, 3)]
    broken = backups / "reelbase-20250104-120000.zip"
    broken.write_bytes(old[2].read_bytes()[:-70])
    others = [write_file(backups / name) for name in ("mine.zip", "reelbase-2025.zip")]
    made = await create_backup(3)
    assert made.removed == old[:1]
    assert sorted(backups.iterdir()) == sorted([*old[1:], broken, *others, made.file])
    again = await create_backup(1)
    assert again.removed == [made.file, old[2], old[1]]
    assert sorted(backups.iterdir()) == sorted([broken, *others, again.file])


async def test_a_new_backup_stays_though_the_clock_was_set_back(backups: Path) -> None:
    backups.mkdir()
    later = write_file(backups / "reelbase-20990101-120000.zip")
    made = await create_backup(1)
    assert made.removed == [later]
    assert list(backups.iterdir()) == [made.file]


async def test_one_that_cannot_be_deleted_is_told_of(
    backups: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The new one is made all the same."""
    backups.mkdir()
    immutable, other = [write_file(backups / f"reelbase-2025010{day}-120000.zip") for day in (1, 2)]
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == immutable:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    made = await create_backup(1)
    assert made.removed == [other]
    assert sorted(backups.iterdir()) == sorted([immutable, made.file])
    assert f"Cannot delete the old backup {immutable} (Operation not" in caplog.text


async def test_what_is_written_beside_is_nobody_elses(tmp_path: Path) -> None:
    """A file that others may read was there before it, or a way to another one."""
    file, beside = tmp_path / "mine.zip", tmp_path / "mine.zip.unfinished"
    beside.touch()
    beside.chmod(0o644)
    with folders.write_atomically(file):
        assert beside.stat().st_mode & 0o777 == 0o600
    theirs = tmp_path / "theirs"
    theirs.write_text("not to be touched")
    beside.symlink_to(theirs)
    with pytest.raises(CannotWrite, match=r"mine\.zip"), folders.write_atomically(file):
        pass
    assert theirs.read_text() == "not to be touched"


async def test_two_in_one_second_have_two_names(backups: Path) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 59, tzinfo=UTC)
    backups.mkdir()
    first = folders.choose_name(backups, moment)
    first.touch()
    assert first.name == "reelbase-20260102-030459.zip"
    assert folders.choose_name(backups, moment).name == "reelbase-20260102-030500.zip"


async def test_a_file_of_ones_own_removes_nothing(backups: Path, tmp_path: Path) -> None:
    backups.mkdir()
    old = write_file(backups / "reelbase-20250101-120000.zip")
    made = await create_backup_at(backups / "mine.zip")
    assert made.removed == []
    assert old.exists()
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert await verify_backup(made.file) == made.manifest
    with pytest.raises(Conflict, match=r"mine\.zip already exists"):
        await create_backup_at(made.file)
    with pytest.raises(Conflict, match=r"folder .*/nowhere does not exist"):
        await create_backup_at(tmp_path / "nowhere" / "mine.zip")


async def test_one_file_is_written_by_one_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "mine.zip"
    with folders.write_atomically(file) as first:
        with pytest.raises(Busy, match="is being written by another backup"):
            await create_backup_at(file)
        folders.remove_unfinished(tmp_path)
        first.write(b"the first")
    assert file.read_bytes() == b"the first"
    assert list(tmp_path.iterdir()) == [file]


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """As if the disk were full from there on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 20_000, 120_000])
async def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, size: int) -> None:
    await value("SELECT 1")
    with files_limited_to(size), pytest.raises(CannotWrite, match=r"mine\.zip \(File too large\)"):
        await create_backup_at(tmp_path / "mine.zip")
    assert list(tmp_path.iterdir()) == []
    assert (await create_backup_at(tmp_path / "mine.zip")).file.exists()


def test_too_little_room_is_told_before(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"MB free, but a backup may need [\d,]+ MB"):
        folders.check_space(tmp_path, 10**18)
    folders.check_space(tmp_path, 1)


async def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(folders, "get_backup_folder", lambda: tmp_path / "file" / "backups")
    with pytest.raises(CannotWrite, match=r"\(Not a directory\): choose another path"):
        await create_backup(1)


async def test_a_backup_names_the_keys_of_its_secrets_and_has_none(tmp_path: Path) -> None:
    channel = await make_channel()
    secret = encrypt_secret("hush, hush", locate_secret("channels", "credentials", channel.id))
    await value("UPDATE channels SET credentials = $1", secret)
    made = await create_backup_at(tmp_path / "mine.zip")
    assert made.manifest.keys == [read_key_id(secret)]


async def test_a_tool_that_refuses_is_quoted(tmp_path: Path) -> None:
    """And what is no dump, though the file is as it was written, cannot be verified."""
    dsn = await piccolo_conf.DB.address.dsn()
    with pytest.raises(ToolFailed, match=r'^pg_dump failed: .*invalid snapshot identifier: "x"\.$'):
        async with run_tool("pg_dump", "--snapshot=x", dsn=dsn, server=18) as (output, _):
            await output.read()
    with pytest.raises(ToolFailed, match=r"^pg_restore failed: .+\.$"):
        await verify_backup(write_file(tmp_path / "nonsense.zip"))
    left = await value("SELECT count(*) FROM pg_database WHERE datname LIKE '%verifying'")
    assert left == 0


async def test_a_tool_that_gives_up_early_is_quoted_too() -> None:
    dsn = await piccolo_conf.DB.address.dsn()

    async def feed() -> None:
        async with run_tool("pg_restore", dsn=dsn, server=18) as (_, dump):
            while True:
                dump.write(b"no dump" * 100_000)
                await dump.drain()

    with pytest.raises(ToolFailed, match=r"^pg_restore failed: .+\.$"):
        await feed()


async def test_verify_names_the_tables_that_differ(tmp_path: Path) -> None:
    await make_video()
    made = await create_backup_at(tmp_path / "mine.zip")
    states = [
        msgspec.structs.replace(table, checksum="5") if table.name == "videos" else table
        for table in made.manifest.tables
        if table.name != "channels"
    ]
    manifest = msgspec.structs.replace(made.manifest, tables=states)
    file = write_file(tmp_path / "other.zip", manifest, b"".join(read_dump(made.file)))
    with pytest.raises(NotABackup, match=r"restoring: channels, videos\.$"):
        await verify_backup(file)


@pytest.mark.parametrize(
    ("dsn", "url", "variables"),
    [
        ("postgresql://u@/n?host=/folder", "postgresql://u@/n?host=%2Ffolder", {}),
        (
            "postgres://u%40:p%3A%2F@h1:1,[::1]:5/na%20me?sslmode=require",
            "postgresql://u%40@h1:1,[::1]:5/na%20me?sslmode=require",
            {"PGPASSWORD": "p:/"},
        ),
        (
            "postgresql:///?user=u&password=p&database=n&sslpassword=s",
            "postgresql:///?user=u&dbname=n",
            {"PGPASSWORD": "p"},
        ),
        (
            "postgresql://h/n?options=-c%20a%3Db&application_name=my program",
            "postgresql://h/n",
            {"PGOPTIONS": "-c a=b -c application_name=my\\ program"},
        ),
    ],
)
def test_an_address_is_the_same_for_the_tools(
    dsn: str, url: str, variables: dict[str, str]
) -> None:
    assert make_libpq_address(dsn) == (url, variables)


def test_the_tools_fit_the_server() -> None:
    folders = [find_program("pg_dump", server).parts[-3] for server in (15, 16, 17, 18, 99)]
    assert folders == ["pginstall", "pginstall", "pginstall18", "pginstall18", "pginstall18"]


@given(st.text(min_size=1, max_size=63))
def test_the_name_of_a_database_beside_is_another(name: str) -> None:
    """However long: PostgreSQL would cut it off."""
    beside = name_beside(name, "_verifying")
    assert len(beside.encode()) <= 63
    assert beside.endswith("_verifying")
    assert beside != name or name.endswith("_verifying")
