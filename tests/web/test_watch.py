"""The page of a video: what it plays, from where on, and what is said there."""

import html
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from apps.accounts.tables import User
from piccolo_project.web.watch import parse_seconds
from tests.factories import (
    make_channel,
    make_chunk,
    make_moment,
    make_thumbnail,
    make_transcript,
    make_user,
    make_video,
)


async def make_said(video_id: UUID, number: int = 12, **values: Any) -> Any:
    """A transcript of `number` minutes; minute 3 says that it is minute three, in twelve words."""
    transcript = await make_transcript(video_id, **values)
    for minute in range(number):
        await make_chunk(
            transcript.id,
            chunk_index=minute,
            chunk_text=f"minute {minute} of {number} " + "and so on " * 3,
            start_time=minute * 60.0,
            end_time=minute * 60.0 + 60,
            user_id=values.get("user_id"),
        )
    return transcript


def links(answer: httpx.Response) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]*)"', answer.text)]


async def test_a_video_plays_from_its_second(browser: httpx.AsyncClient, folder: Path) -> None:
    (folder / "a talk.mp4").touch()
    (folder / "a talk.webp").touch()
    channel = await make_channel(name="Lights & Horns")
    video = await make_video(
        title="Restoring it",
        identifier="abcdefghijk",
        youtube_video_id="abcdefghijk",
        channel_id=channel.id,
        upload_date=date(2024, 5, 1),
        duration_seconds=3723.5,
        cloud_url=str(folder / "a talk.mp4"),
    )
    transcript = await make_said(video.id)
    answer = await browser.get("/watch/abcdefghijk?t=185")
    assert answer.status_code == 200
    assert '<video id="player" class="player" controls preload="metadata"' in answer.text
    assert 'src="/media/talks/a%20talk.mp4#t=185"' in answer.text
    assert 'poster="/media/talks/a%20talk.webp"' in answer.text
    captions = f"/watch/abcdefghijk/captions.vtt?transcript={transcript.id}"
    assert f'<track kind="captions" src="{captions}" srclang="en"' in answer.text
    for said in ("Restoring it", "Lights &amp; Horns", "2024-05-01", "1:02:03"):
        assert said in answer.text
    assert f"/admin/#/videos/{video.id}" in links(answer)
    assert "https://www.youtube.com/watch?v=abcdefghijk&t=185s" in links(answer)
    by_id = await browser.get(f"/watch/{video.id}?t=185")
    assert by_id.text == answer.text


async def test_what_is_said_around_the_second_is_shown(browser: httpx.AsyncClient) -> None:
    video = await make_video(identifier="a.talk")
    transcript = await make_said(video.id)
    text = (await browser.get("/watch/a.talk?t=185")).text
    assert [int(n) for n in re.findall(r"minute (\d+) of", text)] == [2, 3, 4, 5, 6]
    (current,) = re.findall(r'<li aria-current="true">(.*?)</li>', text)
    assert "minute 3 of" in current
    assert f'href="/watch/a.talk?t=180&transcript={transcript.id}"' in current.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        ("", [0, 1, 2, 3]),
        ("?t=0", [0, 1, 2, 3]),
        ("?t=59", [0, 1, 2, 3, 4]),
        ("?t=58", [0, 1, 2, 3]),
        ("?t=99999", [10, 11]),
        ("?t=nonsense", [0, 1, 2, 3]),
    ],
)
async def test_it_is_cut_at_both_ends(
    browser: httpx.AsyncClient, asked: str, minutes: list[int]
) -> None:
    """A second is one that was rounded down: the chunk may begin within it."""
    video = await make_video(identifier="a.talk")
    await make_said(video.id)
    text = (await browser.get(f"/watch/a.talk{asked}")).text
    assert [int(n) for n in re.findall(r"minute (\d+) of", text)] == minutes


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("90", 90),
        ("90s", 90),
        ("90.9", 90),
        ("0", 0),
        ("", 0),
        ("-5", 0),
        ("nan", 0),
        ("inf", 0),
        ("1e9", 0),
        ("٣", 0),
        ("1" * 5000, 0),
        ("99999999999", 10_000_000),
    ],
)
def test_a_second_is_read(text: str, second: int) -> None:
    assert parse_seconds(text) == second


