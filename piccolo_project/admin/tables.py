"""Every table in the admin, in groups that follow the jobs, with the columns of its listing."""

from piccolo.table import Table
from piccolo_admin.endpoints import TableConfig
from piccolo_api.crud.endpoints import OrderBy
from piccolo_api.crud.hooks import Hook, HookType
from piccolo_api.crud.validators import Validators

from apps.accounts.tables import IdempotencyKey, Session, User
from apps.catalog.tables import Channel, ImportRecord, Video
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.conversations.tables import Conversation, Message, Template
from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.statistics.tables import ChannelStatistics, VideoStatistics
from apps.transcripts.tables import Chunk, Transcript
from piccolo_project.admin.hooks import (
    check_new,
    keep_changes,
    refuse_put,
    refuse_writes,
)

LISTINGS: dict[str, dict[type[Table], str]] = {
    "Library": {
        Video: "title identifier channel_id upload_date duration_seconds download_status status"
        " is_favorite",
        Channel: "name youtube_channel_id handle status credentials_set_at",
        ImportRecord: "path video_id channel_id updated_at",
    },
    "Transcripts": {
        Transcript: "language video_id source is_primary number_of_words created_at",
        Chunk: "chunk_index transcript_id chunk_text start_time end_time",
    },
    "Conversations": {
        Conversation: "updated_at title user_id",
        Message: "content conversation_id role created_at",
        Template: "template_name template_type user_id is_default",
    },
    "Moments": {
        Moment: "title video_id start_time end_time score is_refined parent_id",
        Clip: "cloud_url moment_id video_id start_time end_time format",
        Thumbnail: "cloud_url video_id clip_id",
        Prompt: "user_prompt system_prompt created_at",
        GenerationConfig: "model operation_type prompt_id transcript_id temperature",
        PipelineHistory: "identifier video_id pipeline_type status started_at duration_seconds"
        " error_stage",
    },
    "Publishing": {
        Publication: "platform video_id channel_id status scheduled_at published_at url",
        TransformationPreset: "name description",
        Music: "created_at title spotify_track_id file_path",
    },
    "Statistics": {
        ChannelStatistics: "recorded_at channel_id subscriber_count view_count video_count",
        VideoStatistics: "recorded_at video_id view_count like_count comment_count",
    },
    "Processing": {
        ProcessingJob: "job_type entity_type status priority attempts next_attempt_at"
        " error_message",
        ProcessingSession: "started_at name status total_items completed_items failed_items",
    },
    "Configuration": {
        SystemConfiguration: "key value encrypted description",
        ChannelConfiguration: "key channel_id value encrypted",
    },
    "Accounts": {
        User: "email active admin superuser last_login",
        Session: "expires_at user_id name last_used_at",
        IdempotencyKey: "key user_id created_at",
    },
}
"""Group → table → the columns of its listing; the first one links to the row."""

READ_ONLY = {ImportRecord, Session, IdempotencyKey}


def table_config(table: type[Table], group: str, listed: str) -> TableConfig:
    columns = [table._meta.get_column_by_name(name) for name in listed.split()]
    refuse = refuse_writes if table in READ_ONLY else refuse_put
    return TableConfig(
        table,
        menu_group=group,
        visible_columns=columns,
        link_column=columns[0],
        order_by=[OrderBy(table._meta.primary_key, ascending=False)],
        hooks=[
            Hook(hook_type=HookType.pre_patch, callable=keep_changes),
            Hook(hook_type=HookType.pre_save, callable=check_new),
        ],
        validators=Validators(every=[refuse]),
    )


TABLES = [
    table_config(table, group, listed)
    for group, listings in LISTINGS.items()
    for table, listed in listings.items()
]
