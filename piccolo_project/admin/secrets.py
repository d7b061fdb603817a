"""What the admin shows of an encrypted value: that it is set, and when."""

import re
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.secrets import FORM, set_at

STORED = re.compile(FORM)
PATHS = tuple(
    f"/api/tables/{table._meta.tablename}" for table in (SystemConfiguration, ChannelConfiguration)
)


def masked(text: str) -> str:
    return STORED.sub(lambda found: f"Encrypted, set {set_at(found[0]):%Y-%m-%d %H:%M} UTC", text)


def with_masks(application: ASGIApp) -> ASGIApp:
    """Over all that it says of settings: a listing, a form, the rows of a CSV.

    Piccolo has a hook for what is written, and none for what is read.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(PATHS):
            await application(scope, receive, send)
            return
        starts: list[Any] = []
        parts: list[bytes] = []

        async def mask(message: Message) -> None:
            if message["type"] == "http.response.start":
                starts.append(message)
            elif message["type"] == "http.response.body":
                parts.append(message["body"])
                if not message.get("more_body"):
                    body = masked(b"".join(parts).decode()).encode()
                    await send(with_length(starts.pop(), len(body)))
                    await send({"type": "http.response.body", "body": body, "more_body": False})

        await application(scope, receive, mask)

    return wrapped


def with_length(start: Any, length: int) -> Any:
    """The start of an answer whose body has another length now."""
    headers = [
        (name, str(length).encode() if name == b"content-length" else value)
        for name, value in start["headers"]
    ]
    return {**start, "headers": headers}
