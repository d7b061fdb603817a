"""Who makes the changes, and how few connections they have to share."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

import piccolo_conf
from apps.accounts.tables import User
from tests.admin.forms import signed_in
from tests.audit.entries import forget
from tests.factories import make_user


@pytest.fixture
async def librarian() -> User:
    return await make_user(email="librarian@example.org", admin=True, superuser=True)


@pytest.fixture
async def admin(application: Litestar, librarian: User) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in to the admin; that is forgotten."""
    async with signed_in(application, librarian) as forms:
        await forget()
        yield forms.client


@pytest.fixture(params=[1, 2])
async def small_pool(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    """So many connections, which all have to share."""
    database = piccolo_conf.DB
    before, database.pool = database.pool, None
    await database.start_connection_pool(min_size=request.param, max_size=request.param)
    yield request.param
    assert database.pool is not None
    database.pool.terminate()  # Some of them were cut off in the midst of things.
    database.pool = before
