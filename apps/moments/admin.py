"""How the admin shows moments, clips and how they were found."""

from apps.media.files import PICTURES, SOUNDS, VIDEOS
from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        Moment,
        MenuGroup.moments,
        shown="title video_id start_time end_time score is_refined parent_id",
        filters="title identifier video_id score is_refined parent_id generation_config_id",
        given_once={"identifier": "URLs contain it"},
    ),
    AdminView(
        Clip,
        MenuGroup.moments,
        shown="cloud_url moment_id video_id start_time end_time format",
        filters="video_id moment_id cloud_url format file_size_bytes",
        media={"cloud_url": {**VIDEOS, **SOUNDS}},
    ),
    AdminView(
        Thumbnail,
        MenuGroup.moments,
        shown="cloud_url video_id clip_id",
        filters="video_id clip_id cloud_url",
        media={"cloud_url": PICTURES},
    ),
    AdminView(
        Prompt,
        MenuGroup.moments,
        shown="user_prompt system_prompt created_at",
        filters="user_prompt system_prompt",
        kept={"prompt_hash": "it is derived from the texts"},
        hidden="prompt_hash",
    ),
    AdminView(
        GenerationConfig,
        MenuGroup.moments,
        shown="model operation_type prompt_id transcript_id temperature",
        filters="model operation_type prompt_id transcript_id",
        kept={"config_hash": "it is derived from the other values"},
        hidden="config_hash",
    ),
    AdminView(
        PipelineHistory,
        MenuGroup.moments,
        shown="identifier video_id pipeline_type status started_at duration_seconds error_stage",
        filters="identifier video_id pipeline_type status started_at error_stage",
        read_only="it records what was done",
    ),
)
