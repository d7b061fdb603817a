"""Which files people are shown, and how they are sent."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from apps.catalog.imports.inventory import MEDIA_EXTENSIONS
from apps.media.files import (
    CONTENT_TYPES,
    SOUNDS,
    VIDEOS,
    build_media_url,
    explain_missing_file,
    find_thumbnail,
    get_data_dir,
    locate_file,
    open_media_file,
)
from apps.shared.errors import NotFound
from apps.shared.settings import Settings, get_settings

BYTES = bytes(range(256)) * 400


@pytest.fixture
def video(folder: Path) -> Path:
    file = folder / "A talk, 100% #1 ünï.mp4"
    file.write_bytes(BYTES)
    return file


async def test_a_file_is_sent_as_what_it_is(browser: httpx.AsyncClient, video: Path) -> None:
    answer = await browser.get(build_media_url(video), headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, BYTES)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(BYTES))
    assert "content-encoding" not in answer.headers
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"].startswith("inline;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert answer.headers["content-security-policy"].endswith("; sandbox allow-same-origin")
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=70000-", 70_000, len(BYTES)),
        ("bytes=-10", len(BYTES) - 10, len(BYTES)),
        ("bytes=102000-999999", 102_000, len(BYTES)),
    ],
)
async def test_a_player_may_ask_for_a_part(
    browser: httpx.AsyncClient, video: Path, wanted: str, start: int, stop: int
) -> None:
    headers = {"Range": wanted, "Accept-Encoding": "gzip"}
    answer = await browser.get(build_media_url(video), headers=headers)
    assert (answer.status_code, answer.content) == (206, BYTES[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(BYTES)}"
    assert answer.headers["content-type"] == "video/mp4"


async def test_several_parts_are_sent_as_parts(browser: httpx.AsyncClient, video: Path) -> None:
    answer = await browser.get(build_media_url(video), headers={"Range": "bytes=0-1,10-11"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    assert b"\x00\x01" in answer.content
    assert b"\x0a\x0b" in answer.content


async def test_what_lies_behind_the_end_is_refused(browser: httpx.AsyncClient, video: Path) -> None:
    answer = await browser.get(build_media_url(video), headers={"Range": "bytes=999999-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(BYTES)}")


async def test_a_part_of_another_version_is_not_sent(
    browser: httpx.AsyncClient, video: Path
) -> None:
    """If-Range: the whole new file instead."""
    etag = (await browser.head(build_media_url(video))).headers["etag"]
    asked = {"Range": "bytes=0-9", "If-Range": etag}
    assert (await browser.get(build_media_url(video), headers=asked)).status_code == 206
    video.write_bytes(b"another cut")
    answer = await browser.get(build_media_url(video), headers=asked)
    assert (answer.status_code, answer.content) == (200, b"another cut")


async def test_head_tells_the_same_without_the_file(
    browser: httpx.AsyncClient, video: Path
) -> None:
    answer = await browser.head(build_media_url(video))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(BYTES))


async def test_what_a_browser_has_is_not_sent_again(
    browser: httpx.AsyncClient, video: Path
) -> None:
    first = await browser.get(build_media_url(video))
    assert first.headers["cache-control"] == "private, no-cache"
    again = {"If-None-Match": first.headers["etag"]}
    answer = await browser.get(build_media_url(video), headers=again)
    assert (answer.status_code, answer.content) == (304, b"")
    video.write_bytes(b"another cut")
    assert (await browser.get(build_media_url(video), headers=again)).status_code == 200


def number_of_open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


async def test_every_file_is_closed_again(browser: httpx.AsyncClient, video: Path) -> None:
    etag = (await browser.get(build_media_url(video))).headers["etag"]
    before = number_of_open_files()
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=9999999-"}, {"Range": "x"}):
        await browser.get(build_media_url(video), headers=headers)
    await browser.head(build_media_url(video))
    await browser.get(build_media_url(video), headers={"If-None-Match": etag})
    await browser.get(f"{build_media_url(video)}/none.mp4")
    assert number_of_open_files() == before


async def test_a_stranger_learns_nothing_of_the_files(
    anonymous: httpx.AsyncClient, video: Path
) -> None:
    for path in (build_media_url(video), "/media/talks/none.mp4", "/media/secret.key"):
        answer = await anonymous.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/admin/?next={quote(httpx.URL(path).path, safe='')}"


async def test_a_token_of_the_api_is_no_session(client: httpx.AsyncClient, video: Path) -> None:
    assert (await client.get(build_media_url(video))).status_code == 303


@pytest.fixture
def outside() -> Iterator[Path]:
    """A video beside DATA_DIR, whose name begins as that of DATA_DIR does."""
    beside = get_data_dir().with_name(f"{get_data_dir().name}-of-others")
    beside.mkdir()
    (beside / "a.mp4").write_bytes(b"not yours")
    yield beside / "a.mp4"
    shutil.rmtree(beside)


async def ask(application: Litestar, browser: httpx.AsyncClient, path: str) -> tuple[int, str]:
    """As a client that leaves `..` in a path, which httpx does not. Status and body."""
    told: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        told.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": quote(path, safe="/").encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"cookie", f"id={browser.cookies['id']}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    await application(scope, receive, send)
    body = b"".join(each.get("body", b"") for each in told)
    return told[0]["status"], body.decode()


async def test_nothing_else_is_ever_sent(
    application: Litestar, browser: httpx.AsyncClient, folder: Path, outside: Path
) -> None:
    """All in the same words, without a path of the server in them."""
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "drawing.svg").write_text("<svg><script>alert(1)</script></svg>")
    (folder / "link.mp4").symlink_to(outside)
    (folder / "passwords.mp4").symlink_to("/etc/passwd")
    (folder / "folder").symlink_to(outside.parent)
    (folder / "circle.mp4").symlink_to(folder / "circle.mp4")
    (folder / "notes.mp4").symlink_to(folder / "page.html")
    (folder / "folder.mp4").mkdir()
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "a.mp4").write_bytes(b"hidden")
    os.mkfifo(folder / "fifo.mp4")
    (get_data_dir() / "backups").mkdir(exist_ok=True)
    (get_data_dir() / "backups" / "a.mp4").write_bytes(b"a backup")
    (get_data_dir() / "postgres").mkdir(exist_ok=True)
    (get_data_dir() / "postgres" / "a.mp4").write_bytes(b"the database")
    broken = get_data_dir() / "postgres.broken-20260101-000000"
    broken.mkdir()
    (broken / "a.mp4").write_bytes(b"the database")
    try:
        bodies = {
            await ask(application, browser, f"/media/{path}")
            for path in (
                *("talks/page.html", "talks/drawing.svg", "talks/link.mp4", "talks/passwords.mp4"),
                *("talks/folder/a.mp4", "talks/circle.mp4", "talks/notes.mp4", "talks/folder.mp4"),
                *("talks/.hidden/a.mp4", "talks/fifo.mp4", "backups/a.mp4", "postgres/a.mp4"),
                f"{broken.name}/a.mp4",
                *("secret.key", "postgres/PG_VERSION", "talks", "talks/none.mp4", "../talks/"),
                f"../{outside.parent.name}/a.mp4",
                f"talks/../../{outside.parent.name}/a.mp4",
                *("/etc/passwd", "../../../../../../etc/passwd", str(outside), f"/{outside}"),
                *("talks/\0.mp4", "talks/a\0b", f"{'a' * 4000}.mp4", "a/" * 3000),
                *("%2e%2e/a.mp4", "..%2f..%2fetc/passwd", "....//a.mp4", "~/a.mp4", "~root/a.mp4"),
            )
        }
        ((status, body),) = bodies
        assert status == 404
        assert "No such picture, video or sound." in body
        assert str(get_data_dir()) not in body
        assert "traceback" not in body.lower()
    finally:
        (get_data_dir() / "postgres" / "a.mp4").unlink()
        shutil.rmtree(get_data_dir() / "backups")
        shutil.rmtree(broken)


async def test_encoded_dots_lead_nowhere(browser: httpx.AsyncClient, outside: Path) -> None:
    for dots in ("%2e%2e", "%2E%2E", "..%2f..", "%252e%252e"):
        answer = await browser.get(f"/media/{dots}/{outside.parent.name}/a.mp4")
        assert answer.status_code == 404
        assert b"not yours" not in answer.content


async def test_a_file_that_cannot_be_read_is_not_there(
    browser: httpx.AsyncClient, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root reads everything: the system is made to refuse it."""
    opened, refused = os.open, []

    def refuse(path: Any, *given: Any, **named: Any) -> int:
        if os.fspath(path) == video.name:
            refused.append(path)
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(path, *given, **named)

    monkeypatch.setattr(os, "open", refuse)
    assert (await browser.get(build_media_url(video))).status_code == 404
    assert refused


