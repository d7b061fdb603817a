"""Imports folders that clients name, within IMPORT_ROOTS."""

from collections.abc import Sequence

from apps.catalog.imports.folder_import import FolderImport
from apps.catalog.imports.locations import check_import_root
from apps.catalog.imports.report import ImportReport


class FolderImporter:
    """Only imports folders inside the roots."""

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = roots

    async def import_folder(self, folder: str, *, dry_run: bool, restore: bool) -> ImportReport:
        """Raises Forbidden outside the roots, Invalid, and Busy while another import runs."""
        path = check_import_root(folder, self.roots)
        return await FolderImport(path, dry_run=dry_run, restore=restore).run()
