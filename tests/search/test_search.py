"""Search: what is found, where, and for whom."""

from datetime import date
from uuid import UUID

import httpx
import pytest

from apps.catalog.tables import Video
from apps.search.services import (
    MAX_RANKED,
    NO_LANGUAGE,
    NO_TRANSCRIPTS,
    NO_WORD,
    TOO_COMMON,
    TOO_COMMON_IN,
    Filters,
    Search,
)
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid
from apps.transcripts.tables import Chunk, Transcript
from tests.factories import make_channel, make_chunk, make_transcript, make_user, make_video


async def say(
    text: str, *, language: str = "en", video: Video | None = None, **values: object
) -> Chunk:
    """A chunk in which each word is said a second after the one before it, from second 100."""
    video = video or await make_video()
    user_id = values.get("user_id")
    transcript = await Transcript.objects().where(Transcript.video_id == video.id).first()
    if transcript is None or user_id:
        transcript = await make_transcript(video.id, language=language, user_id=user_id)
    words = len(text.split())
    return await make_chunk(
        transcript.id,
        chunk_text=text,
        start_time=100.0,
        end_time=100.0 + words,
        word_starts=[100.0 + number for number in range(words)],
        **values,
    )


async def found(words: str, **filters: object) -> list[UUID]:
    page = await Search().run(words, Filters(**filters))  # type: ignore[arg-type]
    return [hit.chunk_id for hit in page.items]


async def test_a_hit_leads_to_the_second_at_which_the_words_are_said() -> None:
    video = await make_video(
        identifier="dQw4w9WgXcQ", youtube_video_id="dQw4w9WgXcQ", title="A talk"
    )
    chunk = await say("we talk of many things and then of sealing wax", video=video)
    page = await Search().run('"sealing wax"')
    (hit,) = page.items
    assert hit.start_time == 108
    assert hit.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=108s"
    assert (hit.chunk_id, hit.video_id, hit.title) == (chunk.id, video.id, "A talk")
    assert hit.excerpt.endswith("<mark>sealing</mark> <mark>wax</mark>")
    assert (hit.chunk_start_time, hit.chunk_end_time) == (100, 110)


async def test_the_place_is_that_of_the_phrase_and_not_of_one_of_its_words() -> None:
    await say("a machine is a machine " + "and so on " * 60 + "but machine learning is fun")
    (hit,) = (await Search().run('"machine learning"')).items
    assert hit.start_time == 100 + 5 + 180 + 1
    assert "<mark>machine</mark> <mark>learning</mark>" in hit.excerpt


async def test_a_video_of_another_site_is_linked_without_a_time() -> None:
    await say("hello there", video=await make_video(source_url="https://vimeo.com/1"))
    await say("hello nobody")
    urls = {hit.url for hit in (await Search().run("hello")).items}
    assert urls == {"https://vimeo.com/1", None}


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("running", ["run", "both"]),
        ("RUN", ["run", "both"]),
        ('"slow dog"', ["dog"]),
        ('"dog slow"', []),
        ("running dogs", ["both"]),
        ("running or dogs", ["run", "dog", "both"]),
        ("running -dogs", ["run"]),
        ("dogs -running", ["dog"]),
        ("unheard", []),
    ],
)
async def test_the_syntax_of_web_search(query: str, matches: list[str]) -> None:
    chunks = {
        "run": await say("she runs far"),
        "dog": await say("the slow dog sleeps"),
        "both": await say("dogs run"),
        "neither": await say("nothing of the kind"),
    }
    assert sorted(await found(query)) == sorted(chunks[name].id for name in matches)


@pytest.mark.parametrize(
    ("language", "text", "query"),
    [
        ("zh-Hans", "我们今天学习机器学习的基础知识", "机器学习"),
        ("ja", "今日は東京タワーに行きました", "東京タワー"),
        ("th", "วันนี้เราจะเรียนภาษาไทย", "ภาษาไทย"),
        ("ko", "저는 학교에서 공부합니다", "학교"),
        ("km", "ខ្ញុំរៀនភាសាខ្មែរ", "ភាសា"),
        ("ru", "Все счастливые семьи похожи", "СЕМЬЯ"),
        ("de", "Die Häuser sind alt", "haus"),
        ("pl", "Zażółć gęślą jaźń", "GĘŚLĄ"),
        ("fr", "C’est « l’hiver » — enfin", "hiver"),
        ("ar", "ذهب الولد إلى المدرسة", "المدرسة"),
        ("hi", "मैं स्कूल जाता हूँ", "स्कूल"),
        ("he", "שלום עולם", "עולם"),
    ],
)
async def test_any_language_is_found_in_its_own_words(language: str, text: str, query: str) -> None:
    chunk = await say(text, language=language)
    await say("something else entirely", language="en")
    assert await found(query) == [chunk.id]
    (hit,) = (await Search().run(query)).items
    assert "<mark>" in hit.excerpt
    plain = hit.excerpt.replace("<mark>", "").replace("</mark>", "").strip("… ")
    assert plain in text


