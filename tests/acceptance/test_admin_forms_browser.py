"""The forms of the admin, each filled in and sent by a person."""

import zipfile
from pathlib import Path

import httpx
from playwright.async_api import Page, expect

from tests.acceptance.browser import EMAIL, Library, obstacles, on_both
from tests.catalog.downloads import write_video


async def open_form(page: Page, name: str) -> None:
    """From the menu, as a person does."""
    await page.goto("/admin/")
    if not await page.get_by_role("navigation").is_visible():
        await page.get_by_role("link", name="Menu").click()
    # Its lists come one after the other, and move what is below.
    for link in ("videos", name, "Health"):
        await expect(page.get_by_role("link", name=link, exact=True)).to_be_visible()
    await page.get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def send_form(page: Page, name: str, **fields: str) -> None:
    """By what stands beside the fields."""
    await open_form(page, name)
    for label, content in fields.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        await field.wait_for()
        if await field.evaluate("field => field.tagName") == "SELECT":
            await field.select_option(content)
        else:
            await field.fill(content)
    await page.get_by_role("button", name="Submit").click()


async def done(page: Page, name: str, **fields: str) -> str:
    """The message after success."""
    await send_form(page, name, **fields)
    await expect(page.get_by_role("heading", name="Form submitted")).to_be_visible()
    return await page.locator("#success_message").inner_text()


async def refused(page: Page, name: str, **fields: str) -> str:
    """The sentence beside the form."""
    await send_form(page, name, **fields)
    sentence = page.get_by_role("alert").get_by_role("listitem")
    await expect(page.get_by_role("button", name="Submit")).to_be_enabled()
    return await sentence.inner_text()


@on_both
async def test_what_was_said_is_found_and_watched(page: Page) -> None:
    said = await done(page, "Search transcripts", Words='"slowly, and look"', Language="en")
    assert said.splitlines()[1].startswith("So we lift the whole thing off its bearings, slowly, ")
    await page.locator("#success_message a").first.click()
    await page.wait_for_url("**/watch/*")
    await expect(page.get_by_role("heading", name="Transcript")).to_be_visible()


@on_both
async def test_a_form_says_that_it_works(page: Page) -> None:
    await open_form(page, "Search transcripts")
    await page.get_by_label("Words", exact=True).fill("bearings")
    await page.route("**/api/forms/search-transcripts/", lambda route: None)
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_role("status").filter(has_text="Working…")).to_be_visible()
    await expect(page.get_by_role("button", name="Submit")).to_be_disabled()


@on_both
async def test_a_folder_is_imported(library: Library, page: Page, root: Path) -> None:
    write_video(root / "talks")
    before = await library.database.fetchval("SELECT count(*) FROM videos")
    said = await done(page, "Import a folder", Folder=f"{root}/talks", Dry_run="true")
    assert "Videos: 1 new" in said
    assert await library.database.fetchval("SELECT count(*) FROM videos") == before
    await done(page, "Import a folder", Folder=f"{root}/talks")
    assert await library.database.fetchval("SELECT count(*) FROM videos") == before + 1
    await page.locator("#success_message a").click()
    await expect(page.get_by_role("heading", name="Import a folder")).to_be_visible()
    await expect(page.get_by_text("completed")).to_be_visible()


@on_both
async def test_a_folder_elsewhere_is_refused(library: Library, page: Page) -> None:
    before = await library.database.fetchval("SELECT count(*) FROM processing_jobs")
    assert "IMPORT_ROOTS" in await refused(page, "Import a folder", Folder="/etc")
    assert await library.database.fetchval("SELECT count(*) FROM processing_jobs") == before


@on_both
async def test_a_list_is_imported(library: Library, page: Page, root: Path) -> None:
    (root / "archive.txt").write_text("youtube dQw4w9WgXcQ\n")
    await done(page, "Import a list", File=f"{root}/archive.txt")
    query = "SELECT status FROM videos WHERE youtube_video_id = 'dQw4w9WgXcQ'"
    assert await library.database.fetchval(query) == "discovered"


@on_both
async def test_a_channels_credentials_are_set_unseen(library: Library, page: Page) -> None:
    name = "Set a channel's credentials"
    await open_form(page, name)
    field = page.get_by_label("Credentials", exact=True)
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_accessible_description("A token or a password, in any format.")
    said = await done(page, name, Channel="@slowkitchen", Credentials="a token nobody sees")
    assert said == "Stored the credentials of The Slow Kitchen."
    query = "SELECT credentials FROM channels WHERE handle = '@slowkitchen'"
    assert "nobody sees" not in await library.database.fetchval(query)


@on_both
async def test_a_setting_is_chosen_from_those_there_are(library: Library, page: Page) -> None:
    name = "Change a setting"
    said = await done(page, name, Setting="chunk_words", Value="140")
    assert said == "chunk_words is set to 140."
    query = "SELECT value #>> '{}' FROM system_configuration WHERE key = 'chunk_words'"
    assert await library.database.fetchval(query) == "140"
    assert "chunk_words" in await refused(page, name, Setting="chunk_words", Value="many")
    assert await library.database.fetchval(query) == "140"


@on_both
async def test_a_user_is_made(library: Library, page: Page) -> None:
    values = {"Email": "reader@library.example", "Password": "a password for reading"}
    said = await done(page, "Create a user", **values)
    assert said == "Created the user reader@library.example."
    answer = await library.api.post(
        "/api/auth/login", json={"email": values["Email"], "password": values["Password"]}
    )
    assert answer.status_code in {200, 201}
    sentence = "A user with this email already exists."
    assert await refused(page, "Create a user", **values) == sentence


@on_both
async def test_a_token_is_made_and_works(library: Library, page: Page) -> None:
    said = await done(page, "Create an API token", Name="from the browser", Days="2")
    token, good_until = said.splitlines()
    assert good_until.endswith("Copy it now: it is not shown again.")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=library.url, headers=headers) as client:
        assert (await client.get("/api/auth/me")).json()["email"] == EMAIL


@on_both
async def test_a_backup_is_made_and_downloaded(page: Page, tmp_path: Path) -> None:
    await done(page, "Back up now")
    await page.locator("#success_message a[href^='/jobs/']").click()
    await expect(page.get_by_text("completed")).to_be_visible()
    assert await obstacles(page) == []
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download").click()
    await (await downloading.value).save_as(tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as backup:
        assert backup.testzip() is None
        assert "manifest.json" in backup.namelist()
    await page.get_by_role("link", name="All backups").click()
    made = page.locator(".backups tbody tr").first
    await expect(made).to_contain_text((await downloading.value).suggested_filename)
    assert await obstacles(page) == []


@on_both
async def test_the_library_is_looked_through_again(library: Library, page: Page) -> None:
    title = page.get_by_role("heading", name="No transcript")
    count = page.get_by_role("listitem").filter(has=title).locator(".count")
    await page.goto("/review")
    await expect(count).to_have_text("none")
    await library.database.execute(
        "DELETE FROM transcripts USING videos v WHERE v.id = video_id AND title LIKE 'Restoring%'"
    )
    said = await done(page, "Refresh the overview")
    assert said.startswith("Refreshed the overview and the review in ")
    await page.goto("/review")
    await expect(count).to_have_text("2")
