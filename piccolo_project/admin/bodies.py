"""A row that a form sends, read within bounds."""

from typing import Any

import msgspec
from starlette.requests import Request

from apps.shared.errors import BadRequest

MAX_ROW_BYTES = 16 << 20
"""As a body over REST."""


async def read_body(request: Request, most: int, sentence: str) -> bytes:
    """Raises BadRequest, with the sentence, when it has more bytes than `most`."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise BadRequest(sentence)
    return bytes(body)


async def read_row(request: Request) -> dict[str, Any]:
    """Raises BadRequest."""
    too_long = f"A row can have up to {MAX_ROW_BYTES >> 20} MB."
    body = await read_body(request, MAX_ROW_BYTES, too_long)
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise BadRequest(
            "The body must be a JSON object of columns or fields and their values."
        ) from None
