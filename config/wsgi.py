"""The WSGI application, for servers that speak nothing else; realtime needs `asgi.py`."""

import atexit
import os

from django.core.wsgi import get_wsgi_application

from platform_app.requests.wsgi import HeldBack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{__package__}.settings")  # noqa: TID251 - Django's contract

_django = get_wsgi_application()

from system_app.logs.starting import start_log  # noqa: E402 - the apps must be loaded first
from system_app.logs.telling import tell_answered  # noqa: E402
from system_app.logs.writing import log_writer  # noqa: E402

# Nobody tells WSGI applications when they start and stop.
start_log()
atexit.register(log_writer.stop)
application = HeldBack(_django, answered=tell_answered)
