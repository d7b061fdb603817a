"""`piccolo project doctor`: its lines and its exit code."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apps.operations.backups.archive import ArchiveWriter
from apps.operations.backups.manifest import Manifest
from apps.operations.doctor.commands import CHECKS
from tests.commands import call_command
from tests.database import execute
from tests.factories import make_chunk, make_user, make_video
from tests.processes import PICCOLO, folder_for_postgres, free_port, run, run_python
from tests.shared.conftest import new_database


def doctor(url: str, folder: Path, code: int, **settings: object) -> dict[str, str]:
    """Name → the lines of that name, marks and all."""
    chosen = {"DATABASE_URL": url, "BACKUP_DIR": folder, **settings}
    done = call_command("project", "doctor", **chosen)
    assert (done.returncode, done.stderr) == (code, ""), done.stdout
    lines: dict[str, str] = {}
    for line in done.stdout.splitlines():
        name = line[5:20].strip()
        lines[name] = "\n".join(filter(None, [lines.get(name), line[:5].strip() + " " + line[20:]]))
    assert list(lines) == [check.name for check in CHECKS]
    return lines


async def test_a_healthy_library(own_database: str, tmp_path: Path) -> None:
    await make_chunk()
    write_backup(tmp_path, datetime.now(UTC))
    lines = doctor(own_database, tmp_path, 0)
    assert {line[:2] for line in lines.values()} == {"ok"}
    assert lines["migrations"].endswith(" applied, none pending")
    assert lines["database"].startswith("ok PostgreSQL ")
    assert lines["backups"].startswith(f"ok The newest in {tmp_path} is from ")


async def test_a_library_that_was_restored_is_as_healthy(own_database: str, tmp_path: Path) -> None:
    """PostgreSQL has other words for some rules afterwards, which say the same."""
    async with new_database() as url:
        file = str(tmp_path / "all.zip")
        for of, command in (
            (own_database, ("backup", "--output", file)),
            (url, ("restore", file, "--yes", "--discard-old")),
        ):
            done = call_command("project", *command, DATABASE_URL=of)
            assert done.returncode == 0, done.stdout + done.stderr
        assert doctor(url, tmp_path, 0)["schema"].startswith("ok ")


def write_backup(folder: Path, made_at: datetime) -> None:
    name = made_at.strftime("reelbase-%Y%m%d-%H%M%S.zip")
    with (folder / name).open("wb") as raw, ArchiveWriter(raw) as writer:
        writer.write(b"the rows")
        writer.finish(
            Manifest(
                postgres="18",
                made_at=made_at,
                migrations=[],
                dump_bytes=writer.dump_bytes,
                dump_sha256=writer.dump_sha256,
                database_bytes=0,
                tables=[],
                keys=[],
            )
        )


async def test_no_backup_an_old_one_and_one_that_is_cut_off(
    own_database: str, tmp_path: Path
) -> None:
    """Of accounts alone none is needed."""
    await make_user()
    assert doctor(own_database, tmp_path, 0)["backups"].startswith("ok None in ")
    await make_video()
    advice = "run `piccolo project backup`"
    assert (
        doctor(own_database, tmp_path, 1)["backups"]
        == f"BAD There are none in {tmp_path}: {advice}."
    )
    write_backup(tmp_path, datetime.now(UTC) - timedelta(days=9, hours=1))
    (tmp_path / "reelbase-99991231-235959.zip").write_bytes(b"PK")
    assert doctor(own_database, tmp_path, 1)["backups"] == (
        f"BAD The newest in {tmp_path} is 9 days old: {advice}, and schedule it daily."
    )
    write_backup(tmp_path, datetime.now(UTC) + timedelta(days=9))
    assert (
        "which is in the future: correct the clock"
        in (doctor(own_database, tmp_path, 1)["backups"])
    )


ENCRYPT = """
from apps.shared.secrets import encrypt_secret, locate_secret
print(encrypt_secret("hush", locate_secret("system_configuration", "value", "model_api_key")))
"""


async def test_secrets_whose_key_is_missing_and_values_that_cannot_be_used(
    own_database: str, tmp_path: Path
) -> None:
    key, other = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    stored = run_python(ENCRYPT, DATABASE_URL=own_database, SECRET_KEYS=key).stdout.strip()
    await execute(
        "INSERT INTO system_configuration (key, value, encrypted)"
        " VALUES ('model_api_key', to_jsonb($1::text), true)",
        stored,
    )
    lines = doctor(own_database, tmp_path, 1, SECRET_KEYS=f"{other},{key}", CHUNK_WORDS=5)
    assert lines["secrets"] == "ok 1, all readable"
    assert lines["configuration"].startswith("BAD The environment: chunk_words is")
    await execute("UPDATE system_configuration SET key = 'model_api_kye'")
    await execute("INSERT INTO system_configuration (key, value) VALUES ('chunk_words', '5')")
    lines = doctor(own_database, tmp_path, 1, SECRET_KEYS=other)
    assert lines["secrets"].startswith("BAD The secret in system_configuration.value:model_api_kye")
    assert lines["secrets"].endswith("is missing. Add it to the end of SECRET_KEYS.")
    assert "There is no setting model_api_kye: delete the row." in lines["configuration"]
    assert "chunk_words" in lines["configuration"]
    told = "\n".join(lines.values())
    assert not any(hidden in told for hidden in ("hush", key, other))


async def test_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    async with new_database() as url:
        lines = doctor(url, tmp_path, 1)
        assert "pending: run `piccolo project serve` or" in lines["migrations"]
        assert lines["schema"] == "? Skipped: apply the migrations first."
        assert lines["indexes"] == "ok All valid"


async def test_a_database_of_a_newer_program_and_a_replica_that_is_none(
    own_database: str, tmp_path: Path
) -> None:
    await execute("INSERT INTO migration (name, app_name) VALUES ('2999', 'catalog')")
    lines = doctor(own_database, tmp_path, 1, READ_REPLICA_URL=own_database)
    await execute("DELETE FROM migration WHERE name = '2999'")
    assert lines["migrations"] == (
        "BAD 1 come from a newer version of Reelbase: update the program."
    )
    assert lines["replica"] == (
        "BAD It is not a replica: READ_REPLICA_URL must name a streaming replica."
    )


def test_without_a_database_it_looks_at_the_rest(tmp_path: Path) -> None:
    write_backup(tmp_path, datetime.now(UTC))
    url = f"postgresql://somebody:hush@127.0.0.1:{free_port()}/gone"
    lines = doctor(url, tmp_path, 1, READ_REPLICA_URL=url)
    assert lines["version"].startswith("ok Reelbase ")
    assert lines["database"] == (
        "BAD The database in DATABASE_URL cannot be reached: check the address, and that the "
        "server is running."
    )
    gone = {name for name, line in lines.items() if line.startswith("? Skipped: the database ")}
    assert gone == {line.name for line in CHECKS if line.needs_database} - {"database"} | {
        "configuration"
    }
    assert lines["backups"].startswith("ok The newest ")
    assert lines["disk"].startswith("ok ")
    assert lines["replica"].startswith("BAD It cannot be reached (ConnectionRefusedError)")
    assert "hush" not in "\n".join(lines.values())


def test_the_embedded_database() -> None:
    with folder_for_postgres() as folder:
        done = run(*PICCOLO, "project", "doctor", settings={"DATA_DIR": folder})
        assert f" in {folder}, " in done.stdout
        assert " GB for backups, " in done.stdout
        assert done.returncode == 1
        assert not (folder / "postgres" / "postmaster.pid").exists()
