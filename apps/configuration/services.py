from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.configuration.repositories import encrypted_already
from apps.shared.access import Viewer
from apps.shared.engine import engine
from apps.shared.resources import Args, Resource


class Settings(Resource):
    """Over REST an encrypted value is not replaced by one in clear."""

    async def update(
        self,
        viewer: Viewer,
        key: UUID | str,
        values: Mapping[str, Any],
        if_match: str | None = None,
    ) -> bytes:
        """Raises Conflict as well."""
        if "value" not in values:
            return await super().update(viewer, key, values, if_match)
        # Who may not change it is not told either whether it is encrypted.
        self.writable(viewer, Args())
        query = f"SELECT encrypted FROM {self.tablename} WHERE id = $1 FOR UPDATE"
        async with engine().transaction() as transaction:
            if await transaction.connection.fetchval(query, key):
                raise encrypted_already()
            return await super().update(viewer, key, values, if_match)
