"""Marks the admin's cookies as Secure when the request came over https."""

from litestar.types import ASGIApp, Message, Receive, Scope, Send


def with_secure_cookies(application: ASGIApp) -> ASGIApp:
    """Piccolo Admin has one setting for this; here it depends on each request's scheme.

    Behind a trusted proxy the scheme comes from X-Forwarded-Proto. Over plain http, as on
    localhost, browsers drop Secure cookies.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        ending = b"; Secure" if scope["scheme"] == "https" else b""

        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value + ending if name == b"set-cookie" else value)
                    for name, value in message["headers"]
                ]
            await send(message)

        await application(scope, receive, mark)

    return wrapped
