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

# Start in seconds, title, score.
MOMENTS: list[tuple[float, str, int]] = [
    (61.5, "The bearing comes off", 9),
    (302.0, "Sixty years of paint", 7),
    (744.25, "Why it never rang again", 4),
]

SPOKEN = [
    ("user", "What is a fog signal, and why was it taken apart?"),
    ("assistant", "A horn that is heard where a lamp is not seen. Its bearing had run dry."),
]

AT = "2026-03-10T06:30:00.123456+00:00"


async def token(url: str, email: str, password: str) -> str:
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        credentials = {"email": email, "password": password}
        answer = (await client.post("/api/auth/login", json=credentials)).raise_for_status()
        return str(answer.json()["token"])


async def make(client: httpx.AsyncClient, path: str, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = (await client.post(path, json=values)).raise_for_status().json()
    return row


async def fill(client: httpx.AsyncClient, user_id: str) -> None:
    """`user_id` is whose conversations there are."""
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
            await count(client, video["id"], channels[channel]["id"])
    (video, other) = [
        (await client.get(f"/api/videos/{identifier}")).json()
        for identifier in ("hL2mPq9sTdA", "nT5uRg4dFk8")
    ]
    await cut(client, video)
    await publish(client, video, channels[0]["id"])
    await talk(client, user_id)
    await work(client, other["id"])
    await configure(client, channels[0]["id"])


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


async def count(client: httpx.AsyncClient, video_id: str, channel_id: str) -> None:
    await make(
        client,
        "/api/video_statistics",
        video_id=video_id,
        recorded_at=AT,
        view_count=48_211,
        like_count=1_930,
    )
    values = {"channel_id": channel_id, "subscriber_count": 12_400, "view_count": 2_950_071}
    await client.post("/api/channel_statistics", json={**values, "recorded_at": AT})


async def cut(client: httpx.AsyncClient, video: dict[str, Any]) -> None:
    """Moments that a model found in a video, clips of two of them, and the run that did it."""
    transcripts = (await client.get(f"/api/videos/{video['id']}/transcripts")).json()["items"]
    prompt = await make(
        client,
        "/api/prompts",
        user_prompt="Find the moments in which something is taken apart.\nName the part.",
        system_prompt="Answer with times in seconds, and nothing else.",
    )
    config = await make(
        client,
        "/api/generation_configs",
        prompt_id=prompt["id"],
        transcript_id=transcripts[0]["id"],
        model="model-of-the-day",
        operation_type="generation",
        temperature=0.3,
        min_moment_length=15.0,
        max_moment_length=90.0,
    )
    for start, title, score in MOMENTS:
        moment = await make(
            client,
            "/api/moments",
            video_id=video["id"],
            start_time=start,
            end_time=start + 41.25,
            title=title,
            score=score,
            scored_at=AT,
            generation_model=config["model"],
            generation_config_id=config["id"],
        )
        clip = await make(
            client,
            "/api/clips",
            moment_id=moment["id"],
            video_id=video["id"],
            cloud_url=f"/clips/{moment['identifier']}.mp4",
            start_time=start - 2,
            end_time=start + 43.25,
            padding_left=2.0,
            padding_right=2.0,
            file_size_bytes=2**33,
            format="mp4",
        )
        picture = f"/thumbnails/{moment['identifier']}.jpg"
        await make(client, "/api/thumbnails", clip_id=clip["id"], cloud_url=picture)
    refined: dict[str, Any] = {"start_time": start + 1, "end_time": start + 30, "is_refined": True}
    refined |= {"title": f"{title} (closer)", "video_id": video["id"], "parent_id": moment["id"]}
    await make(client, "/api/moments", **refined)
    await make(
        client,
        "/api/pipeline_history",
        video_id=video["id"],
        generation_config_id=config["id"],
        pipeline_type="full",
        status="completed",
        started_at=AT,
        duration_seconds=214.6,
        total_moments_generated=len(MOMENTS),
        total_clips_created=len(MOMENTS),
    )


async def publish(client: httpx.AsyncClient, video: dict[str, Any], channel_id: str) -> None:
    preset = await make(
        client,
        "/api/transformation_presets",
        name="Upright",
        description="9:16, with the words burnt in.",
        parameters={"crop": "9:16", "captions": {"size": 42}},
    )
    music = await make(client, "/api/music", title="Slow bells", file_path="/music/bells.mp3")
    await make(client, "/api/music", spotify_track_id="4uLU6hMCjMI75M1A2tKUQC")
    (clip, *_) = (await client.get(f"/api/videos/{video['id']}/clips")).json()["items"]
    for platform, status, clip_id in (
        ("youtube", "published", clip["id"]),
        ("tiktok", "scheduled", None),
    ):
        await make(
            client,
            "/api/publications",
            video_id=video["id"],
            clip_id=clip_id,
            channel_id=channel_id,
            preset_id=preset["id"],
            music_id=music["id"],
            platform=platform,
            status=status,
            scheduled_at=AT,
        )


async def talk(client: httpx.AsyncClient, user_id: str) -> None:
    for title in ("What is a fog signal?", None):
        talk = await make(client, "/api/conversations", user_id=user_id, title=title)
        for role, content in SPOKEN:
            values = {"conversation_id": talk["id"], "role": role, "content": content}
            await make(client, "/api/messages", **values)
    await make(
        client,
        "/api/templates",
        template_type="linkedin",
        template_name="Short and plain",
        template_content="{title}\n\n{summary}",
        variables=["title", "summary"],
        is_default=True,
    )


async def work(client: httpx.AsyncClient, video_id: str) -> None:
    names = ("Nightly", None)
    sessions = [await make(client, "/api/processing_sessions", name=name) for name in names]
    for job_type, status in (("download", "failed"), ("transcribe", "queued")):
        await make(
            client,
            "/api/processing_jobs",
            session_id=sessions[0]["id"],
            job_type=job_type,
            entity_type="videos",
            entity_id=video_id,
            status=status,
            payload={"priority": "night"},
            error_message="The server answered 503." if status == "failed" else None,
        )


async def configure(client: httpx.AsyncClient, channel_id: str) -> None:
    places: dict[str, dict[str, Any]] = {
        "/api/configuration": {"subtitle_languages": ["en", "de"], "chunk_words": 120},
        f"/api/channels/{channel_id}/configuration": {"clip_padding_left": 2.5},
    }
    for place, values in places.items():
        for key, value in values.items():
            answer = await client.put(f"{place}/{key}", json={"value": value})
            assert answer.status_code == 200, answer.text
