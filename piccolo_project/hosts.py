"""ALLOWED_HOSTS: the names that people know this program by."""

import re
from collections.abc import Sequence

from litestar.exceptions import ClientException
from litestar.middleware import DefineMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send


def allowed(hosts: list[str]) -> list[DefineMiddleware]:
    """None: any host, and nothing to ask at each request."""
    return [DefineMiddleware(AllowedHosts, hosts=hosts)] if hosts else []


class AllowedHosts:
    """Litestar's own compares the port as well, and answers in words of its own."""

    def __init__(self, app: ASGIApp, hosts: list[str]) -> None:
        self.app = app
        self.hosts = Hosts(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if asked_host(scope) not in self.hosts:
            raise ClientException("This host is not one of ALLOWED_HOSTS.")
        await self.app(scope, receive, send)


class Hosts:
    """Names in whatever case; `*.example.org` is every name that ends so."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.names = {host.lower() for host in hosts if not host.startswith("*")}
        self.endings = tuple(
            host.lower().removeprefix("*") for host in hosts if host.startswith("*")
        )

    def __contains__(self, host: str) -> bool:
        return host in self.names or host.endswith(self.endings)


def asked_host(scope: Scope) -> str:
    """In lower case and without the port, which a proxy may leave out."""
    return without_port(dict(scope["headers"]).get(b"host", b"").decode("latin-1"))


def without_port(host: str) -> str:
    return re.sub(r":[0-9]*$", "", host.lower())
