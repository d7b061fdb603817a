"""Rows for tests, each valid as it is; name what matters to the test."""

import itertools
from typing import Any
from uuid import UUID, uuid4

from apps.accounts.tables import AuthenticatorSecret, User
from apps.audit.tables import AuditEntry
from apps.catalog.tables import Channel, Video
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.conversations.tables import Conversation, Message, Template
from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.statistics.tables import ChannelStatistics, VideoStatistics
from apps.transcripts.tables import Chunk, Transcript

numbers = itertools.count(1)

CIPHERTEXT = f"1:c1f3e700:1700000000:{'ciphertext' * 5}"
"""In the form of a stored secret; nobody has its key."""

# "correct horse", hashed with one round so that a user takes no time to make.
PASSWORD = "correct horse"
QUICK_HASH = User.hash_password(PASSWORD, salt="test", iterations=1)


async def make_user(**values: Any) -> User:
    user = User(  # type: ignore[no-untyped-call]  # Piccolo's BaseUser has no types.
        **{"email": f"user{next(numbers)}@example.org", "password": QUICK_HASH, **values}
    )
    await user.save()
    return user


async def make_authenticator(**values: Any) -> AuthenticatorSecret:
    """Two-step sign-in that is only begun."""
    user_id = values.pop("user_id", None) or (await make_user()).id
    row = AuthenticatorSecret(**{"user_id": user_id, "secret": CIPHERTEXT, **values})
    await row.save()
    return row


async def make_audit_entry(**values: Any) -> AuditEntry:
    """Of a video that never was."""
    entry = AuditEntry(
        **{
            "door": "rest",
            "action": "created",
            "table_name": "videos",
            "row_id": uuid4(),
            "user_email": "ann@example.org",
            **values,
        }
    )
    await entry.save()
    return entry


async def make_channel(**values: Any) -> Channel:
    channel = Channel(**{"name": f"Channel {next(numbers)}", **values})
    await channel.save()
    return channel


async def make_video(**values: Any) -> Video:
    number = next(numbers)
    video = Video(**{"identifier": f"video-{number}", "title": f"Video {number}", **values})
    await video.save()
    return video


async def make_transcript(video_id: UUID | None = None, **values: Any) -> Transcript:
    if video_id is None:
        video_id = (await make_video()).id
    transcript = Transcript(
        **{"video_id": video_id, "source": "youtube_auto", "full_text": "hello world", **values}
    )
    await transcript.save()
    return transcript


async def make_chunk(transcript_id: UUID | None = None, **values: Any) -> Chunk:
    if transcript_id is None:
        transcript_id = (await make_transcript()).id
    chunk = Chunk(
        **{
            "transcript_id": transcript_id,
            "chunk_text": "hello world",
            "chunk_index": next(numbers),
            "start_time": 0.0,
            "end_time": 10.0,
            **values,
        }
    )
    await chunk.save()
    return chunk


async def make_processing_session(**values: Any) -> ProcessingSession:
    session = ProcessingSession(**values)
    await session.save()
    return session


async def make_processing_job(**values: Any) -> ProcessingJob:
    job = ProcessingJob(**{"job_type": "download", **values})
    await job.save()
    return job


async def make_setting(**values: Any) -> SystemConfiguration:
    setting = SystemConfiguration(**{"key": f"key-{next(numbers)}", "value": "1", **values})
    await setting.save()
    return setting


async def make_channel_setting(
    channel_id: UUID | None = None, **values: Any
) -> ChannelConfiguration:
    setting = ChannelConfiguration(
        **{
            "channel_id": channel_id or (await make_channel()).id,
            "key": f"key-{next(numbers)}",
            "value": "1",
            **values,
        }
    )
    await setting.save()
    return setting


async def make_channel_statistics(
    channel_id: UUID | None = None, **values: Any
) -> ChannelStatistics:
    record = ChannelStatistics(
        **{"channel_id": channel_id or (await make_channel()).id, "view_count": 1, **values}
    )
    await record.save()
    return record


