"""What was stored in clear, when the rules still took it, is encrypted by the migration."""

import asyncpg
import pytest
from piccolo.apps.migrations.commands.backwards import run_backwards
from piccolo.apps.migrations.commands.forwards import run_forwards

from apps.shared import secrets
from apps.shared.db.migrations import apply_migrations
from apps.shared.secret_keys import SecretsUnavailable
from apps.shared.secrets import decrypt_secret, locate_secret
from apps.shared.settings import Settings
from tests.shared.catalogs import catalog

FIRST = {"configuration": "2026-11-21T08:23:55:554202", "catalog": "2026-11-21T08:23:54:217316"}


async def test_what_is_in_clear_is_encrypted(
    migrated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await catalog(migrated)
    for app, migration in FIRST.items():
        assert (await run_backwards(app, migration, auto_agree=True)).success
    connection = await asyncpg.connect(migrated)
    channel = await connection.fetchval(
        "INSERT INTO channels (name, credentials) VALUES ('A', 'hush') RETURNING id"
    )
    await connection.execute("INSERT INTO channels (name) VALUES ('B')")
    await connection.execute(
        """INSERT INTO system_configuration (key, value, encrypted)
        VALUES ('a', '"hush \\""', TRUE), ('b', '"clear"', FALSE)"""
    )
    await connection.execute(
        """INSERT INTO channel_configuration (channel_id, key, value, encrypted)
        VALUES ($1, 'a', '"hush"', TRUE)""",
        channel,
    )
    for app in reversed(FIRST):
        assert (await run_forwards(app)).success
    assert await catalog(migrated) == before
    stored = await connection.fetchval("SELECT credentials FROM channels WHERE name = 'A'")
    assert decrypt_secret(stored, locate_secret("channels", "credentials", channel)) == "hush"
    assert await connection.fetchval("SELECT credentials FROM channels WHERE name = 'B'") is None
    found = await connection.fetch("SELECT value #>> '{}' FROM system_configuration ORDER BY key")
    assert (
        decrypt_secret(found[0][0], locate_secret("system_configuration", "value", "a")) == 'hush "'
    )
    assert found[1][0] == "clear"
    stored = await connection.fetchval("SELECT value #>> '{}' FROM channel_configuration")
    assert (
        decrypt_secret(stored, locate_secret("channel_configuration", "value", channel, "a"))
        == "hush"
    )
    await connection.close()


async def test_without_a_key_nothing_is_migrated(
    migrated: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for app, migration in FIRST.items():
        assert (await run_backwards(app, migration, auto_agree=True)).success
    before = await catalog(migrated)
    connection = await asyncpg.connect(migrated)
    await connection.execute("INSERT INTO channels (name, credentials) VALUES ('A', 'hush')")
    server = Settings(database_url="postgresql://me@/db", secret_keys=None)
    monkeypatch.setattr(secrets, "get_settings", lambda: server)
    with pytest.raises(SecretsUnavailable, match="Set SECRET_KEYS and restart"):
        await apply_migrations(lambda _: None)
    assert await catalog(migrated) == before
    assert await connection.fetchval("SELECT credentials FROM channels") == "hush"
    await connection.close()
