"""The ASGI application: `platform_app.requests.handler`, with the limits that the system puts on bodies.

Every request goes through Django's middleware to its view. What a view answers with a stream goes on to the
consumers that Channels routes to.
"""

import gc
import os
import sys

import django

# What is loaded here stays until the end: the garbage collector need not look at it, now or ever (see below).
gc.disable()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{__package__}.settings")  # noqa: TID251 - Django's contract
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be loaded first
from django.urls import path  # noqa: E402

from platform_app.database.data_directory import use_data_directory  # noqa: E402
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES  # noqa: E402
from platform_app.requests.handler import Application  # noqa: E402
from platform_app.requests.lifetime import lifetime  # noqa: E402
from platform_app.requests.receiving import BodyLimits  # noqa: E402
from realtime_app.consumers import RealtimeConsumer  # noqa: E402
from realtime_app.feed_streams import FEED_ROUTE, hold_feed  # noqa: E402
from system_app.limits.body_limits import BATCH_PATH  # noqa: E402
from system_app.logs.telling import tell_answered  # noqa: E402
from system_app.refusals import Refusals  # noqa: E402
from system_app.routing.table import own_body_limits, own_lane_finder  # noqa: E402

streams = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                path("api/realtime", RealtimeConsumer.as_asgi()),
                path(FEED_ROUTE.removeprefix("/"), hold_feed),  # type: ignore[arg-type]  # no view
            ]
        )
    },
)
# Before anything opens the databases in it. Under `serve` this was done before the process was forked.
use_data_directory()
application = Application(
    BodyLimits(usual_bytes=DEFAULT_LIMIT_BYTES, find=own_body_limits(), smaller=frozenset({BATCH_PATH})),
    streams=streams,
    answered=tell_answered,
    refused=Refusals(),
    find_lane=own_lane_finder(),
)
lifetime.register_below(application.companion)

# The event loop gives the interpreter lock away with every read and write. While threads are busy it gets it
# back after so long, once for each of them (Python's own is ten times that).
sys.setswitchinterval(0.0005)

gc.freeze()
gc.set_threshold(700, 10, 10)  # Python's own: requests make what goes again (manage.py sets another)
gc.enable()
