"""Who sends the admin's forms, and what may be imported."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from litestar import Litestar

from apps.accounts.tables import User
from apps.shared.settings import get_settings
from tests.admin.forms import Forms, signed_in
from tests.factories import make_user


@pytest.fixture
async def forms(application: Litestar, admin_user: User) -> AsyncIterator[Forms]:
    """A superuser's."""
    async with signed_in(application, admin_user) as forms:
        yield forms


@pytest.fixture
async def librarian(application: Litestar) -> AsyncIterator[Forms]:
    """An administrator's who is no superuser."""
    user = await make_user(email="librarian@example.org", admin=True)
    async with signed_in(application, user) as forms:
        yield forms


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one folder that may be imported."""
    home = tmp_path / "root"
    home.mkdir()
    monkeypatch.setenv("IMPORT_ROOTS", str(home))
    get_settings.cache_clear()
    yield home
    monkeypatch.undo()
    get_settings.cache_clear()
