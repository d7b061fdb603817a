"""What of a table the admin shows, and what of it nobody changes there, with the reason."""

from collections.abc import Mapping

from piccolo.columns import Column
from piccolo.table import Table

from apps.accounts.tables import AuthenticatorSecret, IdempotencyKey, Session, User
from apps.audit.tables import AuditEntry
from apps.catalog.tables import ImportRecord
from apps.conversations.tables import Conversation
from apps.moments.tables import PipelineHistory
from apps.overview.tables import Figure, Finding
from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.shared.db.tables import names
from apps.statistics.tables import ChannelStatistics, VideoStatistics

HEAVY = {"word_timestamps", "segment_timestamps", "word_starts"}
"""Megabytes of a row each, and in no file of a thousand rows unless they are asked for."""

LARGE = HEAVY | {"full_text"}

READ_ONLY: Mapping[type[Table], str] = {
    ImportRecord: "the import keeps these rows",
    PipelineHistory: "it tells what was done",
    ChannelStatistics: "it is what the platform showed at that moment",
    VideoStatistics: "it is what the platform showed at that moment",
    Session: "signing in makes these rows; delete one to end it",
    AuthenticatorSecret: "people switch it on and off by themselves",
    IdempotencyKey: "the program keeps these rows",
    AuditEntry: "what was written down about a change stays",
    Figure: "the program measures it",
    Finding: "the program looks for it, and takes it away when it is mended",
}
"""No row is added to these, changed in these or deleted from these."""

ENDED_BY_DELETING: set[type[Table]] = {Session}
"""But rows of these may be deleted."""

HIDDEN = {
    "prompts.prompt_hash",
    "generation_configs.config_hash",
    "import_records.fingerprint",
    "import_records.written",
    "idempotency_keys.fingerprint",
    "idempotency_keys.answer",
}
"""Hashes, and what may have a secret in it; secret columns are hidden all the same."""

ANY_JSON = {"system_configuration.value", "channel_configuration.value"}
"""JSON of any kind; other columns have an object or a list each."""

IMMUTABLE_TEXT = "a transcript's text never changes: delete it and create another"
NAMED = "addresses have it in them"

KEPT = {
    "id": "it names the row for good",
    "created_at": "it is when the row was made",
    "updated_at": "it is when the row last changed",
    "users.last_login": "it is when the person last signed in",
    "channels.credentials_set_at": "it is when the credentials were set",
    "videos.processing_history": "it tells what was done",
    "prompts.prompt_hash": "it follows from the texts",
    "generation_configs.config_hash": "it follows from the other values",
}
"""By column, of every table or of one: why nobody gives it."""

GIVEN_ONCE = {
    "moments.identifier": NAMED,
    "transcripts.full_text": IMMUTABLE_TEXT,
    "transcripts.word_timestamps": IMMUTABLE_TEXT,
    "transcripts.segment_timestamps": IMMUTABLE_TEXT,
    "transcripts.number_of_words": IMMUTABLE_TEXT,
    "transcripts.number_of_segments": IMMUTABLE_TEXT,
}
"""The same of what may be given to a new row, and stays."""

MOVING = {"updated_at", "last_login"}
"""A form that is open for a while has these as they were."""

MOVED_BY_PROGRAM: set[type[Table]] = {User, ProcessingJob, ProcessingSession, Conversation}
"""Signing in, working and messages change rows of these, which is no reason to refuse a form."""


def column_path(column: Column) -> str:
    return f"{column._meta.table._meta.tablename}.{column._meta.name}"


def is_hidden(column: Column) -> bool:
    """A new user needs a password, which no answer has in it."""
    is_password = column._meta.table is User and column._meta.name == "password"
    return column_path(column) in HIDDEN or (bool(column._meta.secret) and not is_password)


def readonly_reason(column: Column, *, is_new: bool = False) -> str | None:
    """Why the column has the value that it has; None when a person may choose it."""
    always = KEPT.get(column_path(column)) or KEPT.get(column._meta.name)
    whole = READ_ONLY.get(column._meta.table)
    return always or whole or (None if is_new else GIVEN_ONCE.get(column_path(column)))


def form_columns(table: type[Table]) -> list[Column]:
    return [column for column in table._meta.columns if not is_hidden(column)]


def required_columns(table: type[Table]) -> list[Column]:
    """What a new row needs."""
    return [
        column
        for column in form_columns(table)
        if not column._meta.null
        and column.get_default_value() is None
        and not readonly_reason(column, is_new=True)
    ]


def order_fields(table: type[Table]) -> list[str]:
    """As a form has them: what can be changed, what cannot, and when the row was made."""
    times = {"created_at": 1, "updated_at": 2}
    columns = sorted(
        form_columns(table),
        key=lambda column: (times.get(column._meta.name, 0), readonly_reason(column) is not None),
    )
    return names(columns)


def allowed_actions(table: type[Table]) -> list[str]:
    """What a person may do with the rows."""
    if table not in READ_ONLY:
        return ["add", "change", "delete"]
    return ["delete"] if table in ENDED_BY_DELETING else []
