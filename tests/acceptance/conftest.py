"""A database to break."""

from collections.abc import AsyncIterator

import pytest

import piccolo_conf
from apps.shared.engine import FixedAddress
from apps.shared.migrations import migrate
from tests.shared.conftest import new_database


@pytest.fixture(scope="module")
async def own_database() -> AsyncIterator[str]:
    """Migrated, and the program's for as long as a module is tested."""
    program = piccolo_conf.DB
    async with new_database() as url:
        address, pool = program.address, program.pool
        program.address, program.pool = FixedAddress(url), None
        try:
            await migrate(announce=lambda _: None)
            yield url
        finally:
            program.address, program.pool = address, pool
