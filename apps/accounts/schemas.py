from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class Login(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, Meta(max_length=255)]
    password: Annotated[str, Meta(max_length=128)]


class Token(msgspec.Struct):
    """Shown once; send it as `Authorization: Bearer <token>` until `expires_at`."""

    token: str
    expires_at: datetime
