"""ALLOWED_HOSTS: the host names that the server answers to."""

import re
from collections.abc import Sequence

from litestar.exceptions import ClientException
from litestar.middleware import DefineMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send


def create_host_middleware(hosts: list[str]) -> list[DefineMiddleware]:
    """Empty without hosts, which allows any at no cost per request."""
    return [DefineMiddleware(AllowedHosts, hosts=hosts)] if hosts else []


class AllowedHosts:
    """Litestar's own also compares ports, and does not answer with problem details."""

    def __init__(self, app: ASGIApp, hosts: list[str]) -> None:
        self.app = app
        self.hosts = Hosts(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if read_host(scope) not in self.hosts:
            raise ClientException("This host is not in ALLOWED_HOSTS.")
        await self.app(scope, receive, send)


class Hosts:
    """Ignores case; `*.example.org` matches every subdomain."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.names = {host.lower() for host in hosts if not host.startswith("*")}
        self.endings = tuple(
            host.lower().removeprefix("*") for host in hosts if host.startswith("*")
        )

    def __contains__(self, host: str) -> bool:
        return host in self.names or host.endswith(self.endings)


def read_host(scope: Scope) -> str:
    """Lowercased and without the port, which a proxy may omit."""
    return strip_port(dict(scope["headers"]).get(b"host", b"").decode("latin-1"))


def strip_port(host: str) -> str:
    return re.sub(r":[0-9]*$", "", host.lower())
