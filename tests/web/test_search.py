"""The page of a search: what it shows, and where its links lead."""

import html
import re
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.factories import (
    make_channel,
    make_chunk,
    make_thumbnail,
    make_transcript,
    make_user,
    make_video,
)


async def make_hit(said: str = "the fog signal", **values: Any) -> Any:
    """A video in which it is said, at 0:01:30.9 unless `start_time` says otherwise."""
    start = values.pop("start_time", 90.9)
    video = await make_video(**values)
    transcript = await make_transcript(video.id)
    await make_chunk(
        transcript.id,
        chunk_text=said,
        start_time=start,
        end_time=None if start is None else start + 60,
    )
    return video


def links(answer: httpx.Response) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]*)"', answer.text)]


async def test_a_hit_leads_to_its_second(browser: httpx.AsyncClient) -> None:
    channel = await make_channel(name="Lights & Horns")
    video = await make_hit(
        title="Restoring it",
        channel_id=channel.id,
        youtube_video_id="abcdefghijk",
        upload_date=date(2024, 5, 1),
    )
    answer = await browser.get("/search", params={"q": "fog"})
    assert answer.status_code == 200
    assert "the <mark>fog</mark> signal" in answer.text
    assert "1 result\n" in answer.text
    for said in ("Restoring it", "Lights &amp; Horns", "2024-05-01", "0:01:30"):
        assert said in answer.text
    inside = [link for link in links(answer) if link.startswith(f"/watch/{video.identifier}?t=90&")]
    assert len(inside) == 2
    assert "https://www.youtube.com/watch?v=abcdefghijk&t=90s" in links(answer)
    assert 'rel="noreferrer noopener"' in answer.text
    assert "/search?q=fog&channel=Lights+%26+Horns" in links(answer)


@pytest.mark.parametrize(
    ("start", "second", "time"),
    [(0.0, 0, "0:00:00"), (0.99, 0, "0:00:00"), (59.999, 59, "0:00:59"), (3723.5, 3723, "1:02:03")],
)
async def test_seconds_are_rounded_down(
    browser: httpx.AsyncClient, start: float, second: int, time: str
) -> None:
    await make_hit(youtube_video_id="abcdefghijk", start_time=start)
    answer = await browser.get("/search", params={"q": "fog"})
    assert time in answer.text
    assert f"?t={second}&amp;" in answer.text
    assert f"https://www.youtube.com/watch?v=abcdefghijk&t={second}s" in links(answer)


async def test_a_hit_without_a_time_begins_at_the_beginning(browser: httpx.AsyncClient) -> None:
    await make_hit(start_time=None)
    assert "?t=0&amp;" in (await browser.get("/search?q=fog")).text


async def test_nothing_that_a_stranger_wrote_becomes_html(browser: httpx.AsyncClient) -> None:
    evil = '<script>alert("1")</script>'
    channel = await make_channel(name=f'"><img src=x onerror=alert(1)>{evil}')
    await make_hit(
        f"fog {evil}", title=evil, channel_id=channel.id, source_url="javascript:alert(1)"
    )
    for path in (
        "/search?q=fog",
        f"/search?q=fog {evil}",
        f"/search?q=horn&channel={evil}&language={evil}",
    ):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert not [link for link in links(answer) if link.startswith("javascript:")]
    shown = (await browser.get("/search?q=fog")).text
    assert "&lt;script&gt;" in shown
    assert "<mark>fog</mark> &lt;script&gt;" in shown


async def test_a_source_is_linked_where_there_is_no_youtube(browser: httpx.AsyncClient) -> None:
    await make_hit(source_url="https://example.org/talk?a=1&b=2")
    assert "https://example.org/talk?a=1&b=2" in links(await browser.get("/search?q=fog"))


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20%20"])
async def test_without_words_it_says_what_may_be_asked(
    browser: httpx.AsyncClient, query: str
) -> None:
    answer = await browser.get(f"/search{query}")
    assert answer.status_code == 200
    assert "without the word after the minus" in answer.text


