"""A browser that is signed in to the admin, and files of a library."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from apps.accounts.tables import Session, User
from apps.media.files import get_data_dir


@pytest.fixture
async def browser(application: Litestar, admin_user: User) -> AsyncIterator[httpx.AsyncClient]:
    """With the admin's session cookie; it follows no redirect."""
    session = await Session.create_session(admin_user.id)
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies={"id": session.token}
    ) as browser:
        yield browser


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in DATA_DIR."""
    folder = get_data_dir() / "talks"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)
