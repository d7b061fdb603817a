"""Every test runs against a real PostgreSQL: the embedded one in a folder of its own, or the
server in TEST_DATABASE_URL, whose database is emptied."""

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

# Before anything reads the settings: a developer's own database is never touched.
FOLDER = Path(tempfile.mkdtemp(prefix="reelbase-tests-"))
for name in (
    "DATABASE_URL",
    "READ_REPLICA_URL",
    "REDIS_URL",
    "IMPORT_ROOTS",
    "ALLOWED_HOSTS",
    "SECRET_KEYS",
    "CONFIG_FILE",
):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = str(FOLDER / "data")
os.environ["DATABASE_POOL_SIZE"] = "4"
os.environ["DATABASE_MAX_OVERFLOW"] = "0"
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
    os.environ["SECRET_KEYS"] = secrets.token_urlsafe(32)

from apps.shared.settings import Settings  # noqa: E402  # The settings are read on import.

Settings.model_config["env_file"] = None

import httpx  # noqa: E402
import hypothesis  # noqa: E402
import pytest  # noqa: E402
from litestar import Litestar  # noqa: E402
from piccolo.conf.apps import Finder  # noqa: E402
from piccolo.table import sort_table_classes  # noqa: E402

import piccolo_conf  # noqa: E402
from apps.accounts.callers import forget_callers  # noqa: E402
from apps.accounts.tables import Session, User  # noqa: E402
from apps.configuration.services import get_configuration  # noqa: E402
from apps.shared.db.migrations import apply_migrations  # noqa: E402
from piccolo_project.app import create_app  # noqa: E402
from piccolo_project.wiring import wire  # noqa: E402
from tests.factories import make_user  # noqa: E402
from tests.shared.conftest import make_template  # noqa: E402

# Tests of a single app use what the program plugs into it as well.
wire()

pytest_plugins = [
    "tests.plugins.signals",
    "tests.plugins.time_limits",
    "tests.plugins.leftovers",
    "tests.plugins.file_order",
]

# How fast a machine is, is nothing that a test may depend on. A fixture that lives through all
# examples of a test is what we want.
hypothesis.settings.register_profile(
    "reelbase",
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("reelbase")

# Registered before the database starts, hence run after it has stopped.
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

AUDIT = "audit_entries"
TABLES = [AUDIT] + [
    table._meta.tablename
    for table in reversed(sort_table_classes(Finder().get_table_classes()))
    if table._meta.tablename != AUDIT
]
"""Children first: DELETE costs 2 ms, where TRUNCATE costs 50."""

# Nobody can delete these but a superuser who says that no trigger shall fire.
FORGET_CHANGES = (
    "SET LOCAL session_replication_role = replica; DELETE FROM audit_entries; "
    "SET LOCAL session_replication_role = origin"
)
EMPTY = "; ".join([FORGET_CHANGES, *(f"DELETE FROM {table}" for table in TABLES[1:])])


@pytest.fixture(scope="session", autouse=True)
async def database() -> AsyncIterator[None]:
    # Programs of the tests are not measured: that takes a third of their time, and most of what
    # they do is done in this process as well.
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    if not url:
        async with piccolo_conf.DB.connection() as connection:
            # Only a machine that crashes misses it, and each commit would wait for the disk.
            await connection.execute("ALTER SYSTEM SET fsync = off")
            await connection.execute("SELECT pg_reload_conf()")
    await apply_migrations(announce=lambda _: None)
    await make_template()
    await piccolo_conf.DB.open()
    yield
    await piccolo_conf.DB.close()


@pytest.fixture(autouse=True)
async def empty_database(database: None) -> AsyncIterator[None]:
    yield
    forget_callers()
    get_configuration().forget()
    async with piccolo_conf.DB.connection() as connection:
        await connection.execute(EMPTY)


@pytest.fixture(scope="session")
def application() -> Litestar:
    return create_app()


@pytest.fixture
async def anonymous(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def admin_user() -> User:
    return await make_user(admin=True, superuser=True)


@pytest.fixture
async def client(
    anonymous: httpx.AsyncClient, application: Litestar, admin_user: User
) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in as an administrator."""
    session = await Session.create_session(admin_user.id)
    # Its use is noted once a minute: a test that compares all rows need not know of that.
    await Session.update({Session.last_used_at: datetime.now(UTC)}, force=True)
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {session.token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=headers
    ) as client:
        yield client


@pytest.fixture
def queries() -> Iterator[list[str]]:
    """The statements sent from here on, but for those that find out, and say, who calls."""
    seen: list[str] = []

    def note(query: object) -> None:
        text = query.query  # type: ignore[attr-defined]
        if "s.token_hash = $1" not in text and "reelbase.actor" not in text:
            seen.append(text)

    pool = piccolo_conf.DB.pool
    assert pool is not None
    connections = [holder._con for holder in pool._holders if holder._con is not None]
    assert len(connections) == pool.get_max_size(), "A connection without a logger would be missed."
    for connection in connections:
        connection.add_query_logger(note)
    yield seen
    for connection in connections:
        connection.remove_query_logger(note)


@pytest.fixture
async def visitor(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Of the admin's page, with its token and signed in by nobody."""
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/admin") as client:
        await client.get("/")
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


@pytest.fixture
async def admin(application: Litestar, admin_user: User) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in to the admin's own page, as a browser is."""
    session = await Session.create_session(admin_user.id)
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://localhost/admin/",
        cookies={"id": session.token, "csrftoken": "a token"},
        headers={"X-CSRFToken": "a token", "Accept-Encoding": "identity"},
    ) as page:
        yield page
