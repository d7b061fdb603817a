"""What every form keeps to: who may send it, its fields, and what is never in an answer."""

import json
import logging
from typing import Any

import httpx
import pytest
from litestar import Litestar
from starlette.requests import Request

from piccolo_project.admin.forms import FORMS
from piccolo_project.admin.forms.shared import NoFields, make_form
from tests.admin.forms import Forms
from tests.database import counts
from tests.factories import make_channel

FORM = {
    "search-transcripts": {"words": "hello"},
    "import-a-folder": {"folder": "/nowhere"},
    "import-a-list": {"file": "/nowhere"},
    "set-a-channel's-credentials": {"channel": "A", "credentials": "hush"},
    "change-a-setting": {"key": "chunk_words", "value": "99"},
    "create-a-user": {"email": "new@example.org", "password": "long enough"},
    "create-an-api-token": {"name": "script"},
    "refresh-the-overview": {},
    "back-up-now": {},
}


def test_there_is_no_other() -> None:
    assert {form.slug for form in FORMS} >= FORM.keys()


@pytest.mark.parametrize("slug", FORM)
async def test_nobody_sends_one_unless_signed_in(
    application: Litestar, slug: str, caplog: pytest.LogCaptureFixture
) -> None:
    await make_channel(name="A")
    before = await counts()
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/admin/") as page:
        await page.get("")
        headers = {"X-CSRFToken": page.cookies["csrftoken"]}
        answer = await page.post(f"api/forms/{slug}/", json=FORM[slug], headers=headers)
    assert answer.status_code == 401
    assert await counts() == before


@pytest.mark.parametrize("slug", FORM)
async def test_another_site_cannot_send_one(forms: Forms, slug: str) -> None:
    before = await counts()
    del forms.client.headers["X-CSRFToken"]
    assert (await forms.send(slug, **FORM[slug])).status_code == 403
    assert await counts() == before


@pytest.mark.parametrize("slug", FORM)
async def test_the_page_can_show_its_fields(forms: Forms, slug: str) -> None:
    """It knows a few types, finds a field by its title, and has no word for a required one."""
    schema = (await forms.client.get(f"api/forms/{slug}/schema/")).json()
    fields = schema["properties"].values()
    assert {field["type"] for field in fields} <= {"string", "integer", "boolean"}
    assert len({field["title"] for field in fields}) == len(fields)
    assert "required" not in schema
    assert (await forms.client.get(f"api/forms/{slug}/")).json()["description"]


async def test_secrets_are_typed_as_passwords(forms: Forms) -> None:
    found = set()
    for slug in FORM:
        schema = (await forms.client.get(f"api/forms/{slug}/schema/")).json()
        for name, field in schema["properties"].items():
            if field.get("format") == "password":
                found.add(name)
    assert found == {"credentials", "secret_value", "password"}


@pytest.mark.parametrize(
    ("slug", "fields", "named"),
    [
        ("import-a-folder", {"dry_run": "perhaps", "folder": "hush"}, "dry_run"),
        ("create-a-user", {"email": "a@b", "password": ["hush"]}, "password"),
        ("create-a-user", {"email": "a@b", "password": "hush", "superuser": "hush"}, "superuser"),
        ("create-an-api-token", {"name": "hush", "days": "hush"}, "days"),
        ("set-a-channel's-credentials", {"credentials": {"a": "hush"}}, "credentials"),
    ],
)
async def test_a_field_is_named_and_what_was_given_is_not_sent_back(
    forms: Forms, slug: str, fields: dict[str, Any], named: str
) -> None:
    before = await counts()
    answer = await forms.send(slug, **fields)
    assert answer.status_code == 422
    assert {each["loc"][-1] for each in answer.json()["detail"]} == {named}
    assert "hush" not in answer.text
    assert await counts() == before


@pytest.mark.parametrize("text", ["\ud800", "\0"])
@pytest.mark.parametrize(
    ("slug", "field"),
    [
        ("search-transcripts", "words"),
        ("set-a-channel's-credentials", "channel"),
        ("change-a-setting", "key"),
        ("create-a-user", "email"),
        ("create-a-user", "password"),
        ("create-an-api-token", "email"),
        ("create-an-api-token", "name"),
    ],
)
async def test_what_is_no_text_is_refused_in_a_sentence(
    forms: Forms, slug: str, field: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = await counts()
    valid = {**FORM[slug], "credentials": "x"} if "credentials" in slug else FORM[slug]
    answer = await forms.client.post(
        f"api/forms/{slug}/",
        content=json.dumps({**valid, field: f"a{text}b"}),
        headers={"Content-Type": "application/json"},
    )
    if answer.status_code == 200:
        assert slug == "search-transcripts"
        return
    assert answer.status_code == 422
    assert "Something went wrong" not in answer.text
    assert await counts() == before
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


@pytest.mark.parametrize("body", ["", "{", "[]", "1", "null", '"text"'])
async def test_a_body_that_is_no_form(forms: Forms, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    for slug in FORM:
        answer = await forms.client.post(f"api/forms/{slug}/", content=body, headers=headers)
        assert answer.status_code == 422
        said = "The body must be a JSON object of columns or fields and their values."
        assert answer.json() == {"custom_form_error": said}


async def test_what_nobody_foresaw_is_a_sentence_and_logged_without_values(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def answer(request: Request, data: NoFields) -> str:
        raise KeyError("".join(["hu", "sh"]))

    config = make_form("A form", NoFields, answer, "")
    with pytest.raises(ValueError, match=r"^Something went wrong. The log has the details.$"):
        await config.endpoint(Request({"type": "http"}), NoFields())  # type: ignore[misc, arg-type]  # It is async.
    (line,) = caplog.messages
    assert line.startswith("The form A form failed: KeyError.\n")
    assert "hush" not in caplog.text
