"""The invented library as it is after two years: for pictures of the pages, not for tests."""

import base64
import json
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.acceptance.browser import Library
from tests.commands import call_command

CHANNELS = [
    ("Harbour Lights", "en"),
    ("The Slow Kitchen", "en"),
    ("Werkstatt Nord", "de"),
    ("Night Train Lectures", "en"),
    ("Atelier du Vent", "fr"),
    ("Cocina de barrio", "es"),
    ("Suoni del mattino", "it"),
    ("Ο ήχος του λιμανιού", "el"),
]
TITLES = {
    "en": ["The {} that was never finished", "Repairing a {} by hand", "What a {} is made of"],
    "de": ["Wie man {} wieder richtet", "Was {} aushält", "{}, von innen betrachtet"],
    "fr": ["Réparer {} sans se presser", "Une matinée avec {}", "{}, vu de près"],
    "es": ["Cómo se arregla {}", "Un día con {}", "{} por dentro"],
    "it": ["Come si ripara {}", "Una mattina con {}", "{}, da vicino"],
    "el": ["Πώς φτιάχνεται {}", "{} ξανά στη δουλειά", "{}, από κοντά"],
}
THINGS = {
    "en": ["harbour crane", "tide clock", "stone oven", "night train", "fog bell", "copper pot"],
    "de": ["eine Standuhr", "eine Esse", "eine Säge", "eine Presse", "eine Wasserwaage"],
    "fr": ["un cerf-volant", "une girouette", "un moulin", "une voile", "un accordéon"],
    "es": ["una cazuela", "el horno de leña", "una navaja", "el mercado", "un molinillo"],
    "it": ["una campana", "un mandolino", "la vecchia radio", "un organo", "la fontana"],
    "el": ["ο παλιός φάρος", "το καΐκι", "η σειρήνα", "το ρολόι", "το ραδιόφωνο"],
}
SAID = {
    "en": "We take the cover off first, and then we look at what the years have done to it.",
    "de": "Zuerst nehmen wir den Deckel ab und sehen nach, was die Jahre daraus gemacht haben.",
    "fr": "On enlève d'abord le couvercle, puis on regarde ce que les années en ont fait.",
    "es": "Primero quitamos la tapa y miramos lo que los años han hecho con ella.",
    "it": "Prima togliamo il coperchio, poi guardiamo che cosa ne hanno fatto gli anni.",
    "el": "Πρώτα βγάζουμε το καπάκι και κοιτάμε τι του έχουν κάνει τα χρόνια.",
}
TALK = [
    "It has stood out there since nineteen twenty-nine, and nobody has had it open since the war.",
    "So we lift the whole thing off its bearings, slowly, and look at what is underneath.",
    "You can see the grease has turned to something like varnish. It comes off with a spoon.",
    "On a night with fog you did not see the lamp at all; you counted the seconds between blasts.",
    "My grandfather kept a book of every night it sounded, with the wind and who was out at sea.",
    "That bearing is bronze, and it has run dry on one side. We can turn a new one on the lathe.",
    "If the horn is half a tone too low now, that is the reed, and the reed we can only replace.",
    "Then we put it back the way we found it, and wait for the first morning with no horizon.",
]
FAULTS = [
    "HTTP Error 403: Forbidden",
    "The stream ended after 12 of 48 minutes.",
    "No space left on device",
]
MONTHS = 24
SEA = Path(__file__).parent / "sea.html"


async def media(library: Library, browser: Browser) -> list[str]:
    """Pictures of a sea that moves, and a film of it, in DATA_DIR/talks; what they are called."""
    folder = library.data_dir / "talks"
    folder.mkdir(exist_ok=True)
    page = await browser.new_page(viewport={"width": 640, "height": 360})
    names = []
    for place, (above, below) in enumerate([(215, 25), (190, 170), (265, 330), (220, 205)]):
        await page.goto("about:blank")
        await page.goto(f"{SEA.as_uri()}#{above}_{below}")
        await page.screenshot(path=folder / f"sea{place}.jpg", type="jpeg", quality=80)
        names.append(f"talks/sea{place}")
    film = base64.b64decode(await page.evaluate("film()"))
    for name in names:
        (library.data_dir / f"{name}.webm").write_bytes(film)
    await page.close()
    return names


