"""How the admin shows stored settings."""

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        SystemConfiguration,
        MenuGroup.settings,
        shown="key value encrypted description",
        filters="key encrypted",
        order="key",
        masked="value",
        any_json="value",
    ),
    AdminView(
        ChannelConfiguration,
        MenuGroup.settings,
        shown="key channel_id value encrypted",
        filters="key channel_id encrypted",
        order="channel_id key",
        masked="value",
        any_json="value",
    ),
)
