"""Another key for every stored secret: nothing is lost, and nothing else changes."""

import asyncio
from contextvars import Context
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from piccolo.conf.apps import Finder

import piccolo_conf
from apps.accounts import two_step
from apps.catalog.credentials import ChannelCredentials
from apps.configuration.changes import apply_changes
from apps.configuration.registry import MODEL_API_KEY
from apps.configuration.rotation import service
from apps.configuration.rotation.service import count_secrets_by_key, rotate_secrets
from apps.configuration.secret_columns import SECRET_COLUMNS
from apps.configuration.services import get_configuration
from apps.shared import secrets
from apps.shared.secret_keys import generate_key, parse_key
from apps.shared.secrets import encrypt_secret, locate_secret
from apps.shared.settings import Settings
from tests.database import execute, fetch, until_others_wait, value
from tests.factories import (
    CIPHERTEXT,
    make_channel,
    make_channel_setting,
    make_setting,
    make_user,
)

KEY = MODEL_API_KEY.key
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALL = """
SELECT id, credentials AS secret, updated_at FROM channels
UNION ALL SELECT id, secret, updated_at FROM authenticator_secrets
UNION ALL SELECT id, value #>> '{}', updated_at FROM system_configuration WHERE encrypted
UNION ALL SELECT id, value #>> '{}', updated_at FROM channel_configuration WHERE encrypted
ORDER BY 1"""


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives this process other keys, the newest first."""

    def chosen(*keys: str) -> None:
        given = Settings(secret_keys=",".join(keys))
        monkeypatch.setattr(secrets, "get_settings", lambda: given)

    return chosen


@pytest.fixture
async def channels() -> list[UUID]:
    """Five, every row of the three tables being old."""
    made = [(await make_channel()).id for _ in range(5)]
    await make_channel()
    await make_setting()
    await make_channel_setting(made[0])
    return made


async def set_all(channels: list[UUID]) -> None:
    for number, channel in enumerate(channels):
        await ChannelCredentials().set(channel, f"credentials {number}")
        await apply_changes({channel: {KEY: f"key-{number}"}})
    await apply_changes({None: {KEY: "key-of-all"}})


async def read_all(channels: list[UUID]) -> list[Any]:
    get_configuration().forget()
    await get_configuration().load()
    return [
        get_configuration().get(MODEL_API_KEY),
        *[
            (await get_configuration().get_channel_values(each)).get_value(MODEL_API_KEY)
            for each in channels
        ],
        *[await ChannelCredentials().get(each) for each in channels],
    ]


async def rotated() -> tuple[int, list[str]]:
    batches = [batch async for batch in rotate_secrets()]
    return sum(each.rotated for each in batches), [
        sentence for each in batches for sentence in each.unreadable
    ]


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {row["secret"].split(":")[1] for row in rows if row["secret"]}


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
async def test_every_secret_gets_the_newest_key(
    use: Any, channels: list[UUID], monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    old, new = generate_key(), generate_key()
    use(old)
    await set_all(channels)
    before, read = await fetch(ALL), await read_all(channels)
    assert (await count_secrets_by_key()) == {parse_key(old).id: 11}
    monkeypatch.setattr(service, "BATCH", batch)
    use(new, old)
    assert await rotated() == (11, [])
    after = await fetch(ALL)
    assert ids(before) == {parse_key(old).id}
    assert ids(after) == {parse_key(new).id}
    assert await count_secrets_by_key() == {parse_key(new).id: 11}
    for one, other in zip(before, after, strict=True):
        assert one["updated_at"] == other["updated_at"]
        if one["secret"]:
            assert one["secret"].split(":")[2] == other["secret"].split(":")[2]
    use(new)
    assert await read_all(channels) == read
    assert await rotated() == (0, [])
    assert await fetch(ALL) == after


async def test_an_authenticator_app_goes_on_with_the_newest_key(use: Any) -> None:
    """What was switched off has no secret, and is passed by."""
    old, new = generate_key(), generate_key()
    use(old)
    user = await make_user()
    gone = await two_step.begin_setup(user)
    await two_step.confirm_setup(user.id, gone.now())
    await two_step.disable_authenticator(user.id)
    app = await two_step.begin_setup(user)
    before = await fetch(ALL)
    use(new, old)
    assert await rotated() == (1, [])
    after = await fetch(ALL)
    assert (ids(before), ids(after)) == ({parse_key(old).id}, {parse_key(new).id})
    assert [row["updated_at"] for row in before] == [row["updated_at"] for row in after]
    use(new)
    assert len(await two_step.confirm_setup(user.id, app.now())) == 8


async def test_what_a_person_changes_next_moves_the_time_again(use: Any) -> None:
    """The setting holds for the rotation's own transaction alone."""
    old, new = generate_key(), generate_key()
    use(old)
    channel = await make_channel()
    await ChannelCredentials().set(channel.id, "hush")
    use(new, old)
    await rotated()
    moved = "SELECT updated_at FROM channels"
    before = await value(moved)
    for _ in range(piccolo_conf.DB.pool.get_max_size()):  # type: ignore[union-attr]  # It is open.
        await execute("UPDATE channels SET name = name || '.'")
    assert await value(moved) > before