def grown(chance: random.Random, now: datetime) -> list[datetime]:
    """When each video came, more each month."""
    return sorted(
        now - timedelta(days=30.4 * (MONTHS - month - chance.random()))
        for month in range(MONTHS)
        for _ in range(3 + month // 2 + chance.randrange(6))
    )


async def enliven(library: Library, browser: Browser) -> None:
    """The same each time, but for the dates, which end today."""
    chance = random.Random(6)
    now = datetime.now(UTC)
    names = await media(library, browser)
    database = library.database
    channels = []
    for name, language in CHANNELS:
        query = "SELECT id FROM channels WHERE name = $1"
        found = await database.fetchval(query, name) or await database.fetchval(
            "INSERT INTO channels (name) VALUES ($1) RETURNING id", name
        )
        channels.append((found, language))
    videos = [invented(chance, at, names, channels) for at in grown(chance, now)]
    await database.execute("UPDATE videos SET created_at = created_at - interval '25 months'")
    for place, video in enumerate(videos):
        await add(database, place, video)
    await place_files(library, names)
    for place, row in enumerate(await database.fetch("SELECT id, chunk_text FROM chunks")):
        if row["chunk_text"].startswith((SAID["en"], TALK[1])):
            text = " ".join(random.Random(place).sample(TALK, 5))
            query = "UPDATE chunks SET chunk_text = $2 WHERE id = $1"
            await database.execute(query, row["id"], text)
    await work(database, chance, now)
    refreshed = call_command("overview", "refresh", DATA_DIR=library.data_dir)
    assert refreshed.returncode == 0, refreshed.stderr


def invented(
    chance: random.Random, at: datetime, names: list[str], channels: list[tuple[Any, str]]
) -> dict[str, Any]:
    weights = [9, 7, 8, 6, 4, 5, 3, 4]
    channel, language = chance.choices(channels, weights)[0]
    thing = chance.choice(THINGS[language])
    title = chance.choice(TITLES[language]).format(thing)
    is_failed = chance.random() < 0.03
    return {
        "channel": channel,
        "language": language,
        "title": title[0].upper() + title[1:],
        "at": at,
        "day": (at - timedelta(days=chance.expovariate(1 / 400))).date(),
        "seconds": round(chance.lognormvariate(7.2, 0.6), 1),
        "status": "failed" if is_failed else "completed",
        "error": chance.choice(FAULTS) if is_failed else None,
        "file": None if is_failed else f"{chance.choice(names)}.webm",
        "is_silent": chance.random() < 0.06,
    }


async def add(database: Any, place: int, video: dict[str, Any]) -> None:
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    chance = random.Random(place)
    identifier = "".join(chance.choices(alphabet, k=11))
    video_id = await database.fetchval(
        "INSERT INTO videos (identifier, youtube_video_id, channel_id, title, status, "
        "download_status, error_message, cloud_url, upload_date, duration_seconds, "
        "file_size_bytes, resolution, created_at) VALUES "
        "($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '1920x1080', $11) RETURNING id",
        identifier,
        video["channel"],
        video["title"],
        video["status"],
        "complete" if video["file"] else "failed",
        video["error"],
        video["file"],
        video["day"],
        video["seconds"],
        int(video["seconds"] * 380_000) if video["file"] else None,
        video["at"],
    )
    if video["error"] or video["is_silent"]:
        return
    text = SAID[video["language"]]
    transcript = await database.fetchval(
        "INSERT INTO transcripts (video_id, source, language, is_primary, full_text, "
        "number_of_words) VALUES ($1, 'youtube_auto', $2, true, $3, $4) RETURNING id",
        video_id,
        video["language"],
        text,
        int(video["seconds"] * 2.4),
    )
    await database.execute(
        "INSERT INTO chunks (transcript_id, chunk_text, chunk_index, token_count, start_time, "
        "end_time) VALUES ($1, $2, 0, 20, 4, 12)",
        transcript,
        text,
    )


async def place_files(library: Library, names: list[str]) -> None:
    """The videos that tests know of have files as well; one is gone."""
    rows = await library.database.fetch(
        "SELECT id, identifier FROM videos WHERE cloud_url LIKE '/videos/%' ORDER BY id"
    )
    for place, row in enumerate(rows[:-1]):
        name = names[place % len(names)]
        for kind in ("webm", "jpg"):
            kept = library.data_dir / "talks" / f"{row['identifier']}.{kind}"
            os.link(library.data_dir / f"{name}.{kind}", kept)
        await library.database.execute(
            "UPDATE videos SET cloud_url = $2 WHERE id = $1",
            row["id"],
            f"talks/{row['identifier']}.webm",
        )


async def work(database: Any, chance: random.Random, now: datetime) -> None:
    kinds = ["download", "transcribe", "generate_moments", "cut_clips"]
    states = ["completed"] * 46 + ["queued"] * 7 + ["running"] * 2 + ["failed"] * 4
    for place, status in enumerate(states):
        begun = now - timedelta(minutes=17 * (len(states) - place) + chance.random() * 9)
        await database.execute(
            "INSERT INTO processing_jobs (job_type, status, payload, error_message, created_at, "
            "started_at, completed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            chance.choice(kinds),
            status,
            json.dumps({"priority": "night"}),
            chance.choice(FAULTS) if status == "failed" else None,
            begun,
            None if status == "queued" else begun,
            begun + timedelta(minutes=6) if status in {"completed", "failed"} else None,
        )
