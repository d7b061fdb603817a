"""The folders and files of this server that an import may read."""

from collections.abc import Sequence
from pathlib import Path

from apps.shared.errors import Forbidden, Invalid


def resolve_folder(folder: Path) -> Path:
    """Raises Invalid unless it is a folder."""
    try:
        found = folder.expanduser().resolve()
        str(found).encode()
        if found.is_dir():
            return found
    except (OSError, ValueError, RuntimeError):
        pass
    shown = str(folder).encode(errors="replace").decode()
    raise Invalid(f"{shown} is not a folder.", fields={"folder": "Not a folder."})


def check_import_root(folder: str, roots: Sequence[str], what: str = "folder") -> Path:
    """The folder, or file, with symbolic links resolved. Raises Forbidden unless it is in a root.

    The message is the same whether or not a path outside the roots exists.
    """
    if not roots:
        raise Forbidden(f"This server does not allow importing a {what}: IMPORT_ROOTS is not set.")
    try:
        wanted = Path(folder).resolve()
    except (OSError, ValueError, RuntimeError):
        wanted = None
    if wanted is None or not any(
        wanted.is_relative_to(Path(root).expanduser().resolve()) for root in roots
    ):
        raise Forbidden(
            f"This {what} is outside IMPORT_ROOTS.", fields={what: "Outside IMPORT_ROOTS."}
        )
    return wanted