async def test_what_cannot_be_read_is_told_and_stays(use: Any, channels: list[UUID]) -> None:
    lost, old, new = generate_key(), generate_key(), generate_key()
    use(lost)
    await ChannelCredentials().set(channels[0], "of the lost key")
    await apply_changes({None: {KEY: "of-the-lost-key"}, channels[1]: {KEY: "of-the-lost-key"}})
    use(old)
    await ChannelCredentials().set(channels[1], "of the old key")
    foreign = encrypt_secret("copied", locate_secret("channels", "credentials", channels[0]))
    await execute("UPDATE channels SET credentials = $1 WHERE id = $2", foreign, channels[2])
    malformed = CIPHERTEXT + "-" * (5 - len(CIPHERTEXT.rpartition(":")[2]) % 4)
    await execute("UPDATE channels SET credentials = $1 WHERE id = $2", malformed, channels[3])
    before = await fetch(ALL)
    use(new, old)
    done, told = await rotated()
    assert done == 1
    missing = f"its key {parse_key(lost).id} is missing. Add it to the end of SECRET_KEYS."
    said = "The secret in {} cannot be decrypted: {}"
    assert told == [
        said.format(f"channels.credentials:{channels[0]}", missing),
        said.format(
            f"channels.credentials:{channels[2]}",
            "it was altered or copied from elsewhere. Set it again.",
        ),
        f"The secret in channels.credentials:{channels[3]} is malformed. Set it again.",
        said.format(f"system_configuration.value:{KEY}", missing),
        said.format(f"channel_configuration.value:{channels[1]}:{KEY}", missing),
    ]
    changed = [row for row in await fetch(ALL) if row not in before]
    assert [row["id"] for row in changed] == [channels[1]]
    use(new, old, lost)
    assert (await rotated())[0] == 3
    assert await ChannelCredentials().get(channels[0]) == "of the lost key"


