"""How much the admin takes of an upload: it is received before anybody asks how long it is."""

from litestar.types import ASGIApp
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

MAX_BYTES = 512 << 20
"""A larger file is put into DATA_DIR by hand, and imported."""


def with_bounded_uploads(application: ASGIApp) -> ASGIApp:
    """Of all other bodies as well, which have narrower bounds of their own."""
    return RequestBodyLimitMiddleware(application, MAX_BYTES)  # type: ignore[arg-type, return-value]  # Starlette's types.
