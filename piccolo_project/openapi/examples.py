"""A row of each table and a change of it as a client may send them, and each error."""

from typing import Any

CHANNEL = "0199f0a0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
VIDEO = "0199f0a1-2d3e-7f40-9b5c-6d7e8f9a0b1c"
TRANSCRIPT = "0199f0a2-3e4f-7051-8c6d-7e8f9a0b1c2d"
CONVERSATION = "0199f0a3-4f50-7162-9d7e-8f9a0b1c2d3e"
PROMPT = "0199f0a4-5061-7273-8e8f-9a0b1c2d3e4f"
MOMENT = "0199f0a5-6172-7384-9f90-0b1c2d3e4f50"
SESSION = "0199f0a6-7283-7495-80a1-1c2d3e4f5061"
AT = "2026-03-10T06:30:00Z"

ROWS: dict[str, dict[str, Any]] = {
    "Channel": {"name": "Harbour Lights", "handle": "@harbourlights"},
    "Video": {
        "identifier": "hL2mPq9sTdA",
        "youtube_video_id": "hL2mPq9sTdA",
        "title": "Restoring the fog signal, part 1",
        "upload_date": "2026-03-02",
        "duration_seconds": 1104.0,
        "tags": ["repair", "long"],
    },
    "Transcript": {
        "video_id": VIDEO,
        "source": "youtube_auto",
        "language": "en",
        "full_text": "So we lift the whole thing off its bearings, slowly.",
        "number_of_words": 10,
    },
    "Chunk": {
        "transcript_id": TRANSCRIPT,
        "chunk_index": 0,
        "chunk_text": "So we lift the whole thing off its bearings, slowly.",
        "start_time": 0.0,
        "end_time": 4.5,
    },
    "Conversation": {"title": "What is a fog signal?"},
    "Message": {
        "conversation_id": CONVERSATION,
        "role": "user",
        "content": "What is a fog signal, and why was it taken apart?",
    },
    "Template": {
        "template_type": "linkedin",
        "template_name": "Short and plain",
        "template_content": "{title}: {summary}",
        "variables": ["title", "summary"],
    },
    "Prompt": {
        "user_prompt": "Find the moments in which something is taken apart.",
        "system_prompt": "Answer with times in seconds, and nothing else.",
    },
    "GenerationConfig": {
        "prompt_id": PROMPT,
        "model": "model-of-the-day",
        "operation_type": "generation",
        "temperature": 0.3,
        "min_moment_length": 15.0,
        "max_moment_length": 90.0,
    },
    "Moment": {
        "video_id": VIDEO,
        "start_time": 61.5,
        "end_time": 102.75,
        "title": "The bearing comes off",
        "score": 9,
    },
    "Clip": {
        "moment_id": MOMENT,
        "video_id": VIDEO,
        "cloud_url": "/clips/bearing.mp4",
        "start_time": 59.5,
        "end_time": 104.75,
        "padding_left": 2.0,
        "padding_right": 2.0,
    },
    "Thumbnail": {"video_id": VIDEO, "cloud_url": "/thumbnails/bearing.jpg"},
    "PipelineHistory": {"video_id": VIDEO, "pipeline_type": "full", "status": "running"},
    "TransformationPreset": {"name": "Upright", "parameters": {"crop": "9:16"}},
    "Music": {"title": "Slow bells", "file_path": "/music/bells.mp3"},
    "Publication": {
        "video_id": VIDEO,
        "channel_id": CHANNEL,
        "platform": "youtube",
        "scheduled_at": AT,
    },
    "ChannelStatistics": {"channel_id": CHANNEL, "recorded_at": AT, "subscriber_count": 12400},
    "VideoStatistics": {"video_id": VIDEO, "recorded_at": AT, "view_count": 48211},
    "ProcessingSession": {"name": "Nightly", "total_items": 12},
    "ProcessingJob": {"session_id": SESSION, "job_type": "transcribe", "priority": 5},
}

CHANGES: dict[str, dict[str, Any]] = {
    "Channel": {"handle": "@harbourlights"},
    "Video": {"is_favorite": True},
    "Transcript": {"language": "en-GB"},
    "Chunk": {"end_time": 4.75},
    "Conversation": {"title": "How does a fog signal work?"},
    "Message": {"content": "How does a fog signal work?"},
    "Template": {"is_default": True},
    "Prompt": {"system_prompt": "Answer with times in seconds, in order."},
    "GenerationConfig": {"temperature": 0.5},
    "Moment": {"score": 7},
    "Clip": {"resolution": "1080x1920"},
    "Thumbnail": {"file_size_bytes": 48211},
    "PipelineHistory": {"status": "completed"},
    "TransformationPreset": {"description": "For telephones."},
    "Music": {"title": "Slower bells"},
    "Publication": {"remote_id": "rW4kLn7tXeM"},
    "ChannelStatistics": {"video_count": 212},
    "VideoStatistics": {"like_count": 1904},
    "ProcessingSession": {"completed_items": 3},
    "ProcessingJob": {"priority": 9},
}

BODIES: dict[str, dict[str, Any]] = {
    "Login": {"email": "ann@library.example", "password": "correct horse battery"},
    "PasswordChange": {
        "current_password": "correct horse battery",
        "new_password": "staple harbour bell",
    },
    "ApiTokenCreate": {"name": "Nightly backup", "expires_at": "2030-01-01T00:00:00Z"},
    "NewCredentials": {"credentials": "a token of the platform"},
    "SettingWrite": {"value": 200},
    "ImportRequest": {"folder": "/downloads", "dry_run": True},
    **{f"{name}Create": row for name, row in ROWS.items()},
    **{f"{name}Batch": {"items": [row]} for name, row in ROWS.items()},
    **{f"{name}Update": change for name, change in CHANGES.items()},
}
"""Schema → a body that it takes."""

ERRORS = {
    400: ("Invalid request", "limit: Must be a whole number from 1 to 200.", "limit"),
    401: (
        "Not signed in",
        "Send a token: Authorization: Bearer <token>. POST /api/auth/login gives one.",
        "",
    ),
    403: ("Forbidden", "Only an administrator can change videos.", ""),
    404: ("Not found", "There is no video hL2mPq9sTdA.", ""),
    409: ("Conflict", "A video with this identifier already exists.", "identifier"),
    412: (
        "Precondition failed",
        "The video was changed meanwhile. Get it again, and decide anew.",
        "",
    ),
    413: ("Request Entity Too Large", "A body is limited to 16 MB.", ""),
    415: (
        "Unsupported Media Type",
        "The Content-Type of the body must be application/json.",
        "",
    ),
    422: ("Invalid", "A score is from 0 to 10.", "score"),
    429: ("Too many requests", "Try again in 60 seconds.", ""),
    500: ("Internal error", "Something went wrong. The log has the details.", ""),
    503: ("Busy", "The database took too long. Ask for less, or try again later.", ""),
}
"""Status → title, detail and the field that is meant."""


def problem(status: int) -> dict[str, Any]:
    title, detail, field = ERRORS[status]
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return {**said, "errors": [{"field": field, "message": detail}]} if field else said
