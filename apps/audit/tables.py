"""Who changed what over REST or in the admin: kept forever, and immutable."""

from enum import StrEnum

from piccolo.columns import JSONB, UUID, Array, Varchar
from piccolo.columns.readable import Readable

from apps.audit import rules
from apps.shared.db.actors import EntryPoint
from apps.shared.db.tables import Record, index, one_of

CONSTRAINT_MESSAGES = {
    "audit_entries_immutable": "Audit entries cannot be changed or deleted.",
    "audit_entries_door_check": "An entry point must be admin or rest.",
    "audit_entries_action_check": "An action must be created, changed or deleted.",
}


class Action(StrEnum):
    created = "created"
    changed = "changed"
    deleted = "deleted"


class AuditEntry(Record, tablename="audit_entries"):
    """A change of a row, recorded by a trigger in the transaction of the change.

    Has no foreign keys, so it outlives the row and the person.
    """

    nouns = ("audit entry", "audit entries")

    is_exported = False  # It describes this database, and its people.

    user_id = UUID(null=True, default=None, help_text="Who made the change.")
    user_email = Varchar(length=255, null=True, default=None, help_text="Their email at that time.")
    door = Varchar(
        length=10, choices=EntryPoint, default=None, help_text="Where the change came in."
    )
    action = Varchar(length=10, choices=Action, default=None, help_text="What happened to the row.")
    table_name = Varchar(length=63, default=None, help_text="The table of the row.")
    row_id = UUID(default=None, help_text="The id of the row.")
    columns = Array(
        base_column=Varchar(length=63),
        default=list,
        help_text="The changed columns, or those with a value if it was created or deleted.",
    )
    old = JSONB(
        null=True,
        default=None,
        help_text="Their values before. Long ones are truncated, secrets are •••.",
    )
    new = JSONB(null=True, default=None, help_text="Their values after.")

    audit_entries_door_check = one_of("door", EntryPoint)
    audit_entries_action_check = one_of("action", Action)

    functions = (rules.SHOWN, rules.WRITE)
    extras = (
        rules.IMMUTABLE,
        index("audit_entries", "row", "table_name, row_id, id"),
        index("audit_entries", "user_id", "user_id, id"),
        index("audit_entries", "user_email", "user_email, id"),
        index("audit_entries", "table_name", "table_name, id"),
        index("audit_entries", "action", "action, id"),
        index("audit_entries", "created_at", "created_at"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(
            template="%s %s a row of %s", columns=[cls.user_email, cls.action, cls.table_name]
        )