async def test_nothing_that_a_stranger_wrote_becomes_html(browser: httpx.AsyncClient) -> None:
    evil = '"><script>alert(1)</script>'
    channel = await make_channel(name=evil)
    video = await make_video(
        identifier="a.talk",
        title=evil,
        channel_id=channel.id,
        source_url="javascript:alert(1)",
        cloud_url=f"https://example.org/{evil}",
    )
    transcript = await make_transcript(video.id, language="<b>")
    await make_chunk(transcript.id, chunk_text=f"{evil} </title><b>bold")
    await make_moment(video.id, title=evil)
    text = (await browser.get(f"/watch/a.talk?t=1&transcript={evil}")).text
    assert "<script" not in text
    assert "<b>" not in text
    assert "javascript:" not in text
    assert text.count("&lt;script&gt;") == 6


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (None, "There is no file yet."),
        ("/srv/videos/a.mp4", "The file is not in DATA_DIR."),
        ("https://example.org/a.mp4", "The file is on another host: https://example.org/a.mp4"),
        ("talks/a.jpg", "The file is a picture, not a video."),
    ],
)
async def test_why_there_is_nothing_to_play_is_said(
    browser: httpx.AsyncClient, folder: Path, stored: str | None, sentence: str
) -> None:
    (folder / "a.jpg").touch()
    await make_video(identifier="a.talk", cloud_url=stored, youtube_video_id="abcdefghijk")
    answer = await browser.get("/watch/a.talk?t=90")
    assert sentence in answer.text
    assert "<video" not in answer.text
    assert "<script" not in answer.text
    assert "Watch on YouTube from 0:01:30" in answer.text
    assert links(answer).count("https://www.youtube.com/watch?v=abcdefghijk&t=90s") == 2
    assert "example.org" not in "".join(re.findall(r'src="[^"]*"', answer.text))


async def test_a_source_that_knows_no_seconds_is_linked_without(browser: httpx.AsyncClient) -> None:
    await make_video(identifier="a.talk", source_url="https://example.org/talk")
    answer = await browser.get("/watch/a.talk?t=90")
    assert "Watch on example.org <span" in answer.text
    assert "https://example.org/talk" in links(answer)


async def test_a_sound_is_played_as_one(browser: httpx.AsyncClient, folder: Path) -> None:
    (folder / "a.opus").touch()
    await make_video(identifier="a.talk", cloud_url="talks/a.opus")
    text = (await browser.get("/watch/a.talk")).text
    assert '<audio id="player"' in text
    assert 'src="/media/talks/a.opus"' in text


async def test_moments_and_a_thumbnail_are_shown(browser: httpx.AsyncClient, folder: Path) -> None:
    (folder / "thumb.jpg").touch()
    video = await make_video(identifier="a.talk")
    await make_thumbnail(video_id=video.id, cloud_url="talks/thumb.jpg")
    await make_moment(video.id, title="The horn sounds", start_time=3723.9, end_time=3730.0)
    answer = await browser.get("/watch/a.talk")
    assert '<img src="/media/talks/thumb.jpg" alt="" width="640" height="360">' in answer.text
    assert "The horn sounds" in answer.text
    assert "/watch/a.talk?t=3723" in links(answer)


async def test_another_transcript_can_be_chosen(
    browser: httpx.AsyncClient, admin_user: User
) -> None:
    video = await make_video(identifier="a.talk")
    other = await make_user()
    primary = await make_said(video.id, 1, is_primary=True)
    french = await make_said(video.id, 2, language="fr", source="youtube_manual")
    private = await make_said(video.id, 3, user_id=other.id, language="de")
    elsewhere = await make_said((await make_video()).id, 4)
    first = await browser.get("/watch/a.talk?t=5")
    assert "minute 0 of 1 " in first.text
    assert f"/watch/a.talk?t=5&transcript={french.id}" in links(first)
    assert "fr, youtube manual" in first.text
    assert str(private.id) not in first.text
    asked = await browser.get(f"/watch/a.talk?transcript={french.id}")
    assert "minute 0 of 2 " in asked.text
    assert '<ol class="lines" lang="fr">' in asked.text
    for hidden in (private.id, elsewhere.id, "nonsense"):
        answer = await browser.get(f"/watch/a.talk?transcript={hidden}")
        assert "minute 0 of 1 " in answer.text
        captions = await browser.get(f"/watch/a.talk/captions.vtt?transcript={hidden}")
        assert "minute 0 of 1 " in captions.text
    assert "minute 0 of 1 " in (await browser.get(f"/watch/a.talk?transcript={primary.id}")).text
    mine = await make_said(video.id, 5, user_id=admin_user.id)
    assert "minute 0 of 5 " in (await browser.get("/watch/a.talk")).text, mine.id


