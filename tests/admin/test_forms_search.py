"""The form that searches transcripts finds what REST does."""

import httpx

from tests.admin.forms import Forms
from tests.database import execute
from tests.factories import make_channel, make_chunk, make_transcript, make_user, make_video

SEARCH = "search-transcripts"


async def make_talk(title: str, said: str, language: str = "en", **video: object) -> str:
    found = await make_video(title=title, **video)
    transcript = await make_transcript(found.id, language=language)
    await make_chunk(transcript.id, chunk_text=said, start_time=63.5, end_time=70.0)
    return str(found.identifier)


async def test_hits_lead_to_the_second(forms: Forms, client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="A & B")
    identifier = await make_talk("A talk", "the quick\nbrown fox", channel_id=channel.id)
    await make_talk("Un exposé", "le renard fox", language="fr")
    message = await forms.done(SEARCH, words=" fox ", channel="A & B", language="en")
    assert message == (
        f"0:01:03  A talk, A & B\nthe quick brown fox\n/watch/{identifier}?t=63\n\n"
        "Top 1 of 1. All results: /search?q=fox&channel=A+%26+B&language=en"
    )
    found = (await client.get("/api/search?q=fox")).json()["items"]
    message = await forms.done(SEARCH, words="fox")
    assert [f"/watch/{hit['identifier']}?t=63" for hit in found] == [
        line for line in message.splitlines() if line.startswith("/watch/")
    ]


async def test_the_best_ten(forms: Forms) -> None:
    transcript = await make_transcript()
    for _ in range(12):
        await make_chunk(transcript.id, chunk_text="fox")
    message = await forms.done(SEARCH, words="fox")
    assert message.count("/watch/") == 10
    assert message.endswith("Top 10 of 12. All results: /search?q=fox")


async def test_nothing_is_found(forms: Forms) -> None:
    assert await forms.done(SEARCH, words="fox") == "There are no transcripts yet."
    await make_talk("A talk", "fox")
    assert await forms.done(SEARCH, words="unicorn") == 'No results for "unicorn".'


async def test_what_cannot_be_searched(forms: Forms) -> None:
    assert await forms.refused(SEARCH, words="  ") == "Enter something to search for.\nq: Empty."
    assert await forms.refused(SEARCH, words="a" * 501) == "A search is limited to 500 characters."


async def test_what_is_somebody_elses_is_not_found(forms: Forms) -> None:
    await make_talk("A talk", "hello")
    other = await make_user()
    transcript = await make_transcript(user_id=other.id)
    await make_chunk(transcript.id, user_id=other.id, chunk_text="fox")
    assert await forms.done(SEARCH, words="fox") == 'No results for "fox".'
    await execute("UPDATE transcripts SET user_id = NULL")
    await execute("UPDATE chunks SET user_id = NULL")
    assert "fox" in await forms.done(SEARCH, words="fox")
