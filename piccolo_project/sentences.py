"""What each constraint of the database means, of all apps."""

from apps.accounts.tables import SENTENCES as ACCOUNTS
from apps.catalog.tables import SENTENCES as CATALOG
from apps.transcripts.tables import SENTENCES as TRANSCRIPTS

SENTENCES = {**ACCOUNTS, **CATALOG, **TRANSCRIPTS}