async def test_words_of_unspaced_scripts_are_found_in_order_only() -> None:
    await say("习学", language="zh")
    assert await found("学习") == []


async def test_one_language_does_not_match_what_another_one_stemmed() -> None:
    """`-dogs` must hold in English, although there it is kept as `dog`."""
    english = await say("the house of dogs", language="en")
    plain = await say("house", language="xx")
    assert await found("house -dogs") == [plain.id]
    assert sorted(await found("house")) == sorted([english.id, plain.id])


async def test_filters() -> None:
    channel = await make_channel(name="Talks")
    old = await make_video(channel_id=channel.id, upload_date=date(2020, 1, 1))
    new = await make_video(identifier="new-one", upload_date=date(2024, 6, 1))
    first = await say("hello", video=old)
    second = await say("hello", video=new, language="de")
    assert await found("hello", channel="Talks") == [first.id]
    assert await found("hello", channel=str(channel.id)) == [first.id]
    assert await found("hello", channel="Nobody") == []
    assert await found("hello", video="new-one") == [second.id]
    assert await found("hello", video=str(old.id)) == [first.id]
    assert await found("hello", language="de") == [second.id]
    assert await found("hello", uploaded_after=date(2024, 6, 1)) == [second.id]
    assert await found("hello", uploaded_before=date(2020, 1, 1)) == [first.id]
    assert await found("hello", channel="Talks", video="new-one") == []
    assert len(await found("hello")) == 2


async def test_private_transcripts_are_their_owners_alone() -> None:
    owner, other = await make_user(), await make_user()
    mine = await say("a private hello", user_id=owner.id)
    for user_id, hits in ((owner.id, [mine.id]), (other.id, []), (None, [])):
        page = await Search(user_id).run("hello")
        assert [hit.chunk_id for hit in page.items] == hits
        assert page.total == len(hits)


async def test_pages_are_complete_and_without_repeats() -> None:
    video = await make_video()
    chunks = [await say(f"hello {'again ' * number}", video=video) for number in range(23)]
    seen: list[UUID] = []
    offset: int | None = 0
    while offset is not None:
        page = await Search().run("hello", limit=5, offset=offset)
        assert (page.total, page.is_total_exact) == (23, True)
        seen += [hit.chunk_id for hit in page.items]
        offset = page.next
    assert len(seen) == 23
    assert set(seen) == {chunk.id for chunk in chunks}


async def test_more_and_closer_words_rank_higher() -> None:
    far = await say("apples " + "and so on " * 20 + "pears")
    near = await say("apples pears")
    assert await found("apples pears") == [near.id, far.id]


async def test_the_number_of_ranked_chunks_is_limited(queries: list[str]) -> None:
    transcript = await make_transcript()
    columns = ["transcript_id", "chunk_text", "chunk_index", "start_time", "end_time"]
    columns.append("word_starts")
    rows = [
        (transcript.id, "everywhere", number, 0.0, 1.0, [0.0]) for number in range(MAX_RANKED + 5)
    ]
    async with get_engine().connection() as connection:
        await connection.copy_records_to_table(
            "chunks",
            columns=columns,
            records=rows,
        )
    queries.clear()
    page = await Search().run("everywhere", limit=10, offset=MAX_RANKED - 10)
    assert len(page.items) == 10
    assert (page.total, page.is_total_exact, page.next) == (MAX_RANKED, False, None)
    assert len(queries) == 2
    assert (await Search().run("everywhere", offset=MAX_RANKED)).items == []
    pages = [await Search().run("everywhere", limit=50, offset=at) for at in (0, 50, 100) * 2]
    ids = [[hit.chunk_id for hit in found.items] for found in pages]
    assert ids[:3] == ids[3:]
    assert len(set().union(*ids)) == 150


