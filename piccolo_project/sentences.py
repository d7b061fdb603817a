"""What each constraint of the database means, of all apps."""

from apps.accounts.tables import SENTENCES as ACCOUNTS
from apps.audit.tables import SENTENCES as AUDIT
from apps.catalog.tables import SENTENCES as CATALOG
from apps.configuration.tables import SENTENCES as CONFIGURATION
from apps.conversations.tables import SENTENCES as CONVERSATIONS
from apps.moments.tables import SENTENCES as MOMENTS
from apps.overview.tables import SENTENCES as OVERVIEW
from apps.processing.tables import SENTENCES as PROCESSING
from apps.publishing.tables import SENTENCES as PUBLISHING
from apps.statistics.tables import SENTENCES as STATISTICS
from apps.transcripts.tables import SENTENCES as TRANSCRIPTS

SENTENCES = {
    **ACCOUNTS,
    **PROCESSING,
    **CATALOG,
    **CONFIGURATION,
    **STATISTICS,
    **TRANSCRIPTS,
    **CONVERSATIONS,
    **MOMENTS,
    **PUBLISHING,
    **OVERVIEW,
    **AUDIT,
}
