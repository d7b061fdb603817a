"""The forms as the admin's page sends them: with its session and its CSRF token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar

from apps.accounts.tables import Session, User
from apps.processing.runner import stop_jobs


class Forms:
    """What is sent, and what is answered."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def send(self, form: str, **fields: Any) -> httpx.Response:
        return await self.client.post(f"api/forms/{form}/", json=fields)

    async def page(self, path: str, **options: Any) -> httpx.Response:
        """One of the pages beside the admin."""
        return await self.client.get(f"http://localhost{path}", **options)

    async def done(self, form: str, **fields: Any) -> str:
        """The message after success."""
        answer = await self.send(form, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["custom_form_success"])

    async def refused(self, form: str, **fields: Any) -> str:
        """The sentence beside the form."""
        answer = await self.send(form, **fields)
        assert answer.status_code == 422, answer.text
        return str(answer.json()["custom_form_error"])


@asynccontextmanager
async def signed_in(application: Litestar, user: User) -> AsyncIterator[Forms]:
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    session = await Session.create_session(user.id)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://localhost/admin/",
        cookies={"id": session.token},
        timeout=30,
    ) as client:
        await client.get("")
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        try:
            yield Forms(client)
        finally:
            await stop_jobs()
