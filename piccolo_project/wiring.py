"""Where the apps are plugged into each other: what a lower app needs of a higher one."""

from functools import cache

from apps.catalog.imports.folder_import import sidecar_importers
from apps.catalog.piccolo_app import APP_CONFIG as CATALOG
from apps.catalog.tasks import IMPORT_FOLDER, IMPORT_LIST
from apps.configuration.registry import RETRY_ATTEMPTS
from apps.configuration.services import get_configuration
from apps.media.files import private_folders
from apps.moments.repositories import GenerationConfigRepository
from apps.operations.backups.folder import get_backup_folder
from apps.operations.backups.tasks import BACKUP
from apps.overview.tasks import REFRESH
from apps.processing.job_kinds import job_kinds
from apps.processing.services import default_max_attempts
from apps.transcripts.piccolo_app import APP_CONFIG as TRANSCRIPTS
from apps.transcripts.subtitle_importer import SubtitleImporter
from apps.transcripts.subtitle_writer import before_replacing


@cache
def wire() -> None:
    """Called once by everything that runs: the server, commands, workers and tests."""
    sidecar_importers.plug((SubtitleImporter(),))
    before_replacing.plug(GenerationConfigRepository().release)
    default_max_attempts.plug(lambda: get_configuration().get(RETRY_ATTEMPTS))
    kinds = (IMPORT_FOLDER, IMPORT_LIST, BACKUP, REFRESH)
    job_kinds.plug({kind.job_type: kind for kind in kinds})
    private_folders.plug((get_backup_folder,))
    # Commands that people look for in the app of what they are about.
    CATALOG.command_modules += ("apps.exchange.commands",)
    TRANSCRIPTS.command_modules += ("apps.search.commands",)
