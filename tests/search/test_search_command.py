"""`piccolo transcripts search`, as a person runs it."""

from datetime import date

import pytest

from apps.search.commands import search_transcripts
from apps.transcripts.lines import format_clock
from tests.commands import run_command
from tests.factories import make_channel, make_chunk, make_transcript, make_video


@pytest.fixture
async def talk() -> None:
    channel = await make_channel(name="Harbour Lights")
    video = await make_video(
        identifier="dQw4w9WgXcQ",
        youtube_video_id="dQw4w9WgXcQ",
        channel_id=channel.id,
        title="Why lighthouses blink",
        upload_date=date(2024, 1, 31),
    )
    transcript = await make_transcript(video.id)
    for number in range(3):
        await make_chunk(
            transcript.id,
            chunk_text=f"the lamp turns {number} times\nand [the] lens",
            chunk_index=number,
            start_time=3600.0 * number,
            end_time=3600.0 * number + 9,
            word_starts=[3600.0 * number + word for word in range(8)],
        )


async def test_it_shows_where_the_words_were_said(talk: None) -> None:
    done = await run_command(
        "transcripts", "search", "lens", "--channel", "Harbour Lights", "--limit", "2"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "0:00:07  Why lighthouses blink, Harbour Lights, 2024-01-31, en",
        "the lamp turns 0 times and [the] lens",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=7s",
        "",
        "1:00:07  Why lighthouses blink, Harbour Lights, 2024-01-31, en",
        "the lamp turns 1 times and [the] lens",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3607s",
        "",
        "Results 1 to 2 of 3 (next: --offset=2)",
    ]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ({"words": "lens", "offset": 2}, "Results 3 to 3 of 3"),
        ({"words": "lens", "offset": 3}, "No more results."),
        ({"words": "lens", "video": "dQw4w9WgXcQ", "after": "2024-01-31"}, "3 results"),
        ({"words": "lens", "before": "2024-01-30"}, 'No results for "lens".'),
        ({"words": "unheard"}, 'No results for "unheard".'),
        ({"words": "the"}, '"the" is too common to search for. Add another word.'),
        ({"words": "lens", "language": "de"}, "There are no transcripts in this language."),
    ],
)
async def test_the_summary_of_a_search(
    talk: None, arguments: dict[str, object], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await search_transcripts(**arguments)  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines()[-1].startswith(answer)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"words": " "}, "Enter something to search for."),
        (
            {"words": "a", "after": "soon"},
            "--after is not a date: soon. Use the format 2024-01-31.",
        ),
    ],
)
async def test_wrong_input_is_one_sentence(arguments: dict[str, str], sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence):
        await search_transcripts(**arguments)  # type: ignore[arg-type]


async def test_a_database_that_is_not_there_is_one_sentence() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    done = await run_command("transcripts", "search", "lens", DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached")
    assert "Traceback" not in done.stderr


def test_the_clock() -> None:
    assert [format_clock(second) for second in (0, 59.9, 3661, 360_000)] == [
        "0:00:00",
        "0:00:59",
        "1:01:01",
        "100:00:00",
    ]
