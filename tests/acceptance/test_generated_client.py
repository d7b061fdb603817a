"""A client that is generated from the API's own description, and asks the running program."""

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from tests.acceptance.browser import EMAIL, PASSWORD, Library, running_library

GENERATOR = Path(sys.executable).parent / "openapi-python-client"
HINT = "The client's generator is missing: pip install openapi-python-client"
NAME = "reelbase_client"

if not (GENERATOR.exists() or os.environ.get("CI")):
    pytest.skip(HINT, allow_module_level=True)


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[Library]:
    async with running_library() as started:
        yield started


class Generated:
    """`api("videos.get_video")` is the function that asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models = importlib.import_module(f"{NAME}.models")
        self.package = importlib.import_module(NAME)

    def api(self, name: str) -> Any:
        module: ModuleType = importlib.import_module(f"{NAME}.api.{name}")
        return module.sync_detailed


@pytest.fixture(scope="module")
async def generated(library: Library, tmp_path_factory: Any) -> AsyncIterator[Generated]:
    """Without a single warning: the generator understands the whole description."""
    folder: Path = tmp_path_factory.mktemp("client")
    answer = await library.api.get("/schema/openapi.json")
    (folder / "openapi.json").write_bytes(answer.content)
    (folder / "config.yaml").write_text("post_hooks: []\n")
    command = [str(GENERATOR), "generate", "--path", "openapi.json", "--config", "config.yaml"]
    command += ["--meta", "none", "--output-path", NAME, "--fail-on-warning"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield Generated(folder)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def client(library: Library, generated: Generated) -> Iterator[Any]:
    """Signed in with what its own call for that has answered."""
    models, package = generated.models, generated.package
    stranger = package.Client(base_url=library.url)
    body = models.Login(email=EMAIL, password=PASSWORD)
    answer = generated.api("accounts.login")(client=stranger, body=body)
    assert answer.status_code == 200
    assert isinstance(answer.parsed, models.Token)
    with package.AuthenticatedClient(base_url=library.url, token=answer.parsed.token) as signed_in:
        yield signed_in


def test_every_operation_has_a_function(generated: Generated) -> None:
    functions = [
        path for path in (generated.folder / NAME / "api").glob("*/*.py") if path.stem != "__init__"
    ]
    assert len(functions) == 170
    assert len({path.stem for path in functions}) == 170


def test_it_says_who_is_signed_in(generated: Generated, client: Any) -> None:
    me = generated.api("accounts.get_me")(client=client).parsed
    assert isinstance(me, generated.models.Account)
    assert (me.email, me.admin, me.superuser) == (EMAIL, True, True)
    assert isinstance(me.id, UUID)


def test_a_row_lives_and_dies(generated: Generated, client: Any) -> None:
    models, api = generated.models, generated.api
    body = models.VideoCreate(identifier="client-1", title="Made by a client", tags=["a", "b"])
    made = api("videos.create_video")(client=client, body=body)
    assert made.status_code == 201
    assert isinstance(made.parsed, models.Video)
    assert (made.parsed.title, made.parsed.tags) == ("Made by a client", ["a", "b"])
    assert made.parsed.upload_date is None
    assert made.parsed.status is models.VideoStatus.DISCOVERED

    # By its identifier, and once more: it is as it was.
    found = api("videos.get_video")("client-1", client=client)
    assert found.parsed == made.parsed
    tag = found.headers["etag"]
    again = api("videos.get_video")("client-1", client=client, if_none_match=tag)
    assert (again.status_code, again.parsed) == (304, None)

    change = models.VideoUpdate(is_favorite=True, duration_seconds=12.5)
    changed = api("videos.change_video")(
        str(made.parsed.id), client=client, body=change, if_match=tag
    ).parsed
    assert (changed.is_favorite, changed.duration_seconds) == (True, 12.5)
    assert changed.title == made.parsed.title

    late = api("videos.change_video")("client-1", client=client, body=change, if_match=tag)
    assert late.status_code == 412
    assert isinstance(late.parsed, models.Problem)
    assert late.parsed.title == "Precondition failed"

    assert api("videos.delete_video")("client-1", client=client).status_code == 204
    gone = api("videos.get_video")("client-1", client=client)
    assert (gone.status_code, gone.parsed.detail) == (404, "There is no video client-1.")


def test_lists_are_filtered_and_paged(generated: Generated, client: Any) -> None:
    models, ask = generated.models, generated.api("videos.list_videos")
    complete = models.VideoQueryDownloadStatus.COMPLETE
    filters = models.VideoQuery(download_status=complete, title_contains="fog SIGNAL")
    page = ask(client=client, filters=filters, count=True).parsed
    assert isinstance(page, models.VideoPage)
    assert {item.identifier for item in page.items} == {"hL2mPq9sTdA", "hL7vRw3kYbE"}
    assert (page.total, page.next_) == (2, None)

    order = [models.ListVideosOrderItem("-upload_date")]
    titles: list[str] = []
    cursor: Any = generated.package.types.UNSET
    while cursor is not None:
        page = ask(client=client, order=order, limit=5, cursor=cursor).parsed
        titles += [item.title for item in page.items]
        cursor = page.next_
    assert len(titles) == len(set(titles)) == 12
    assert titles[0] == "Was ein Zehntel Millimeter ist"

    fields = [models.ListVideosFieldsItem.TITLE]
    (first,) = ask(client=client, fields=fields, limit=1).parsed.items
    assert isinstance(first.id, UUID)
    assert first.status is generated.package.types.UNSET


def test_relations_are_lists_of_their_kind(generated: Generated, client: Any) -> None:
    models, api = generated.models, generated.api
    page = api("moments.list_video_moments")("hL2mPq9sTdA", client=client).parsed
    assert isinstance(page, models.MomentPage)
    assert [moment.start_time for moment in page.items] == [61.5, 302.0, 744.25, 745.25]
    clip = api("clips.get_moment_clip")(str(page.items[0].id), client=client).parsed
    assert isinstance(clip, models.Clip)
    assert (clip.moment_id, clip.file_size_bytes) == (page.items[0].id, 2**33)


def test_a_batch_is_made_or_refused(generated: Generated, client: Any) -> None:
    models, ask = generated.models, generated.api("moments.create_moments")
    video = generated.api("videos.get_video")("hL2mPq9sTdA", client=client).parsed
    rows = [
        models.MomentCreate(video_id=video.id, start_time=0.0, end_time=1.0, title=title, score=5)
        for title in ("One", "Two")
    ]
    made = ask(client=client, body=models.MomentBatch(items=rows))
    assert made.status_code == 201
    assert [moment.title for moment in made.parsed.items] == ["One", "Two"]
    rows[1].score = 11
    refused = ask(client=client, body=models.MomentBatch(items=rows))
    assert refused.status_code == 422
    assert isinstance(refused.parsed, models.Problem)
    (fault,) = refused.parsed.errors
    assert (fault.field, fault.message) == ("items[1].score", "A score must be from 0 to 10.")


def test_what_was_said_is_found(generated: Generated, client: Any) -> None:
    found = generated.api("search.search")(client=client, q="bearings", limit=3).parsed
    assert isinstance(found, generated.models.SearchResults)
    assert len(found.items) == 3
    assert all(hit.source == "youtube_auto" for hit in found.items)
    assert all("<mark>bearings</mark>" in hit.excerpt for hit in found.items)


def test_a_stranger_is_told_to_sign_in(generated: Generated, library: Library) -> None:
    stranger = generated.package.AuthenticatedClient(base_url=library.url, token="nobody's")
    answer = generated.api("channels.list_channels")(client=stranger)
    assert answer.status_code == 401
    assert isinstance(answer.parsed, generated.models.Problem)
    assert answer.parsed.title == "Not signed in"


def test_signing_out_ends_the_token(generated: Generated, library: Library) -> None:
    models, api = generated.models, generated.api
    stranger = generated.package.Client(base_url=library.url)
    body = models.Login(email=EMAIL, password=PASSWORD)
    token = api("accounts.login")(client=stranger, body=body).parsed.token
    signed_in = generated.package.AuthenticatedClient(base_url=library.url, token=token)
    assert api("accounts.logout")(client=signed_in).status_code == 204
    assert api("accounts.get_me")(client=signed_in).status_code == 401
