from apps.shared.db.repositories import Repository
from apps.statistics.tables import ChannelStatistics, VideoStatistics


class ChannelStatisticsRepository(Repository[ChannelStatistics]):
    table = ChannelStatistics
    noun = "record of channel statistics"


class VideoStatisticsRepository(Repository[VideoStatistics]):
    table = VideoStatistics
    noun = "record of video statistics"
