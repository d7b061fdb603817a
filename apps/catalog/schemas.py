from typing import Annotated

import msgspec
from msgspec import Meta


class ImportRequest(msgspec.Struct, forbid_unknown_fields=True):
    folder: Annotated[str, Meta(min_length=1, description="A folder of the server.")]
    dry_run: Annotated[bool, Meta(description="Say what would change, change nothing.")] = False
    restore: Annotated[
        bool, Meta(description="Read every file again, and bring deleted transcripts back.")
    ] = False


MAX_CREDENTIALS = 65536


class NewCredentials(msgspec.Struct, forbid_unknown_fields=True):
    credentials: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_CREDENTIALS,
            description="A token, a password, cookies: text of any form.",
        ),
    ]