async def test_only_get_and_head_are_answered(browser: httpx.AsyncClient, video: Path) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert (await browser.request(method, build_media_url(video))).status_code == 401
    assert video.read_bytes() == BYTES


NAMES = st.sampled_from(
    ["..", ".", "talks", "a.mp4", "a.txt", "to-etc", "passwd.png", "in.webm", "etc", "passwd", ""]
)
PATHS = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda start, parts: start + "/".join(parts),
        st.sampled_from(["", "/", "//", "../"]),
        st.lists(st.one_of(NAMES, st.text(max_size=8)), max_size=6),
    ),
)


@given(path=PATHS)
def test_whatever_is_asked_for_what_is_opened_is_media_in_data_dir(folder: Path, path: str) -> None:
    for name in ("a.mp4", "a.txt"):
        (folder / name).write_bytes(b"inside")
    for name, target in (("to-etc", "/etc"), ("passwd.png", "/etc/passwd"), ("in.webm", "a.mp4")):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)
    try:
        opened, found = open_media_file(path)
    except NotFound:
        return
    try:
        real = Path(os.path.realpath(f"/proc/self/fd/{opened}"))
        assert real == found
        assert real.is_relative_to(get_data_dir())
        assert real.suffix[1:] in CONTENT_TYPES
        assert os.read(opened, 10) == b"inside"
    finally:
        os.close(opened)


