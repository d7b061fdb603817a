"""Files in the admin: shown where they may be, and uploaded within bounds."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest

from apps.media.files import CONTENT_TYPES, get_data_dir
from apps.media.storage import CHUNK_BYTES, SIGNATURES
from piccolo_project.admin.media import MEDIA
from piccolo_project.admin.uploads import MAX_UPLOAD_BYTES
from tests.admin.forms import Forms
from tests.web.conftest import folder  # noqa: F401  # A fixture.

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
EXAMPLES = {
    "3gp": b"\0\0\0\x18ftyp3gp4",
    "aac": b"\xff\xf1\x50\x80",
    "avi": b"RIFF\x24\0\0\0AVI LIST",
    "avif": b"\0\0\0\x1cftypavif",
    "flac": b"fLaC\0\0\0\x22",
    "flv": b"FLV\x01\x05",
    "gif": b"GIF89a\x01\0\x01\0",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "jpg": b"\xff\xd8\xff\xe1\0\x10Exif",
    "m4a": b"\0\0\0\x18ftypM4A ",
    "m4v": b"\0\0\0\x18ftypM4V ",
    "mka": b"\x1a\x45\xdf\xa3\x9f",
    "mkv": b"\x1a\x45\xdf\xa3\xa3",
    "mov": b"\0\0\0\x14ftypqt  ",
    "mp3": b"\xff\xfb\x90\x64",
    "mp4": b"\0\0\0\x18ftypisom\n",
    "mpg": b"\0\0\x01\xba\x44",
    "oga": b"OggS\0\x02",
    "ogg": b"OggS\0\x02",
    "ogv": b"OggS\0\x02",
    "opus": b"OggS\0\x02",
    "png": PNG,
    "ts": b"\x47" + b"\n" * 187 + b"\x47",
    "wav": b"RIFF\x24\x0a\0\0WAVEfmt ",
    "webm": b"\x1a\x45\xdf\xa3\x9f",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "wmv": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6",
}
"""What real files of each kind begin with."""


async def shown(forms: Forms, stored: str, table: str = "videos", column: str = "cloud_url") -> str:
    body = {"table_name": table, "column_name": column, "file_key": stored}
    answer = await forms.client.post("api/media/generate-file-url/", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file_url"])


async def upload(forms: Forms, name: str, content: bytes, table: str = "thumbnails") -> Any:
    column = "file_path" if table == "music" else "cloud_url"
    return await forms.client.post(
        "api/media/",
        data={"table_name": table, "column_name": column},
        files={"file": (name, content, "text/html")},
    )


def stored_files(table: str = "thumbnails") -> list[Path]:
    return sorted((get_data_dir() / "media" / table).glob("*"))


async def test_a_file_in_data_dir_is_shown(forms: Forms, folder: Path) -> None:  # noqa: F811
    (folder / "a #1.mp4").write_bytes(b"a video")
    for stored in (str(folder / "a #1.mp4"), "talks/a #1.mp4"):
        url = await shown(forms, stored)
        assert url == "/media/talks/a%20%231.mp4"
        assert (await forms.page(url)).content == b"a video"


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        ("https://example.org/a.mp4", "The file is on another host: https://example.org/a.mp4"),
        ("/etc/passwd", "Only pictures, videos and sounds can be shown"),
        ("/srv/a.mp4", "The file is not in DATA_DIR."),
        ("talks/../../../etc/a.mp4", "The file is not in DATA_DIR."),
        ("javascript:alert(1)//a.mp4", "The file is not in DATA_DIR."),
        ("", "There is no file yet."),
    ],
)
async def test_of_any_other_a_sentence_is_told_and_no_address(
    forms: Forms, stored: str, sentence: str
) -> None:
    url = await shown(forms, stored)
    head, _, told = url.partition(",")
    assert head == "data:text/plain;charset=utf-8"
    assert unquote(told).startswith(sentence)
    assert "<" not in told


@pytest.mark.parametrize("table", ["videos", "clips", "thumbnails", "music"])
async def test_the_form_offers_to_show_and_to_upload(forms: Forms, table: str) -> None:
    schema = (await forms.client.get(f"api/tables/{table}/schema/")).json()
    column = "file_path" if table == "music" else "cloud_url"
    assert schema["extra"]["media_columns"] == [column]


async def test_an_upload_is_stored_under_a_name_of_its_own(forms: Forms) -> None:
    before = stored_files()
    answers = [await upload(forms, "../../Poster <1>.PNG", PNG * 5000) for _ in range(2)]
    keys = [Path(answer.json()["file_key"]) for answer in answers]
    assert sorted([*before, *keys]) == stored_files(), "Nothing is replaced."
    for key in keys:
        assert key.parent == get_data_dir() / "media" / "thumbnails"
        assert str(UUID(key.stem)) == key.stem
        assert key.suffix == ".png"
        assert key.read_bytes() == PNG * 5000
        assert (await forms.page(await shown(forms, str(key)))).content == PNG * 5000


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
async def test_each_kind_is_known_by_its_beginning(forms: Forms, kind: str) -> None:
    tables = {str(table._meta.tablename): each for table, (each,) in MEDIA.items()}
    table = next(
        name for name, storage in tables.items() if kind in (storage.allowed_extensions or ())
    )
    answer = await upload(forms, f"a.{kind}", EXAMPLES[kind], table)
    assert answer.status_code == 200, answer.text
    other = await upload(forms, f"a.{kind}", b"<script>alert(1)</script>" * 20, table)
    assert (other.status_code, other.json()["detail"]) == (
        422,
        f"This is not a valid {kind} file.",
    )


def test_no_kind_is_forgotten() -> None:
    assert EXAMPLES.keys() == SIGNATURES.keys() == CONTENT_TYPES.keys()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("page.html", PNG, "The file must have one of these extensions: avif, gif, jpeg, "),
        ("drawing.svg", b"<svg>", "The file must have one of these extensions: "),
        ("a.mp4", EXAMPLES["mp4"], "The file must have one of these extensions: "),
        ("png", PNG, "The file must have one of these extensions: "),
        (".png", PNG, "The file must have one of these extensions: "),
        ("a.png/..", PNG, "The file must have one of these extensions: "),
        ("a.png", b"", "This is not a valid png file."),
        ("a.png", b"GIF89a", "This is not a valid png file."),
    ],
)
async def test_what_is_no_picture_is_refused(
    forms: Forms, name: str, content: bytes, sentence: str
) -> None:
    before = stored_files()
    answer = await upload(forms, name, content)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(sentence)
    assert stored_files() == before


@pytest.mark.parametrize("length", [MAX_UPLOAD_BYTES + 1, 1 << 60])
async def test_an_upload_has_a_bound(forms: Forms, length: int) -> None:
    before = stored_files()
    answer = await forms.client.post(
        "api/media/",
        content=b"--x",
        headers={"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(length)},
    )
    assert answer.status_code == 413
    assert stored_files() == before


async def test_a_stranger_sends_no_more_than_a_row(forms: Forms) -> None:
    """Without the header a whole body is read for the token in it, whoever sends it."""
    for path in ("public/logout/", "api/media/"):
        asked = forms.client.build_request(
            "POST", path, content=b"--x", headers={"Content-Length": str(MAX_UPLOAD_BYTES)}
        )
        del asked.headers["X-CSRFToken"]
        assert (await forms.client.send(asked)).status_code == 413


async def test_what_cannot_be_stored_is_told(forms: Forms, folder: Path) -> None:  # noqa: F811
    (get_data_dir() / "media").mkdir(exist_ok=True)
    place = get_data_dir() / "media" / "music"
    kept = place.rename(folder / "music") if place.exists() else None
    place.write_text("A file, where a folder should be.")
    try:
        answer = await upload(forms, "a.mp3", EXAMPLES["mp3"], "music")
        assert answer.status_code == 422
        assert answer.json()["detail"] == "Could not store the file (File exists)."
    finally:
        place.unlink()
        if kept:
            kept.rename(place)


async def test_half_an_upload_leaves_nothing(folder: Path) -> None:  # noqa: F811
    class Broken:
        parts = [PNG + bytes(CHUNK_BYTES - len(PNG))]

        def read(self, _: int) -> bytes:
            if not self.parts:
                raise OSError(5, "Input/output error")
            return self.parts.pop()

    ((storage,),) = [each for table, each in MEDIA.items() if table._meta.tablename == "thumbnails"]
    before = stored_files()
    with pytest.raises(ValueError, match="Could not store the file"):
        await storage.store_file("a.png", Broken())  # type: ignore[arg-type]
    assert stored_files() == before


async def test_who_is_not_signed_in_uploads_and_learns_nothing(forms: Forms) -> None:
    forms.client.cookies.delete("id")
    before = stored_files()
    assert (await upload(forms, "a.png", PNG)).status_code == 401
    assert stored_files() == before
    body = {"table_name": "videos", "column_name": "cloud_url", "file_key": "secret.key"}
    answer = await forms.client.post("api/media/generate-file-url/", json=body)
    assert answer.status_code == 401


async def test_no_file_is_deleted_for_a_row(forms: Forms) -> None:
    ((storage,),) = [each for table, each in MEDIA.items() if table._meta.tablename == "thumbnails"]
    key = (await upload(forms, "a.png", PNG)).json()["file_key"]
    assert key in await storage.get_file_keys()
    opened = await storage.get_file(key)
    assert opened is not None
    with opened:
        assert opened.read() == PNG
    assert await storage.get_file("/etc/passwd") is None
    with pytest.raises(PermissionError):
        await storage.delete_file(key)
    with pytest.raises(PermissionError):
        await storage.bulk_delete_files([key])
    assert Path(key).exists()
