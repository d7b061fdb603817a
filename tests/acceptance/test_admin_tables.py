"""Every table in the admin, in a real browser: its rows listed, saved, added and deleted."""

import re
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from piccolo.table import Table
from playwright.async_api import Browser, Page, expect

from apps.moments.tables import CONSTRAINT_MESSAGES
from apps.shared.admin_view import AdminView
from piccolo_project.admin.columns import allowed_actions
from piccolo_project.admin.describing import row_noun
from piccolo_project.admin.settings import ENCRYPTED_BY_PROGRAM
from piccolo_project.admin.tables import LISTINGS
from tests.acceptance.browser import ROW_FORM, Library, Watched, open_page
from tests.conftest import TABLES as ALL_TABLES
from tests.factories import CIPHERTEXT

LINKS = {
    "Overview": "/",
    "Review": "/review",
    "Backups": "/backups",
    "API documentation": "/schema",
    "Health": "/health",
}
TABLES = [each for listings in LISTINGS.values() for each in listings.items()]
VIDEO = "Restoring the fog signal, part 1"

# What a browser does not hold exactly, or may write otherwise: table → the columns of its newest
# row, as SQL.
BIG = "9007199254740993"  # 2^53 + 1: a double has no such number.
AT = "'2026-03-01 12:30:45.123456+00'"
WHOLE_MINUTE = "'2026-03-01 12:30:00+00'"
JSON = f"""'{{"big": {BIG}, "whole": 1.0, "ünï": [null, {{}}], "quote": "\\"''\\\\"}}'"""
TEXT = "E' two\\nlines, “quoted” \\\\ \\t'"
ODD = {
    "channels": f"credentials = '{CIPHERTEXT}', description = {TEXT}, settings = {JSON}",
    "videos": f"file_size_bytes = {BIG}, frame_rate = 23.976023976023978, processing_history = "
    f'\'[{{}}]\', metadata = {JSON}, tags = \'{{"a, b","\\"",日本}}\'',
    "transcripts": f"metadata = {JSON}, processing_time_seconds = 0.1",
    "chunks": f"metadata = {JSON}, word_starts = '{{0.1,1.25}}', start_time = 0.1",
    "conversations": f"updated_at = {AT}, title = NULL",
    "messages": f"content = {TEXT}, metadata = {JSON}",
    "templates": f'template_content = {TEXT}, variables = \'["a", {{"b": {BIG}}}]\'',
    "moments": f"scored_at = {AT}, start_time = 0.1, end_time = 0.30000000000000004",
    "clips": f"file_size_bytes = {BIG}, padding_left = 1e-7",
    "thumbnails": f"cloud_url = {TEXT}, file_size_bytes = {BIG}",
    "prompts": f"user_prompt = {TEXT}",
    "generation_configs": "temperature = 0.30000000000000004, top_k = 0",
    "pipeline_history": f"completed_at = {AT}, duration_seconds = 1e-7, error_message = {TEXT}",
    "publications": f"published_at = {WHOLE_MINUTE}, metadata = {JSON}, url = {TEXT}",
    "transformation_presets": f"parameters = {JSON}, description = {TEXT}",
    "music": f"title = NULL, metadata = {JSON}",
    "channel_statistics": f"recorded_at = {AT}, view_count = {BIG}",
    "video_statistics": f"recorded_at = {AT}, view_count = {BIG}, like_count = 0",
    "processing_jobs": f"payload = {JSON}, progress = 0.1, next_attempt_at = {AT}",
    "processing_sessions": f"name = NULL, configuration = {JSON}, started_at = {AT}",
    "system_configuration": f"value = '\"{CIPHERTEXT}\"', encrypted = TRUE",
    "channel_configuration": "value = 'null'",
    "users": f"last_login = {AT}",
}


