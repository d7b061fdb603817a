"""What can be begun, and how what came of it is told."""

from typing import NamedTuple

from piccolo_project.work.outcomes import Tell, of_backup, of_folder, of_list, of_refresh


class Kind(NamedTuple):
    """At most one job runs of all kinds with the same `lock`, an advisory lock of PostgreSQL.

    `tell` reads a job's result, and `cut_short` says what is left of one that did not end.
    """

    job_type: str
    title: str
    lock: int
    tell: Tell
    cut_short: str


IMPORTS, BACKUPS, REFRESHES = 0x1390_F0E1, 0x1390_F0E2, 0x1390_F0E3

IMPORT_FOLDER = Kind(
    "import_folder",
    "Import of a folder",
    IMPORTS,
    of_folder,
    "What was imported so far stays: import the folder again to go on.",
)
IMPORT_LIST = Kind(
    "import_list", "Import of a list", IMPORTS, of_list, "Nothing of the list was imported."
)
BACKUP = Kind("backup", "Backup", BACKUPS, of_backup, "No backup was made.")
REFRESH = Kind(
    "refresh_overview",
    "Look through the library",
    REFRESHES,
    of_refresh,
    "What was not looked at again is as it was found before.",
)

KINDS = {kind.job_type: kind for kind in (IMPORT_FOLDER, IMPORT_LIST, BACKUP, REFRESH)}
