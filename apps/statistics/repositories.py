from apps.shared.db.repositories import Repository
from apps.statistics.tables import ChannelStatistics, VideoStatistics


class ChannelStatisticsRepository(Repository[ChannelStatistics]):
    table = ChannelStatistics


class VideoStatisticsRepository(Repository[VideoStatistics]):
    table = VideoStatistics