@pytest.fixture(scope="module")
async def library(running: Library, put_back: str) -> AsyncIterator[Library]:
    """With a row in every table, the newest of each as odd as it can be, for all tests here."""
    await running.database.execute(
        "INSERT INTO import_records (video_id, path) SELECT id, '/a.info.json' FROM videos "
        "LIMIT 1;"
        "INSERT INTO idempotency_keys (user_id, key, fingerprint) SELECT id, 'a key', 'a' "
        "FROM users LIMIT 1;"
        "INSERT INTO findings (kind, description, video_id) "
        "SELECT 'missing_transcript', 'None.', id FROM videos LIMIT 1 ON CONFLICT DO NOTHING;"
        "INSERT INTO authenticator_secrets (user_id, secret) "
        f"SELECT id, '{CIPHERTEXT}' FROM users LIMIT 1"
    )
    for table, odd in ODD.items():
        newest = f"(SELECT id FROM {table} ORDER BY id DESC LIMIT 1)"
        long_ago = f"created_at = created_at - interval '1 year', {odd}"
        await running.database.execute(f"UPDATE {table} SET {long_ago} WHERE id = {newest}")
    yield running
    await running.database.execute(put_back)


@pytest.fixture(scope="module")
async def signed_in(library: Library, browser: Browser) -> AsyncIterator[Watched]:
    visitor = await open_page(browser, library.url)
    await visitor.page.context.add_cookies(library.cookies)
    await visitor.page.goto("/admin/")
    await expect(visitor.page.get_by_text("Welcome to Reelbase")).to_be_visible()
    yield visitor
    await visitor.page.context.close()


@pytest.fixture
async def page(signed_in: Watched) -> AsyncIterator[Page]:
    """Nothing broke meanwhile, and no other host was asked."""
    signed_in.errors.clear()
    yield signed_in.page
    assert signed_in.faults() == []
    assert signed_in.other_hosts() == set()


async def stored(library: Library, table: str) -> list[str]:
    """Every column of every row, as PostgreSQL writes it."""
    rows = await library.database.fetch(f"SELECT t::text FROM {table} t ORDER BY id")
    return [row[0] for row in rows]


