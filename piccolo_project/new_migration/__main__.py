"""`make migrations APP=catalog NAME="add publications"`."""

import asyncio
import os
import sys
import tempfile


def main(app: str, name: str) -> int:
    """Works on a database of its own, whatever DATABASE_URL says."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": f"{folder}/data", "DATABASE_URL": ""}
        os.environ.pop("SECRET_KEYS", None)
        return asyncio.run(write(app, name))


async def write(app: str, name: str) -> int:
    # The settings are read when these are imported.
    from piccolo.conf.apps import Finder

    from apps.shared.db.engine import get_engine
    from apps.shared.db.migrations import apply_migrations
    from apps.shared.errors import DomainError
    from piccolo_project.new_migration.writer import write_migration

    await get_engine().open()
    try:
        await apply_migrations(announce=lambda _: None)
        path = await write_migration(Finder().get_app_config(app), name)
    except DomainError as error:
        print(error.message, file=sys.stderr)
        return 1
    finally:
        await get_engine().close()
    print(f"Wrote {path}. Read it." if path else "Nothing has changed.")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or not all(sys.argv[1:]):
        sys.exit('Name the app and what the migration does: APP=catalog NAME="add publications"')
    sys.exit(main(*sys.argv[1:]))
