"""How the admin shows a table: each app declares it in its admin.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.shared.db.tables import Record


class MenuGroup(StrEnum):
    """In the menu's order."""

    library = "Library"
    processing = "Processing"
    conversations = "Conversations"
    moments = "Moments"
    publishing = "Publishing"
    review = "Review"
    settings = "Settings"
    accounts = "Accounts"


@dataclass(frozen=True)
class AdminView:
    """Where several columns are named in one string, spaces separate them."""

    table: type[Record]
    group: MenuGroup
    shown: str
    """The columns of the listing. The first one links to the row."""
    filters: str
    """Columns offered in the sidebar."""
    order: str = "-id"
    """A minus means descending, as over REST; an index must support it."""
    position: int = 0
    """Tables of a group follow the order of the apps; one with a higher position comes later."""

    read_only: str = ""
    """Why nobody adds, changes or deletes a row."""
    is_deletable: bool = False
    """Whether the rows of a read-only table can be deleted all the same."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Column → why nobody gives it."""
    given_once: Mapping[str, str] = field(default_factory=dict)
    """Column → why only a new row may be given it."""
    is_moved_by_program: bool = False
    """Whether rows keep changing by themselves, which is no reason to refuse a form."""

    hidden: str = ""
    """Columns that are never shown; secret ones are hidden anyway."""
    masked: str = ""
    """Columns in which an encrypted value is replaced by when it was set."""
    any_json: str = ""
    """Columns that take JSON of any kind, where others take an object or a list."""
    heavy: str = ""
    """Megabytes of a row each, and in no file of a thousand rows unless they are asked for."""
    large: str = ""
    """The same, but in the file."""
    media: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Column that holds a file's path → extension → media type."""
