"""make schema: docs/schema.svg, from a database that is migrated for it and then thrown away."""

import asyncio
import tempfile
from pathlib import Path

import piccolo_conf
from apps.shared.db.embedded import EmbeddedPostgres
from apps.shared.db.migrations import apply_migrations
from tests.schema.catalog import Schema, read
from tests.schema.picture import svg
from tests.schema.routes import lead, require_graphviz

PICTURE = Path(__file__).parent.parent.parent / "docs" / "schema.svg"


async def read_fresh(folder: Path) -> Schema:
    """Of a server of its own: the developer's database is never opened."""
    piccolo_conf.DB.address = EmbeddedPostgres(folder)
    try:
        await apply_migrations(announce=lambda _: None)
        return await read()
    finally:
        await piccolo_conf.DB.close()


def main() -> None:
    require_graphviz()
    with tempfile.TemporaryDirectory(prefix="reelbase-schema-") as folder:
        schema = asyncio.run(read_fresh(Path(folder)))
    PICTURE.write_text(svg(schema, lead(schema)))
    print(f"Wrote {PICTURE}.")


if __name__ == "__main__":
    main()
