"""What is said to go along with a row is what a DELETE takes."""

import asyncio
import re
from collections import Counter
from contextvars import Context
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from piccolo_api.crud.endpoints import PiccoloCRUD
from piccolo_api.crud.validators import Validators
from starlette.exceptions import HTTPException
from starlette.requests import Request

from apps.catalog.tables import Video
from apps.shared.db.engine import get_engine
from piccolo_project.admin import deletions
from piccolo_project.admin.crud import Crud
from piccolo_project.admin.deletions import NOUNS, describe_deletion
from piccolo_project.openapi.operation_ids import SINGULAR
from tests import factories as make
from tests.admin.forms import signed_in
from tests.database import execute, fetch
from tests.test_deletes import LOSSES, Family, make_family, snapshot

EXTRA = {"visible_column_names": ("title",), "link_column_name": "title"}
COUNTED = re.compile(r"([\d,]+) ([a-z ]+?)(?= loses?\b|[.,]| and )")
NAMED = {
    noun: table
    for table, one in SINGULAR.items()
    for noun in NOUNS.get(table, (one.replace("_", " "), f"{one.replace('_', ' ')}s"))
}


async def announced(admin: httpx.AsyncClient, table: str, *ids: UUID) -> str:
    params = {"ids": ",".join(map(str, ids))}
    answer = await admin.get(f"api/tables/{table}/deletion/", params=params)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["sentence"])


def counted(text: str) -> Counter[str]:
    return Counter({NAMED[noun]: int(n.replace(",", "")) for n, noun in COUNTED.findall(text)})


async def really(table: str, *ids: UUID) -> tuple[Counter[str], Counter[str]]:
    """How many rows of each table a DELETE takes, and how many it changes. It is taken back."""
    before = await snapshot()
    transaction = get_engine().transaction()
    try:
        async with transaction:
            await execute(f"DELETE FROM {table} WHERE id = ANY($1)", ids)
            after = await snapshot()
            raise InterruptedError
    except InterruptedError:
        assert await snapshot() == before
    gone = Counter(name for name, _ in before.keys() - after.keys())
    return gone, Counter(key[0] for key, row in after.items() if row != before[key])


@pytest.fixture
async def families() -> tuple[Family, Family]:
    return await make_family("a"), await make_family("b")


@pytest.mark.parametrize("name", [*LOSSES, "setting", "session", "job", "chunk", "post"])
async def test_what_is_said_is_what_happens(
    admin: httpx.AsyncClient, families: tuple[Family, Family], name: str
) -> None:
    name = {"chunk": "users_chunk"}.get(name, name)
    for ids in ([families[0][name][1]], [family[name][1] for family in families]):
        table = families[0][name][0]
        sentence = await announced(admin, table, *ids)
        gone, changed = await really(table, *ids)
        takes, _, stays = sentence.partition(".")
        assert counted(f"{takes}.") == gone
        assert counted(stays) == changed


async def test_the_words(admin: httpx.AsyncClient, families: tuple[Family, Family]) -> None:
    family, other = families
    await execute("DELETE FROM findings")
    assert await announced(admin, "moments", family["moment"][1]) == (
        "This deletes 1 moment, along with 1 clip and 1 thumbnail. 1 moment loses its "
        "parent. 1 publication loses its clip."
    )
    assert await announced(admin, "music", family["music"][1], other["music"][1]) == (
        "This deletes 2 pieces of music. 2 publications lose their music."
    )
    assert await announced(admin, "prompts", family["prompt"][1], other["prompt"][1]) == (
        "This deletes 2 prompts, along with 4 generation configs, 4 moments, "
        "2 pipeline runs, 2 clips and 2 thumbnails. 2 moments lose their parent. "
        "2 publications lose their clip."
    )
    setting = family["setting"][1]
    assert await announced(admin, "system_configuration", setting) == "This deletes 1 setting."
    assert await announced(admin, "videos", uuid4()) == "This row no longer exists."


async def test_a_page_of_many_rows(admin: httpx.AsyncClient) -> None:
    await execute(
        "INSERT INTO videos (identifier, title) SELECT 'v' || n, 'v' FROM generate_series(1, 1000)"
        " AS n"
    )
    ids = [row["id"] for row in await fetch("SELECT id FROM videos")]
    assert await announced(admin, "videos", *ids) == "This deletes 1,000 videos."
    params = {"ids": ",".join(map(str, [*ids, uuid4()]))}
    refused = await admin.get("api/tables/videos/deletion/", params=params)
    assert (refused.status_code, refused.text) == (
        400,
        "ids must be the ids of 1 to 1000 rows, separated by commas.",
    )


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=x", "?ids=,"])
async def test_without_ids(admin: httpx.AsyncClient, query: str) -> None:
    answer = await admin.get(f"api/tables/videos/deletion/{query}")
    assert answer.status_code == 400


async def test_who_is_not_signed_in_is_told_nothing(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get(f"/admin/api/tables/videos/deletion/?ids={uuid4()}")
    assert answer.status_code == 401


async def test_who_may_not_delete_is_told_nothing(application: Litestar) -> None:
    """By the rules of the table, as of a DELETE: here that only superusers touch users."""
    librarian = await make.make_user(admin=True)
    async with signed_in(application, librarian) as forms:
        announcement = f"api/tables/users/deletion/?ids={librarian.id}"
        asked = await forms.client.get(announcement)
        deleted = await forms.client.delete(f"api/tables/users/{librarian.id}/")
    assert (asked.status_code, asked.text) == (deleted.status_code, deleted.text)
    assert asked.status_code == 405
    assert asked.json() == {"detail": "Only superusers can perform these actions."}


async def test_it_asks_the_rules_for_deleting() -> None:
    def refuse(piccolo_crud: PiccoloCRUD, request: Request) -> None:
        raise HTTPException(403, f"No {request.method} today.")

    crud = Crud(Video, validators=Validators(delete_single=[refuse]), schema_extra=EXTRA)
    transport = httpx.ASGITransport(app=crud)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with pytest.raises(HTTPException, match="No DELETE today"):
            await client.get(f"/deletion/?ids={uuid4()}")


async def test_it_stops_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletions, "MAX_COUNTED", 2)
    transcript = await make.make_transcript()
    for _ in range(3):
        await make.make_chunk(transcript.id)
    video: Any = transcript.video_id
    expected = "This deletes 1 video, along with 1 transcript and more than 2 chunks."
    assert await describe_deletion(Video, [video]) == expected


async def test_it_gives_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds the table; the sentence is given all the same."""
    monkeypatch.setattr(deletions, "TIMEOUT_SECONDS", 0.05)
    video = await make.make_video()
    async with get_engine().transaction():
        await execute("LOCK TABLE chunks IN ACCESS EXCLUSIVE MODE")
        # A task of an empty context has a connection of its own.
        asked = asyncio.create_task(describe_deletion(Video, [video.id]), context=Context())
        sentence = await asked
    assert sentence == "This deletes 1 video and everything that belongs to it."
