"""The admin's cookies: over https browsers send them over https alone."""

from litestar.types import ASGIApp, Message, Receive, Scope, Send


def with_safe_cookies(application: ASGIApp) -> ASGIApp:
    """Piccolo Admin would be told once whether there is https; here each request says so itself.

    Behind a proxy its scheme is what a trusted X-Forwarded-Proto tells. Over plain http, as on
    localhost, a browser would drop a cookie that is `Secure`.
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
