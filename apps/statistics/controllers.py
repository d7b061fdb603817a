from litestar.types import ControllerRouterHandler

from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.shared.rest import TableController, page_of
from apps.statistics.repositories import ChannelStatisticsRepository, VideoStatisticsRepository


class ChannelStatisticsController(TableController):
    repository = ChannelStatisticsRepository


class VideoStatisticsController(TableController):
    repository = VideoStatisticsRepository


ROUTES: list[ControllerRouterHandler] = [
    ChannelStatisticsController,
    VideoStatisticsController,
    page_of(ChannelRepository, ChannelStatisticsController, "channel_id", "statistics"),
    page_of(VideoRepository, VideoStatisticsController, "video_id", "statistics"),
]