async def make_video_statistics(video_id: UUID | None = None, **values: Any) -> VideoStatistics:
    record = VideoStatistics(
        **{"video_id": video_id or (await make_video()).id, "view_count": 1, **values}
    )
    await record.save()
    return record


async def make_conversation(user_id: UUID | None = None, **values: Any) -> Conversation:
    conversation = Conversation(
        **{"user_id": user_id or (await make_user()).id, "title": "A talk", **values}
    )
    await conversation.save()
    return conversation


async def make_message(conversation_id: UUID | None = None, **values: Any) -> Message:
    if conversation_id is None:
        conversation_id = (await make_conversation()).id
    message = Message(
        **{"conversation_id": conversation_id, "role": "user", "content": "Hello", **values}
    )
    await message.save()
    return message


async def make_template(**values: Any) -> Template:
    template = Template(
        **{
            "template_type": "blog",
            "template_name": f"Template {next(numbers)}",
            "template_content": "Dear {name}",
            **values,
        }
    )
    await template.save()
    return template


async def make_prompt(**values: Any) -> Prompt:
    prompt = Prompt(
        **{"user_prompt": f"Find moment {next(numbers)}.", "system_prompt": "Be exact.", **values}
    )
    await prompt.save()
    await prompt.refresh()
    return prompt


async def make_generation_config(prompt_id: UUID | None = None, **values: Any) -> GenerationConfig:
    config = GenerationConfig(
        **{
            "prompt_id": prompt_id or (await make_prompt()).id,
            "model": f"model-{next(numbers)}",
            "operation_type": "generation",
            **values,
        }
    )
    await config.save()
    await config.refresh()
    return config


async def make_moment(video_id: UUID | None = None, **values: Any) -> Moment:
    number = next(numbers)
    moment = Moment(
        **{
            "video_id": video_id or (await make_video()).id,
            "start_time": 10.0,
            "end_time": 20.0,
            "title": f"Moment {number}",
            **values,
        }
    )
    await moment.save()
    await moment.refresh()
    return moment


async def make_clip(moment: Moment | None = None, **values: Any) -> Clip:
    moment = moment or await make_moment()
    clip = Clip(
        **{
            "moment_id": moment.id,
            "video_id": moment.video_id,
            "cloud_url": "/clips/a.mp4",
            "start_time": 9.0,
            "end_time": 21.0,
            **values,
        }
    )
    await clip.save()
    return clip


async def make_thumbnail(**values: Any) -> Thumbnail:
    """Of a new video, unless `video_id` or `clip_id` is given."""
    if not {"video_id", "clip_id"} & values.keys():
        values["video_id"] = (await make_video()).id
    thumbnail = Thumbnail(**{"cloud_url": "/thumbnails/a.jpg", **values})
    await thumbnail.save()
    return thumbnail


async def make_pipeline_run(video_id: UUID | None = None, **values: Any) -> PipelineHistory:
    run = PipelineHistory(
        **{
            "video_id": video_id or (await make_video()).id,
            "pipeline_type": "full",
            "identifier": f"pipeline:{next(numbers)}",
            **values,
        }
    )
    await run.save()
    await run.refresh()
    return run


async def make_preset(**values: Any) -> TransformationPreset:
    preset = TransformationPreset(**{"name": f"Preset {next(numbers)}", **values})
    await preset.save()
    return preset


async def make_music(**values: Any) -> Music:
    music = Music(**{"title": "A song", "file_path": "/music/a.mp3", **values})
    await music.save()
    return music


async def make_publication(**values: Any) -> Publication:
    video_id = values.get("video_id") or (await make_video()).id
    channel_id = values.get("channel_id") or (await make_channel()).id
    publication = Publication(
        **{"platform": "youtube", **values, "video_id": video_id, "channel_id": channel_id}
    )
    await publication.save()
    return publication
