"""One video of the invented library that is worth watching: a film with a transcript to match."""

from base64 import b64decode

from playwright.async_api import Browser

from tests.acceptance.alive import SEA
from tests.acceptance.browser import Library

VIDEO = "hL2mPq9sTdA"
SECONDS_A_LINE = 5.5
LINES_A_CHUNK = 5
LINES = [
    "This horn has stood at the end of the pier since 1931.",
    "Nobody has opened it since the war, so let us be careful.",
    "On a foggy night you could hear it nine miles from here.",
    "My grandfather wrote down every night it sounded, and who was out.",
    "First we drain the tank and close the valve behind the compressor.",
    "Then the bolts come out one by one, and get a label.",
    "Now we can lift the whole thing off its bearings, very slowly.",
    "You can see that the grease has turned into a hard varnish.",
    "That bearing is bronze, and one side of it has run dry.",
    "So it was never switched off at all, it simply seized up.",
    "The paint is another story, because there are eleven layers of it.",
    "Every keeper seems to have painted it once, in a new colour.",
    "We keep a small window of all eleven on the back plate.",
    "The reed is in good shape, which is better than we expected.",
    "Next week we turn a new bearing and scrape it by hand.",
    "That takes a whole day, and most of the patience you own.",
    "After that we put everything back exactly the way we found it.",
    "And then we wait for the first morning that has no horizon.",
    "If somebody in your family worked here, please write and tell us.",
    "We read everything you send, and answer nearly all of it too.",
]
"""Each is one line of the page: as many words as that has."""
MOMENT = SECONDS_A_LINE * LINES.index("That bearing is bronze, and one side of it has run dry.")

SHORTEN = """
UPDATE videos SET duration_seconds = $2 WHERE id = $1;
UPDATE moments SET start_time = 33, end_time = 49.5 WHERE video_id = $1 AND title LIKE 'The bear%';
UPDATE moments SET start_time = 55, end_time = 71.5 WHERE video_id = $1 AND title LIKE 'Sixty%';
UPDATE moments SET start_time = 38.5, end_time = 55 WHERE video_id = $1 AND title LIKE 'Why it%';
UPDATE clips c SET start_time = m.start_time - 2, end_time = m.end_time + 2
    FROM moments m WHERE m.id = moment_id AND m.video_id = $1;
DELETE FROM chunks USING transcripts t WHERE t.id = transcript_id AND t.video_id = $1"""


async def tell_story(library: Library, browser: Browser) -> None:
    """The film is recorded in real time: it takes as long as it lasts."""
    video_id = await library.database.fetchval("SELECT id FROM videos WHERE identifier = $1", VIDEO)
    seconds = SECONDS_A_LINE * len(LINES)
    await record_film(library, browser, seconds)
    for statement in SHORTEN.split(";"):
        values = (video_id, seconds) if "$2" in statement else (video_id,)
        await library.database.execute(statement, *values)
    await write_chunks(library, video_id)


async def record_film(library: Library, browser: Browser, seconds: float) -> None:
    page = await browser.new_page(viewport={"width": 640, "height": 360})
    await page.goto(f"{SEA.as_uri()}#215_25")
    film = b64decode(await page.evaluate(f"film({seconds})"))
    await page.close()
    file = library.data_dir / "talks" / f"{VIDEO}.webm"
    file.unlink()  # It is a link to the short film of all the others.
    file.write_bytes(film)


async def write_chunks(library: Library, video_id: object) -> None:
    for first in range(0, len(LINES), LINES_A_CHUNK):
        lines = LINES[first : first + LINES_A_CHUNK]
        await library.database.execute(
            "INSERT INTO chunks (transcript_id, chunk_text, chunk_index, start_time, end_time) "
            "SELECT id, $2, $3, $4, $5 FROM transcripts WHERE video_id = $1 AND is_primary",
            video_id,
            " ".join(lines),
            first // LINES_A_CHUNK,
            first * SECONDS_A_LINE,
            (first + len(lines)) * SECONDS_A_LINE,
        )