async def test_no_hit_says_what_to_try(browser: httpx.AsyncClient) -> None:
    await make_hit()
    answer = await browser.get("/search?q=lantern")
    assert answer.status_code == 200
    assert 'No results for "lantern".' in answer.text
    assert "Search everywhere" not in answer.text
    answer = await browser.get("/search?q=lantern&language=en")
    assert "/search?q=lantern" in links(answer)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?q=the", "is too common to search for. Add another word."),
        ("?q=...", "Enter at least one word to search for."),
        ("?q=fog&language=xx", "There are no transcripts in this language."),
        ("?q=fog&offset=1000", "No more results."),
        ("?q=fog&offset=-1", "the <mark>fog</mark> signal"),
        ("?q=fog&offset=abc", "the <mark>fog</mark> signal"),
        ("?q=fog&offset=99999999999999999999", "the <mark>fog</mark> signal"),
        ("?q=fog&unknown=1", "the <mark>fog</mark> signal"),
    ],
)
async def test_what_is_odd_is_answered_in_a_sentence(
    browser: httpx.AsyncClient, query: str, sentence: str
) -> None:
    await make_hit()
    answer = await browser.get(f"/search{query}")
    assert (answer.status_code, sentence in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"q": "a" * 501}, "A search is limited to 500 characters."),
        ({"q": "fog", "channel": "a" * 501}, "A search is limited to 500 characters."),
        ({"q": "\0"}, "Enter something to search for."),
    ],
)
async def test_what_cannot_be_searched_for_is_refused_on_the_page(
    browser: httpx.AsyncClient, asked: dict[str, str], sentence: str
) -> None:
    answer = await browser.get("/search", params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert sentence in answer.text
    assert 'role="alert"' in answer.text


async def test_filters_narrow_a_search_and_can_be_taken_off(browser: httpx.AsyncClient) -> None:
    ours = await make_channel(name="Ours")
    await make_hit(title="Of ours", channel_id=ours.id)
    await make_hit(title="Of nobody")
    both = await browser.get("/search?q=fog")
    assert "Of ours" in both.text
    assert "Of nobody" in both.text
    answer = await browser.get("/search?q=fog&channel=Ours&language=en")
    assert "Of ours" in answer.text
    assert "Of nobody" not in answer.text
    assert "/search?q=fog&language=en" in links(answer)
    assert "/search?q=fog&channel=Ours" in links(answer)


async def test_pages_lead_on_and_back(browser: httpx.AsyncClient, queries: list[str]) -> None:
    transcript = await make_transcript()
    for place in range(45):
        await make_chunk(transcript.id, chunk_text=f"fog {place}")
    queries.clear()
    seen: list[str] = []
    path: str | None = "/search?q=fog"
    while path:
        answer = await browser.get(path)
        seen += re.findall(r"<mark>fog</mark> (\d+)", answer.text)
        path = next(iter(re.findall(r'rel="next" href="([^"]*)"', answer.text)), None)
        path = html.unescape(path) if path else None
    assert sorted(map(int, seen)) == list(range(45))
    asked = [query for query in queries if '"sessions"' not in query]
    assert len(asked) == 9, "Three a page: the words, the hits, the pictures."
    assert "41–45 of 45 results" in answer.text
    assert 'rel="prev" href="/search?q=fog&amp;offset=20"' in answer.text


async def test_pictures_are_shown_where_there_are_any(
    browser: httpx.AsyncClient, folder: Path
) -> None:
    for name in ("a.mp4", "a.webp", "thumb.jpg", "b.mp4", "c.mp4", "c.jpg"):
        (folder / name).touch()
    beside = await make_hit(title="beside", cloud_url=str(folder / "a.mp4"))
    thumbnail = await make_hit(title="thumbnail", cloud_url=str(folder / "c.mp4"))
    await make_thumbnail(video_id=thumbnail.id, cloud_url=str(folder / "thumb.jpg"))
    gone = await make_hit(title="gone", cloud_url=str(folder / "c.mp4"))
    await make_thumbnail(video_id=gone.id, cloud_url=str(folder / "gone.jpg"))
    odd = await make_hit(title="odd")
    await make_thumbnail(video_id=odd.id, cloud_url=str(folder / "b.mp4"))
    outside = await make_hit(title="outside")
    await make_thumbnail(video_id=outside.id, cloud_url="https://example.org/a.jpg")
    await make_hit(title="none", cloud_url=str(folder / "b.mp4"))
    text = (await browser.get("/search?q=fog")).text
    shown = dict(re.findall(r'/watch/([^?"]*)[^>]*aria-hidden="true"><img src="([^"]*)"', text))
    assert shown == {
        beside.identifier: "/media/talks/a.webp",
        thumbnail.identifier: "/media/talks/thumb.jpg",
        gone.identifier: "/media/talks/c.jpg",
    }
    assert 'width="160" height="90" loading="lazy"' in text
    assert (await browser.get("/media/talks/a.webp")).status_code == 200


async def test_what_others_keep_private_is_not_found(browser: httpx.AsyncClient) -> None:
    other = await make_user()
    transcript = await make_transcript(user_id=other.id)
    await make_chunk(transcript.id, user_id=other.id, chunk_text="a secret lantern")
    await make_hit()
    assert "No results for" in (await browser.get("/search?q=lantern")).text


async def test_a_stranger_is_sent_to_sign_in_and_back(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/search?q=fog")
    assert (answer.status_code, answer.content) == (303, b"")
    assert answer.headers["location"] == "/admin/?next=%2Fsearch%3Fq%3Dfog"
