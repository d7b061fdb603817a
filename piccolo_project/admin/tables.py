"""Every table in the admin, grouped by what people do with it, with its listing."""

from dataclasses import dataclass

from piccolo.columns import Column
from piccolo.table import Table
from piccolo_admin.endpoints import TableConfig
from piccolo_api.crud.endpoints import OrderBy

from apps.accounts.tables import AuthenticatorSecret, IdempotencyKey, Session, User
from apps.audit.tables import AuditEntry
from apps.catalog.tables import Channel, ImportRecord, Video
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.conversations.tables import Conversation, Message, Template
from apps.moments.tables import Clip, GenerationConfig, Moment, PipelineHistory, Prompt, Thumbnail
from apps.overview.tables import Figure, Finding
from apps.processing.tables import ProcessingJob, ProcessingSession
from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.statistics.tables import ChannelStatistics, VideoStatistics
from apps.transcripts.tables import Chunk, Transcript
from piccolo_project.admin.media import MEDIA


@dataclass(frozen=True)
class Listing:
    """Column names, separated by spaces. The first one shown links to the row.

    `filters` appear in the sidebar. In `order`, a minus means descending, as over REST; an index
    must support it.
    """

    shown: str
    filters: str
    order: str = "-id"


LISTINGS: dict[str, dict[type[Table], Listing]] = {
    "Library": {
        Video: Listing(
            "title identifier channel_id upload_date duration_seconds download_status status"
            " is_favorite",
            "title identifier youtube_video_id channel_id upload_date duration_seconds"
            " download_status status is_favorite tags created_at",
        ),
        Channel: Listing(
            "name youtube_channel_id handle status credentials_set_at",
            "name youtube_channel_id handle status",
            order="name",
        ),
        ImportRecord: Listing("path video_id channel_id updated_at", "path video_id channel_id"),
        Transcript: Listing(
            "language video_id source is_primary number_of_words created_at",
            "video_id language source is_primary user_id number_of_words",
        ),
        Chunk: Listing(
            "chunk_text transcript_id chunk_index start_time end_time",
            "transcript_id chunk_index start_time",
        ),
    },
    "Processing": {
        ProcessingJob: Listing(
            "job_type entity_type status priority attempts next_attempt_at error_message",
            "job_type status entity_type entity_id session_id priority attempts next_attempt_at",
        ),
        ProcessingSession: Listing(
            "name status total_items completed_items failed_items started_at",
            "name status started_at failed_items",
        ),
    },
    "Conversations": {
        Conversation: Listing("title user_id updated_at", "title user_id updated_at"),
        Message: Listing("content conversation_id role created_at", "conversation_id role"),
        Template: Listing(
            "template_name template_type user_id is_default",
            "template_name template_type user_id is_default",
        ),
    },
    "Moments": {
        Moment: Listing(
            "title video_id start_time end_time score is_refined parent_id",
            "title identifier video_id score is_refined parent_id generation_config_id",
        ),
        Clip: Listing(
            "cloud_url moment_id video_id start_time end_time format",
            "video_id moment_id cloud_url format file_size_bytes",
        ),
        Thumbnail: Listing("cloud_url video_id clip_id", "video_id clip_id cloud_url"),
        Prompt: Listing("user_prompt system_prompt created_at", "user_prompt system_prompt"),
        GenerationConfig: Listing(
            "model operation_type prompt_id transcript_id temperature",
            "model operation_type prompt_id transcript_id",
        ),
        PipelineHistory: Listing(
            "identifier video_id pipeline_type status started_at duration_seconds error_stage",
            "identifier video_id pipeline_type status started_at error_stage",
        ),
    },
    "Publishing": {
        Publication: Listing(
            "platform video_id channel_id status scheduled_at published_at url",
            "platform status video_id clip_id channel_id preset_id music_id scheduled_at",
        ),
        TransformationPreset: Listing("name description updated_at", "name", order="name"),
        Music: Listing("title spotify_track_id file_path", "title spotify_track_id file_path"),
        ChannelStatistics: Listing(
            "recorded_at channel_id subscriber_count view_count video_count",
            "channel_id recorded_at subscriber_count view_count",
        ),
        VideoStatistics: Listing(
            "recorded_at video_id view_count like_count comment_count",
            "video_id recorded_at view_count",
        ),
    },
    "Review": {
        Finding: Listing(
            "description kind video_id original_id clip_id job_id session_id run_id thumbnail_id"
            " music_id created_at",
            "kind description video_id clip_id job_id session_id run_id",
        ),
        Figure: Listing("name value measured_at seconds", "name", order="name"),
    },
    "Settings": {
        SystemConfiguration: Listing(
            "key value encrypted description", "key encrypted", order="key"
        ),
        ChannelConfiguration: Listing(
            "key channel_id value encrypted", "key channel_id encrypted", order="channel_id key"
        ),
    },
    "Accounts": {
        User: Listing("email active admin superuser last_login", "email active admin superuser"),
        Session: Listing(
            "created_at user_id name last_used_at expires_at", "user_id name expires_at"
        ),
        AuthenticatorSecret: Listing(
            "created_at user_id confirmed_at revoked_at last_used_at", "user_id confirmed_at"
        ),
        IdempotencyKey: Listing("created_at user_id key", "user_id created_at"),
        AuditEntry: Listing(
            "created_at user_email door action table_name row_id columns",
            "table_name row_id user_id user_email action door created_at",
        ),
    },
}
"""Group → table → its listing."""


def get_columns(table: type[Table], names: str) -> list[Column]:
    return [table._meta.get_column_by_name(name) for name in names.split()]


def parse_order(table: type[Table], order: str) -> list[OrderBy]:
    return [
        OrderBy(table._meta.get_column_by_name(name.removeprefix("-")), not name.startswith("-"))
        for name in order.split()
    ]


def make_table_config(table: type[Table], group: str, listing: Listing) -> TableConfig:
    shown = get_columns(table, listing.shown)
    return TableConfig(
        table,
        menu_group=group,
        visible_columns=shown,
        visible_filters=get_columns(table, listing.filters),
        link_column=shown[0],
        order_by=parse_order(table, listing.order),
        media_storage=MEDIA.get(table),
    )


TABLES = [
    make_table_config(table, group, listing)
    for group, listings in LISTINGS.items()
    for table, listing in listings.items()
]
