"""A small library of channels that do not exist, put in through REST."""

from typing import Any

import httpx

CHANNELS: list[dict[str, Any]] = [
    {"name": "Harbour Lights", "handle": "@harbourlights", "youtube_channel_id": "UCharbour"},
    {"name": "The Slow Kitchen", "handle": "@slowkitchen", "youtube_channel_id": "UCkitchen"},
    {"name": "Werkstatt Nord", "handle": "@werkstattnord", "youtube_channel_id": "UCwerkstatt"},
    {"name": "Night Train Lectures", "handle": "@nighttrain", "status": "paused"},
]

# Channel, identifier, title, upload date, minutes, file size in MB, state of the download.
VIDEOS: list[tuple[int, str, str, str, float, int, str]] = [
    (0, "hL2mPq9sTdA", "Restoring the fog signal, part 1", "2026-03-02", 18.4, 412, "complete"),
    (0, "hL7vRw3kYbE", "Restoring the fog signal, part 2", "2026-03-09", 21.9, 498, "complete"),
    (0, "-hLxN5c8uJg", "Why lighthouses blink", "2026-04-13", 9.2, 187, "complete"),
    (1, "kTa_81bmQ0z", "Bread without a recipe", "2026-02-11", 32.5, 731, "complete"),
    (1, "kT4eGh6iLo2", "A broth that takes two days", "2026-02-25", 27.1, 604, "complete"),
    (1, "kT9sVx1pWn7", "Salt, acid, patience", "2026-05-06", 14.8, 0, "pending"),
    (2, "wN3fKd8rZu5", "Eine Drehbank aus dem Jahr 1931", "2026-01-20", 41.0, 903, "complete"),
    (2, "wN6yBt2hCq4", "Feilen, schaben, messen", "2026-03-31", 25.6, 577, "complete"),
    (2, "wN0aMj7lXe1", "Was ein Zehntel Millimeter ist", "2026-05-19", 12.3, 0, "downloading"),
    (3, "nT5uRg4dFk8", "The arithmetic of timetables", "2025-11-14", 54.7, 1204, "complete"),
    (3, "nT8iEo1wSv3", "How borders are surveyed", "2025-12-05", 61.2, 1366, "complete"),
    (3, "nT2cYp6aHb9", "Maps of places that moved", "2026-01-09", 48.9, 0, "failed"),
]

SAID = {
    "en": "So we lift the whole thing off its bearings, slowly, and look at what is underneath.",
    "de": "Wir heben das Ganze ganz langsam aus den Lagern und sehen nach, was darunter ist.",
}


async def token(url: str, email: str, password: str) -> str:
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        credentials = {"email": email, "password": password}
        answer = (await client.post("/api/auth/login", json=credentials)).raise_for_status()
        return str(answer.json()["token"])


async def make(client: httpx.AsyncClient, path: str, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = (await client.post(path, json=values)).raise_for_status().json()
    return row


async def fill(client: httpx.AsyncClient) -> None:
    channels = [await make(client, "/api/channels", **values) for values in CHANNELS]
    for channel, identifier, title, day, minutes, megabytes, download in sorted(
        VIDEOS, key=lambda video: video[3]
    ):
        is_complete = download == "complete"
        video = await make(
            client,
            "/api/videos",
            identifier=identifier,
            youtube_video_id=identifier,
            channel_id=channels[channel]["id"],
            title=title,
            description=f"{title}. Filmed in one day, with what was at hand.",
            source_url=f"https://video.example/watch?v={identifier}",
            cloud_url=f"/videos/{identifier}.mkv" if is_complete else None,
            status="completed" if is_complete else "discovered",
            download_status=download,
            is_favorite=identifier.endswith(("A", "z")),
            upload_date=day,
            duration_seconds=round(minutes * 60, 2),
            file_size_bytes=megabytes * 1_048_576 or None,
            resolution="1920x1080" if is_complete else None,
            tags=["repair", "long"] if minutes > 20 else ["short"],
            metadata={"chapters": [{"title": "Before", "start": 0}], "note": "Ünïcode “kept”"},
        )
        if is_complete:
            await transcribe(client, video["id"], "de" if channel == 2 else "en")


async def transcribe(client: httpx.AsyncClient, video_id: str, language: str) -> None:
    text = " ".join([SAID[language]] * 10)
    transcript = await make(
        client,
        "/api/transcripts",
        video_id=video_id,
        source="youtube_auto",
        language=language,
        is_primary=True,
        full_text=text,
        number_of_words=len(text.split()),
    )
    for place in range(2):
        await make(
            client,
            "/api/chunks",
            transcript_id=transcript["id"],
            chunk_text=" ".join([SAID[language]] * 5),
            chunk_index=place,
            token_count=100,
            start_time=place * 60.0,
            end_time=place * 60.0 + 58.5,
        )