async def newest(library: Library, table: str) -> dict[str, Any]:
    return dict(await library.database.fetchrow(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1"))


async def open_form(page: Page, table: str, row_id: Any = None) -> None:
    """Of one row, or of a new one."""
    await page.goto("about:blank")  # Another form that is open already would lend its values.
    await page.goto(f"/admin/#/{table}/{row_id or 'add'}/")
    await expect(page.locator(ROW_FORM)).to_be_visible()


async def send(page: Page, button: str = "Save") -> int:
    """The status that the server answered."""
    method = "PATCH" if button == "Save" else "POST"
    async with page.expect_response(lambda answer: answer.request.method == method) as sending:
        # By the keyboard: for three seconds the note of a save before lies over the button.
        await page.get_by_role("button", name=button).press("Enter")
    return (await sending.value).status


async def choose(page: Page, column: str, name: str) -> None:
    """A row that is referred to, from the list that opens."""
    field = page.locator("div.key_search", has=page.locator(f"input[name={column}]"))
    await field.locator("input[type=text]").click()
    await field.locator("input[type=search]").fill(name)
    await field.get_by_role("link", name=name, exact=True).click()


async def test_the_sidebar_has_every_table_in_its_group(page: Page) -> None:
    await page.goto("/admin/#/")
    last = TABLES[-1][0]._meta.tablename
    await expect(page.locator(f"ul.table_list a[href*='#/{last}']")).to_be_visible()
    groups: dict[str, list[str]] = {}
    for item in await page.locator("ul.table_list li").all():
        link = await item.locator("a").first.get_attribute("href") or ""
        if "group" in (await item.get_attribute("class") or ""):
            group = groups.setdefault((await item.inner_text()).capitalize(), [])
        elif not link.startswith("#/forms/"):
            group.append(link.strip("#/"))
    expected = {
        group: [table._meta.tablename for table in listings] for group, listings in LISTINGS.items()
    }
    found = {name: tables for name, tables in groups.items() if tables}
    assert list(found.items()) == list(expected.items())
    assert {table for tables in found.values() for table in tables} == set(ALL_TABLES)
    for name, address in LINKS.items():
        found_link = page.get_by_role("navigation").locator(f"a[href='{address}']")
        await expect(found_link).to_have_text(name)


@pytest.mark.parametrize(("table", "listing"), TABLES, ids=[t._meta.tablename for t, _ in TABLES])
async def test_rows_are_listed_opened_and_saved_as_they_are(
    library: Library, page: Page, table: type[Table], listing: AdminView
) -> None:
    name = table._meta.tablename
    title = name.replace("_", " ")
    order = ", ".join(
        f"{each.removeprefix('-')} {'DESC' if each.startswith('-') else 'ASC'}"
        for each in listing.order.split()
    )
    ids = await library.database.fetch(f"SELECT id::text FROM {name} ORDER BY {order}, id LIMIT 15")
    assert len(ids) > 0
    await page.goto(f"/admin/#/{name}")
    await expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    links = page.locator(f"tbody td:nth-child(2) a[href*='#/{name}/']")
    await expect(links).to_have_count(len(ids))
    hrefs = await links.evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert hrefs == [f"#/{name}/{row['id']}/" for row in ids]
    assert all(text.strip() for text in await links.all_inner_texts())
    odd = max(row["id"] for row in ids)
    await page.locator(f"tbody td:nth-child(2) a[href*='{odd}']").click()
    await expect(page).to_have_url(re.compile(f"#/{name}/{odd}/$"))
    await expect(
        page.get_by_role("heading", name=f"Edit {row_noun(table)}", exact=True)
    ).to_be_visible()
    await expect(page.locator(ROW_FORM)).to_be_visible()
    before = await stored(library, name)
    if "change" in allowed_actions(table):
        assert await send(page) == 200
        assert await stored(library, name) == before


async def test_rows_without_a_title_can_be_referred_to(library: Library, page: Page) -> None:
    """Messages of an untitled conversation, and the choice of one."""
    untitled = await library.database.fetchval("SELECT id FROM conversations WHERE title IS NULL")
    assert untitled is not None
    await page.goto("/admin/#/messages")
    links = page.locator("tbody td:nth-child(3) a")
    await expect(links).to_have_count(
        await library.database.fetchval("SELECT count(*) FROM messages")
    )
    assert all(text.strip() for text in await links.all_inner_texts())


async def test_a_prompt_is_added(library: Library, page: Page) -> None:
    await open_form(page, "prompts")
    await page.locator("textarea[name=user_prompt]:visible").fill("Find “it”.")
    await page.locator("textarea[name=system_prompt]:visible").fill("Be exact.")
    assert await send(page, "Create") == 201
    row = await newest(library, "prompts")
    assert (row["user_prompt"], row["system_prompt"]) == ("Find “it”.", "Be exact.")
    assert row["prompt_hash"] == sha256("Find “it”.Be exact.".encode()).hexdigest()


async def test_a_generation_config_is_added(library: Library, page: Page) -> None:
    values = {"user_prompt": "Of the form.", "system_prompt": "s"}
    prompt = (await library.api.post("/api/prompts", json=values)).json()
    await open_form(page, "generation_configs")
    await choose(page, "prompt_id", "Of the form.")
    await page.locator("input[name=model]").fill("of-the-form")
    await page.locator("select[name=operation_type]").select_option("refinement")
    assert await send(page, "Create") == 201
    row = await newest(library, "generation_configs")
    assert (str(row["prompt_id"]), row["model"]) == (prompt["id"], "of-the-form")
    assert (row["operation_type"], row["temperature"]) == ("refinement", None)
    assert re.fullmatch("[0-9a-f]{64}", row["config_hash"])


async def test_a_moment_is_added(library: Library, page: Page) -> None:
    await open_form(page, "moments")
    await choose(page, "video_id", VIDEO)
    for name, content in (("title", "By hand"), ("start_time", "1.5"), ("end_time", "2.25")):
        await page.locator(f"input[name={name}]").fill(content)
    assert await send(page, "Create") == 201
    row = await newest(library, "moments")
    assert (row["title"], row["start_time"], row["end_time"]) == ("By hand", 1.5, 2.25)
    assert row["parent_id"] is row["generation_config_id"] is row["score"] is None
    assert re.fullmatch("[0-9a-f]{16}", row["identifier"])


@pytest.mark.parametrize(
    ("field", "content", "constraint"),
    [
        ("score", "11", "moments_score_check"),
        ("end_time", "0", "moments_end_time_check"),
    ],
)
async def test_a_refused_value_of_a_moment_is_told(
    library: Library, page: Page, field: str, content: str, constraint: str
) -> None:
    before = await stored(library, "moments")
    await open_form(page, "moments", (await newest(library, "moments"))["id"])
    await page.locator(f"input[name={field}]").fill(content)
    assert await send(page) == 422
    await expect(page.get_by_text(CONSTRAINT_MESSAGES[constraint])).to_be_visible()
    assert await stored(library, "moments") == before


@pytest.mark.parametrize(
    ("table", "column", "name", "constraint"),
    [
        ("clips", "video_id", "Bread without a recipe", "clips_moment_id_video_id_fkey"),
        ("clips", "moment_id", "Sixty years of paint", "clips_moment_id_key"),
        ("moments", "parent_id", "Why it never rang again (closer)", "moments_parent_id_check"),
    ],
)
async def test_a_refused_reference_is_told(
    library: Library, page: Page, table: str, column: str, name: str, constraint: str
) -> None:
    before = await stored(library, table)
    query = f"SELECT id FROM {table} ORDER BY id OFFSET 2 LIMIT 1"
    await open_form(page, table, await library.database.fetchval(query))
    await choose(page, column, name)
    assert await send(page) == 422
    await expect(page.get_by_text(CONSTRAINT_MESSAGES[constraint])).to_be_visible()
    assert await stored(library, table) == before


@pytest.mark.parametrize("how", ["changed", "added"])
async def test_nobody_types_an_encrypted_value(library: Library, page: Page, how: str) -> None:
    before = await stored(library, "system_configuration")
    if how == "changed":
        row_id = (await newest(library, "system_configuration"))["id"]
        await open_form(page, "system_configuration", row_id)
        method, path = "PATCH", f"/{row_id}/"
        body: dict[str, Any] = {"value": '"in clear"'}
    else:
        await page.goto("/admin/#/system_configuration")
        method, path = "POST", "/"
        body = {"key": "new", "value": '"in clear"', "encrypted": True}
    status, text = await page.evaluate(
        """async ([method, path, body]) => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? ""
            const answer = await fetch("/admin/api/tables/system_configuration" + path, {
                method, body: JSON.stringify(body),
                headers: {"Content-Type": "application/json", "X-CSRFToken": token}})
            return [answer.status, (await answer.json()).custom_form_error]
        }""",
        [method, path, body],
    )
    assert (status, text) == (422, ENCRYPTED_BY_PROGRAM)
    assert await stored(library, "system_configuration") == before


async def test_a_deleted_moment_takes_its_clip_along(library: Library, page: Page) -> None:
    title = "Why it never rang again"
    count = "SELECT count(*) FROM {} WHERE {} = $1"
    moment, child = [
        await library.database.fetchval("SELECT id FROM moments WHERE title = $1", wanted)
        for wanted in (title, f"{title} (closer)")
    ]
    assert await library.database.fetchval(count.format("clips", "moment_id"), moment) == 1
    await open_form(page, "moments", moment)
    page.once("dialog", lambda question: question.accept())
    await page.locator("[data-uitest=drop_down_button]").click()
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleting:
        await page.locator("[data-uitest=delete_row_button]").click()
    assert (await deleting.value).status == 204
    assert await library.database.fetchval(count.format("clips", "moment_id"), moment) == 0
    assert await library.database.fetchval(count.format("moments", "id"), moment) == 0
    row = await library.database.fetchrow("SELECT * FROM moments WHERE id = $1", child)
    assert row["parent_id"] is None
