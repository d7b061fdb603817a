"""ETags: what a caller has already is not sent again, and nobody overwrites what they never saw."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any

import httpx
import pytest
from litestar import Litestar

import piccolo_conf
from tests.accounts.callers import signed_in
from tests.database import until_others_wait, value
from tests.factories import make_channel, make_clip, make_conversation, make_video
from tests.shared.test_whole_lives import Life, every_table

NEVER = '"000000000000000000000000"'


def assert_changed_meanwhile(answer: httpx.Response, noun: str = "video") -> None:
    assert answer.status_code == 412, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "etag" not in answer.headers
    assert answer.json() == {
        "type": "about:blank",
        "title": "Precondition failed",
        "status": 412,
        "detail": f"The {noun} has changed since you read it. Fetch it and try again.",
    }


@every_table
async def test_equal_content_has_an_equal_tag(
    client: httpx.AsyncClient, live: Callable[[], Awaitable[Life]]
) -> None:
    table, (body, change) = live.__name__, await live()
    made = await client.post(f"/api/{table}", json=body)
    path, tag = f"/api/{table}/{made.json()['id']}", made.headers["etag"]
    assert len(tag) == 26
    assert tag == f'"{tag.strip(chr(34))}"' != NEVER
    read = await client.get(path)
    same = await client.patch(path, json={}, headers={"If-Match": tag})
    assert read.content == same.content == made.content
    assert read.headers["etag"] == same.headers["etag"] == tag
    changed = await client.patch(path, json=change, headers={"If-Match": tag})
    assert (changed.status_code, changed.json() == made.json()) == (200, False)
    again = await client.get(path)
    assert again.content == changed.content
    assert again.headers["etag"] == changed.headers["etag"] != tag
    unread = await client.patch(path, json=change, headers={"If-Match": tag})
    stays = await client.delete(path, headers={"If-Match": tag})
    assert unread.status_code == stays.status_code == 412
    assert (await client.get(path)).content == changed.content
    gone = await client.delete(path, headers={"If-Match": again.headers["etag"]})
    assert gone.status_code == 204
    assert "etag" not in gone.headers
    assert (await client.get(path)).status_code == 404


async def test_a_tag_is_of_all_that_is_shown(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="Before")
    video = await make_video(channel_id=channel.id)
    path = f"/api/videos/{video.identifier}"
    before = (await client.get(path)).headers["etag"]
    assert (await client.get(f"/api/videos/{video.id}")).headers["etag"] == before
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.headers["etag"] == before
    await client.patch(f"/api/channels/{channel.id}", json={"name": "After"})
    after = (await client.get(path)).headers["etag"]
    assert after != before
    await client.patch(f"/api/channels/{channel.id}", json={"name": "Before"})
    assert (await client.get(path)).headers["etag"] == before
    assert (await client.get(f"/api/videos/{(await make_video()).id}")).headers["etag"] != before


HITS = ["{tag}", "W/{tag}", " {tag} ", '"x", {tag}', '{tag},"x"', f'{NEVER}, W/"y",W/{{tag}}', "*"]
MISSES = [NEVER, f"W/{NEVER}", '"x", "y"', '""', "x", '"*"', "{bare}"]


def header(form: str, tag: str) -> str:
    return form.format(tag=tag, bare=tag.strip('"'))


@pytest.mark.parametrize("form", HITS)
async def test_what_the_caller_has_is_not_sent_again(client: httpx.AsyncClient, form: str) -> None:
    path = f"/api/videos/{(await make_video()).id}"
    tag = (await client.get(path)).headers["etag"]
    answer = await client.get(path, headers={"If-None-Match": header(form, tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert not {"content-type", "content-length", "content-encoding"} & set(answer.headers)


@pytest.mark.parametrize("form", [*MISSES, ""])
async def test_what_the_caller_lacks_is_sent(client: httpx.AsyncClient, form: str) -> None:
    path = f"/api/videos/{(await make_video()).id}"
    first = await client.get(path)
    sent = {"If-None-Match": header(form, first.headers["etag"])}
    answer = await client.get(path, headers=sent)
    assert (answer.status_code, answer.content) == (200, first.content)
    assert answer.headers["etag"] == first.headers["etag"]
    assert answer.headers["content-type"] == "application/json"
    unknown = await client.get("/api/videos/nobody", headers={"If-None-Match": "*"})
    assert unknown.status_code == 404


async def test_the_only_row_of_an_owner_has_its_own_tag(client: httpx.AsyncClient) -> None:
    clip = await make_clip()
    own = (await client.get(f"/api/clips/{clip.id}")).headers["etag"]
    path = f"/api/moments/{clip.moment_id}/clip"
    assert (await client.get(path)).headers["etag"] == own
    assert (await client.get(path, headers={"If-None-Match": own})).status_code == 304
    assert (await client.get(path, headers={"If-None-Match": NEVER})).status_code == 200


async def test_lists_have_none(client: httpx.AsyncClient) -> None:
    channel = await make_channel()
    await make_video(channel_id=channel.id)
    for path in ("/api/videos", f"/api/channels/{channel.id}/videos"):
        answer = await client.get(path, headers={"If-None-Match": "*"})
        assert (answer.status_code, len(answer.json()["items"])) == (200, 1)
        assert "etag" not in answer.headers


@pytest.mark.parametrize("form", [*HITS, ""])
async def test_a_row_that_is_the_same_still_is_written(
    client: httpx.AsyncClient, form: str
) -> None:
    path = f"/api/videos/{(await make_video()).id}"
    tag = (await client.get(path)).headers["etag"]
    answer = await client.patch(
        path, json={"title": "New"}, headers={"If-Match": header(form, tag)}
    )
    assert (answer.status_code, answer.json()["title"]) == (200, "New")
    tag = answer.headers["etag"]
    answer = await client.delete(path, headers={"If-Match": header(form, tag)})
    assert answer.status_code == 204


@pytest.mark.parametrize("form", MISSES)
async def test_a_row_that_was_changed_is_not_written(client: httpx.AsyncClient, form: str) -> None:
    path = f"/api/videos/{(await make_video(title='Old')).id}"
    before = await client.get(path)
    sent = {"If-Match": header(form, before.headers["etag"])}
    assert_changed_meanwhile(await client.patch(path, json={"title": "New"}, headers=sent))
    assert_changed_meanwhile(await client.delete(path, headers=sent))
    assert (await client.get(path)).content == before.content


async def test_a_row_that_is_not_there_is_404_whatever_was_sent(client: httpx.AsyncClient) -> None:
    for sent in ("*", NEVER):
        for method in ("PATCH", "DELETE"):
            headers = {"If-Match": sent, "Content-Type": "application/json"}
            answer = await client.request(
                method, "/api/videos/nobody", content=b"{}", headers=headers
            )
            assert answer.status_code == 404
            assert answer.json()["detail"] == "There is no video nobody."


async def test_a_tag_does_not_tell_of_a_row_that_is_hidden(application: Litestar) -> None:
    hidden, video = await make_conversation(), await make_video()
    async with signed_in(application) as callers:
        for path, status in {f"conversations/{hidden.id}": 404, f"videos/{video.id}": 403}.items():
            tag = (await callers["administrator"].get(f"/api/{path}")).headers["etag"]
            for sent in ("*", NEVER, tag):
                headers = {"If-Match": sent}
                answer = await callers["user"].patch(f"/api/{path}", json={}, headers=headers)
                assert answer.status_code == status
                answer = await callers["user"].delete(f"/api/{path}", headers=headers)
                assert answer.status_code == status


Write = Callable[[httpx.AsyncClient, str, dict[str, str]], Coroutine[Any, Any, httpx.Response]]


def renaming(title: str) -> Write:
    async def write(client: httpx.AsyncClient, path: str, sent: dict[str, str]) -> httpx.Response:
        return await client.patch(path, json={"title": title}, headers=sent)

    return write


async def deleting(client: httpx.AsyncClient, path: str, sent: dict[str, str]) -> httpx.Response:
    return await client.delete(path, headers=sent)


WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
"""For the row, or for whoever is the next to have it."""


async def both_while_it_is_held(
    client: httpx.AsyncClient, path: str, *writes: Write
) -> list[httpx.Response]:
    """Two writes with the same tag, both of which have begun before either can end."""
    tag = (await client.get(path)).headers["etag"]
    async with piccolo_conf.DB.transaction() as held:
        lock = "SELECT FROM videos WHERE id = $1 FOR UPDATE"
        await held.connection.execute(lock, path.rpartition("/")[2])
        tasks: list[asyncio.Task[httpx.Response]] = [
            asyncio.create_task(write(client, path, {"If-Match": tag}), context=Context())
            for write in writes
        ]
        async with asyncio.timeout(60):
            while await value(WAITING) < len(writes):
                pass
        assert not any(task.done() for task in tasks)
    return list(await asyncio.gather(*tasks))


async def test_of_two_with_the_same_tag_exactly_one_wins(client: httpx.AsyncClient) -> None:
    path = f"/api/videos/{(await make_video()).id}"
    titles = ["One", "Two"]
    answers = await both_while_it_is_held(client, path, *map(renaming, titles))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won = [title for title, each in zip(titles, answers, strict=True) if each.status_code == 200]
    assert [(await client.get(path)).json()["title"]] == won
    (lost,) = [answer for answer in answers if answer.status_code == 412]
    assert_changed_meanwhile(lost)


async def test_a_change_and_a_delete_with_the_same_tag(client: httpx.AsyncClient) -> None:
    path = f"/api/videos/{(await make_video()).id}"
    changed, deleted = await both_while_it_is_held(client, path, renaming("New"), deleting)
    there = await value("SELECT count(*) FROM videos")
    # Who comes after a change is told of it; who comes after a delete finds nothing.
    outcomes: dict[Any, int] = {(200, 412): 1, (404, 204): 0}
    assert outcomes[changed.status_code, deleted.status_code] == there


async def test_a_change_that_comes_first_is_never_overwritten(client: httpx.AsyncClient) -> None:
    path = f"/api/videos/{(await make_video(title='Old')).id}"
    tag = (await client.get(path)).headers["etag"]
    async with piccolo_conf.DB.transaction() as held:
        change = "UPDATE videos SET description = 'seen by nobody' WHERE id = $1"
        await held.connection.execute(change, path.rpartition("/")[2])
        writing: asyncio.Task[httpx.Response] = asyncio.create_task(
            renaming("New")(client, path, {"If-Match": tag}), context=Context()
        )
        await until_others_wait()
    assert_changed_meanwhile(await writing)
    row = (await client.get(path)).json()
    assert (row["title"], row["description"]) == ("Old", "seen by nobody")