def test_the_paths_of_the_test_above_can_be_opened(folder: Path) -> None:
    (folder / "a.mp4").write_bytes(b"inside")
    (folder / "in.webm").symlink_to("a.mp4")
    for path in ("talks/a.mp4", "talks/../talks/./a.mp4", "talks/in.webm", str(folder / "a.mp4")):
        opened, found = open_media_file(path)
        os.close(opened)
        assert found == folder / "a.mp4"


def test_a_link_that_is_made_meanwhile_leads_nowhere(folder: Path, outside: Path) -> None:
    """A folder and a link to another one change places all the time."""
    (folder / "inside").mkdir()
    (folder / "inside" / "a.mp4").write_bytes(b"yours")
    (folder / "link").symlink_to(outside.parent)
    is_over = threading.Event()

    def exchange() -> None:
        place, spare = folder / "place", folder / "spare"
        while not is_over.is_set():
            for name in ("inside", "link"):
                (folder / name).rename(place)
                place.rename(folder / name)
        spare.unlink(missing_ok=True)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        for _ in range(2000):
            try:
                opened, _found = open_media_file("talks/place/a.mp4")
            except NotFound:
                continue
            assert os.read(opened, 20) == b"yours"
            os.close(opened)
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("name", ["link.mp4", "link/a.mp4", "fifo.mp4", "folder.mp4", "gone.mp4"])
def test_what_has_changed_since_it_was_looked_up_is_not_opened(
    folder: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (folder / "link.mp4").symlink_to(outside)
    (folder / "link").symlink_to(outside.parent)
    (folder / "folder.mp4").mkdir()
    os.mkfifo(folder / "fifo.mp4")
    monkeypatch.setattr("apps.media.files.locate_file", lambda _: folder / name)
    before = number_of_open_files()
    with pytest.raises(NotFound):
        open_media_file("whatever.mp4")
    assert number_of_open_files() == before


@pytest.mark.parametrize("name", ["\udcff.mp4", "\ud800/a.mp4", "a\0.mp4", "a" * 5000])
def test_what_cannot_be_a_name_is_no_file(name: str) -> None:
    assert locate_file(name) is None


def test_all_that_is_imported_can_be_shown() -> None:
    assert {*VIDEOS, *SOUNDS} == MEDIA_EXTENSIONS


def test_a_backup_folder_elsewhere_in_data_dir_is_closed_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.mp4").touch()
    for place, is_shown in ((folder, False), (get_data_dir(), True), (get_data_dir().parent, True)):
        chosen = Settings.model_validate({"data_dir": get_data_dir(), "backup_dir": place})
        monkeypatch.setattr(
            "apps.operations.backups.folder.get_settings", lambda chosen=chosen: chosen
        )
        assert (locate_file(folder / "a.mp4") is not None) == is_shown


def test_the_picture_beside_a_video_is_found(folder: Path) -> None:
    video = folder / "talk.part 1.mp4"
    assert find_thumbnail(video) is None
    (folder / "talk.part 1.jpg").touch()
    assert find_thumbnail(video) == folder / "talk.part 1.jpg"
    (folder / "talk.part 1.webp").touch()
    assert find_thumbnail(video) == folder / "talk.part 1.webp"


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (None, "There is no file yet."),
        ("https://example.org/a.mp4", "The file is on another host: https://example.org/a.mp4"),
        ("/elsewhere/a.mp4", "The file is not in DATA_DIR."),
        ("http://[", "Only pictures, videos and sounds can be shown"),
        ("/etc/passwd", "Only pictures, videos and sounds can be shown"),
    ],
)
def test_why_a_file_is_not_shown_is_told(stored: str | None, sentence: str) -> None:
    assert explain_missing_file(stored).startswith(sentence)


def test_data_dir_is_the_one_of_the_settings() -> None:
    assert get_data_dir() == get_settings().data_dir.resolve()