async def test_an_empty_search_is_explained() -> None:
    await say("the quick brown fox")
    with pytest.raises(Invalid):
        await Search().run("  ")
    page = await Search().run("the of")
    assert page.items == []
    assert page.notice == TOO_COMMON.format("the of")
    assert (await Search().run("fox", Filters(language="fr"))).notice == NO_LANGUAGE
    await say("ein schneller Fuchs", language="xx")
    assert (await Search().run("the")).notice == TOO_COMMON_IN.format("the", "English")
    assert (await Search().run("???")).notice == NO_WORD
    nothing = await Search().run("unheard")
    assert (nothing.items, nothing.notice, nothing.total) == ([], None, 0)


async def test_an_empty_library_is_no_error() -> None:
    page = await Search().run("hello")
    assert page.items == []
    assert page.notice == NO_TRANSCRIPTS


@pytest.mark.parametrize(
    "query",
    ['"', "-", "&|!():*", "a:*", "'", "\\", "\0hello", "<b>", "or or", "-(", "😀", "x" * 500, "%"],
)
async def test_no_query_breaks_it(query: str, client: httpx.AsyncClient) -> None:
    await say("hello <b>world</b>")
    answer = await client.get("/api/search", params={"q": query})
    assert answer.status_code == 200, answer.text


async def test_excerpts_are_safe_to_show() -> None:
    await say("hello <script>alert(1)</script> & goodbye")
    (hit,) = (await Search().run("hello")).items
    assert hit.excerpt == ("<mark>hello</mark> &lt;script&gt;alert(1)&lt;/script&gt; &amp; goodbye")


async def test_over_rest(client: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    await say("hello world", video=await make_video(upload_date=date(2024, 1, 2)))
    answer = await client.get("/api/search", params={"q": "world", "uploaded_after": "2024-01-01"})
    (hit,) = answer.json()["items"]
    assert (hit["start_time"], hit["upload_date"]) == (101, "2024-01-02")
    assert (await anonymous.get("/api/search?q=world")).status_code == 401
    assert (await client.get("/api/search")).status_code == 400
    assert (await client.get("/api/search?q=")).status_code == 422
    assert (await client.get("/api/search?q=a&limit=51")).status_code == 400
    assert (await client.get("/api/search?q=a&uploaded_after=soon")).status_code == 400


async def test_chunks_without_word_times_lead_to_their_start() -> None:
    transcript = await make_transcript()
    await make_chunk(transcript.id, chunk_text="hello world", start_time=7.0, end_time=9.0)
    await make_chunk(transcript.id, chunk_text="green words", start_time=None, end_time=None)
    assert (await Search().run("world")).items[0].start_time == 7
    assert (await Search().run("green")).items[0].start_time is None


async def test_a_chunk_that_a_person_has_moved_leads_to_its_new_time(
    client: httpx.AsyncClient,
) -> None:
    chunk = await say("some words and then a wombat")
    assert (await Search().run("wombat")).items[0].start_time == 105
    moved = {"start_time": 5000, "end_time": 5100}
    assert (await client.patch(f"/api/chunks/{chunk.id}", json=moved)).status_code == 200
    assert (await Search().run("wombat")).items[0].start_time == 5000
    await client.patch(f"/api/chunks/{chunk.id}", json={"start_time": 5000, "end_time": None})
    assert (await Search().run("wombat")).items[0].start_time == 5000


async def test_other_words_have_no_times_until_somebody_gives_them(
    client: httpx.AsyncClient,
) -> None:
    chunk = await say("some words and then a wombat")
    changed = await client.patch(f"/api/chunks/{chunk.id}", json={"chunk_text": "only a wombat"})
    assert changed.json()["word_starts"] == []
    assert (await Search().run("wombat")).items[0].start_time == 100
    timed = {"chunk_text": "a wombat", "word_starts": [100, 103]}
    await client.patch(f"/api/chunks/{chunk.id}", json=timed)
    assert (await Search().run("wombat")).items[0].start_time == 103


async def test_past_the_last_page_there_is_still_a_total() -> None:
    await say("hello")
    page = await Search().run("hello", offset=40)
    assert (page.items, page.total, page.next) == ([], 1, None)


async def test_a_corrected_word_is_said_when_it_was(client: httpx.AsyncClient) -> None:
    chunk = await say("some words and then a wobmat")
    corrected = {"chunk_text": "some words and then a wombat"}
    await client.patch(f"/api/chunks/{chunk.id}", json=corrected)
    assert (await Search().run("wombat")).items[0].start_time == 105