async def test_chunks_that_are_anothers_are_not_shown(browser: httpx.AsyncClient) -> None:
    other = await make_user()
    video = await make_video(identifier="a.talk")
    transcript = await make_transcript(video.id)
    await make_chunk(transcript.id, chunk_index=1, chunk_text="for everybody")
    await make_chunk(transcript.id, chunk_index=2, chunk_text="a note", user_id=other.id)
    for path in ("/watch/a.talk", "/watch/a.talk/captions.vtt"):
        text = (await browser.get(path)).text
        assert "for everybody" in text
        assert "a note" not in text


async def test_without_a_transcript_it_says_so(browser: httpx.AsyncClient) -> None:
    video = await make_video(identifier="a.talk")
    assert "This video has no transcript." in (await browser.get("/watch/a.talk")).text
    answer = await browser.get("/watch/a.talk/captions.vtt")
    assert (answer.status_code, "This video has no transcript." in answer.text) == (404, True)
    await make_transcript(video.id)
    assert "The transcript is empty." in (await browser.get("/watch/a.talk")).text


async def test_captions_are_made_of_the_chunks(browser: httpx.AsyncClient) -> None:
    video = await make_video(identifier="a.talk")
    transcript = await make_transcript(video.id)
    words = [f"w{number}" for number in range(14)]
    await make_chunk(
        transcript.id,
        chunk_index=0,
        chunk_text=" ".join(words),
        start_time=3600.0,
        end_time=3630.0,
        word_starts=[3600.5 + number for number in range(14)],
    )
    await make_chunk(
        transcript.id, chunk_index=1, chunk_text="a < b --> c", start_time=3615.0, end_time=None
    )
    await make_chunk(
        transcript.id, chunk_index=2, chunk_text="when?", start_time=None, end_time=None
    )
    answer = await browser.get("/watch/a.talk/captions.vtt")
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    assert answer.text == (
        "WEBVTT\n\n"
        f"01:00:00.500 --> 01:00:07.500\n{' '.join(words[:12])}\n\n"
        "01:00:12.500 --> 01:00:15.000\nw12 w13\n\n"
        "01:00:15.000 --> 01:00:22.000\na &lt; b --&gt; c\n"
    )


@pytest.mark.parametrize(
    "key", ["none", "01900000-0000-7000-8000-000000000000", "..%2f", "a" * 4000]
)
@pytest.mark.parametrize("rest", ["", "?t=5", "/captions.vtt"])
async def test_an_unknown_video_is_told_on_a_page(
    browser: httpx.AsyncClient, key: str, rest: str
) -> None:
    answer = await browser.get(f"/watch/{key}{rest}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no video" in answer.text
    assert '<form class="search"' in answer.text


async def test_a_name_that_postgresql_cannot_read_is_told_on_a_page(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/watch/%00")
    assert answer.status_code == 422
    assert "cannot contain the NUL" in answer.text
    assert '<form class="search"' in answer.text


async def test_the_number_of_queries_is_bounded(
    browser: httpx.AsyncClient, queries: list[str]
) -> None:
    video = await make_video(identifier="a.talk")
    for source in ("youtube_auto", "youtube_manual", "generated"):
        await make_said(video.id, 3, source=source)
    for _ in range(3):
        await make_moment(video.id)
    queries.clear()
    assert (await browser.get("/watch/a.talk?t=5")).status_code == 200
    asked = [query for query in queries if '"sessions"' not in query]
    assert len(asked) == 5, "The video, its transcripts, the chunks, the moments, the picture."


async def test_a_stranger_learns_nothing_of_the_videos(anonymous: httpx.AsyncClient) -> None:
    await make_video(identifier="a.talk")
    for path in ("/watch/a.talk", "/watch/none", "/watch/a.talk/captions.vtt"):
        answer = await anonymous.get(path)
        assert (answer.status_code, answer.content) == (303, b"")
