"""What django-eventstream asks about our channels (EVENTSTREAM_CHANNELMANAGER_CLASS)."""

from typing import Any

from django_eventstream.channelmanager import DefaultChannelManager

from auth_app.models import Superuser
from realtime_app.feeds import is_channel


class FeedChannels(DefaultChannelManager):  # type: ignore[misc]
    """The channel is the one in the path; whoever is no superuser reads none of them."""

    def can_read_channel(self, user: Any, channel: str) -> bool:
        return is_channel(channel) and isinstance(user, Superuser)

    def is_channel_reliable(self, channel: str) -> bool:
        return False  # nothing is kept, so nothing can be sent again
