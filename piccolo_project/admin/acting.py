"""Who it is that writes through the admin."""

from litestar.types import ASGIApp


def with_actor(application: ASGIApp) -> ASGIApp:
    return application