async def test_without_any_key_nothing_is_done(
    use: Any, channels: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(generate_key())
    await ChannelCredentials().set(channels[0], "hush")
    before = await fetch(ALL)
    server = Settings(secret_keys=None, database_url="postgresql://me@/db")
    monkeypatch.setattr(secrets, "get_settings", lambda: server)
    done, told = await rotated()
    assert (done, len(told)) == (0, 1)
    assert await fetch(ALL) == before


async def test_it_may_be_stopped_and_go_on(
    use: Any, channels: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = generate_key(), generate_key()
    use(old)
    await set_all(channels)
    read = await read_all(channels)
    monkeypatch.setattr(service, "BATCH", 2)
    use(new, old)
    batches = rotate_secrets()
    assert (await anext(batches)).rotated == 2
    await batches.aclose()  # type: ignore[attr-defined]  # It is a generator.
    assert await count_secrets_by_key() == {parse_key(old).id: 9, parse_key(new).id: 2}
    assert await read_all(channels) == read
    assert await rotated() == (9, [])
    assert await read_all(channels) == read


async def test_one_that_is_cancelled_leaves_whole_batches(use: Any, channels: list[UUID]) -> None:
    old, new = generate_key(), generate_key()
    use(old)
    await set_all(channels)
    read = await read_all(channels)
    use(new, old)
    async with piccolo_conf.DB.transaction():
        await execute("SELECT FROM channels WHERE id = $1 FOR UPDATE", channels[3])
        task = asyncio.create_task(rotated(), context=Context())
        await until_others_wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await count_secrets_by_key() == {parse_key(old).id: 11}
    assert await read_all(channels) == read
    assert await rotated() == (11, [])


@pytest.mark.parametrize("new_text", ["the newer one", None])
async def test_a_secret_that_is_being_set_is_not_lost(
    use: Any, channels: list[UUID], new_text: str | None
) -> None:
    """Somebody else's change waits to be committed while the rotation comes by."""
    old, new = generate_key(), generate_key()
    use(old)
    await set_all(channels)
    where = locate_secret("channels", "credentials", channels[2])
    written = None if new_text is None else encrypt_secret(new_text, where)
    use(new, old)
    async with piccolo_conf.DB.transaction():
        query = "UPDATE channels SET credentials = $1 WHERE id = $2"
        await execute(query, written, channels[2])
        task = asyncio.create_task(rotated(), context=Context())
        await until_others_wait()
    assert await task == (10 if new_text is None else 11, [])
    assert await ChannelCredentials().get(channels[2]) == new_text
    assert await ChannelCredentials().get(channels[3]) == "credentials 3"
    assert set(await count_secrets_by_key()) == {parse_key(new).id}


async def test_it_runs_while_others_write(
    use: Any, channels: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [generate_key()]
    use(*keys)
    await set_all(channels)
    monkeypatch.setattr(service, "BATCH", 2)
    last: dict[UUID, str] = {}
    is_over = asyncio.Event()

    async def write(channel: UUID) -> None:
        number = 0
        while not is_over.is_set() or number < 20:
            number += 1
            await ChannelCredentials().set(channel, f"{number} of {channel}")
            last[channel] = f"{number} of {channel}"

    writers = [asyncio.create_task(write(each), context=Context()) for each in channels[:2]]
    for _ in range(5):
        keys.insert(0, generate_key())
        use(*keys)
        _, told = await rotated()
        assert told == []
    is_over.set()
    await asyncio.gather(*writers)
    assert {channel: await ChannelCredentials().get(channel) for channel in last} == last
    assert len(last) == 2
    assert (await read_all(channels))[:6] == ["key-of-all", *[f"key-{n}" for n in range(5)]]


async def test_two_rotations_at_once(use: Any, channels: list[UUID]) -> None:
    old, new = generate_key(), generate_key()
    use(old)
    await set_all(channels)
    read = await read_all(channels)
    use(new, old)
    both = await asyncio.gather(
        *(asyncio.create_task(rotated(), context=Context()) for _ in range(2))
    )
    assert sum(done for done, _ in both) == 11
    assert await read_all(channels) == read
    assert set(await count_secrets_by_key()) == {parse_key(new).id}


async def test_every_column_of_secrets_is_rotated() -> None:
    """Those that Piccolo calls secret, but for what is a hash, and values that may be encrypted."""
    tables = Finder().get_table_classes()
    columns = {
        f"{table._meta.tablename}.{column._meta.name}"
        for table in tables
        for column in table._meta.columns
        if column._meta.secret
    }
    encrypted = {
        f"{table._meta.tablename}.value" for table in tables if hasattr(table, "encrypted")
    }
    hashes = {
        *("users.password", "sessions.token_hash", "authenticator_secrets.recovery_codes"),
    }
    rotates = {f"{each.table}.{each.column}" for each in SECRET_COLUMNS}
    assert rotates == (columns - hashes) | encrypted
