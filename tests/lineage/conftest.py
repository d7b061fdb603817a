import pytest
from litestar import Litestar

from apps.shared.db.engine import get_engine
from tests.lineage.facts import database_facts, program_facts


@pytest.fixture(scope="session")
async def facts(database: None, application: Litestar) -> set[str]:
    """Gathered once, because all rows are compared with the same ones."""
    async with get_engine().connection() as connection:
        return await database_facts(connection) | program_facts(application)
