from typing import Annotated

import msgspec
from msgspec import Meta


class ImportRequest(msgspec.Struct, forbid_unknown_fields=True):
    folder: Annotated[str, Meta(min_length=1, description="A folder on the server.")]
    dry_run: Annotated[
        bool, Meta(description="Show what would change, without changing anything.")
    ] = False
    restore: Annotated[
        bool, Meta(description="Read every file again, and restore deleted transcripts.")
    ] = False


MAX_CREDENTIALS = 65536


class NewCredentials(msgspec.Struct, forbid_unknown_fields=True):
    credentials: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_CREDENTIALS,
            description="Any text: a token, a password or cookies.",
        ),
    ]
