"""The WSGI application, for servers that speak nothing else; realtime needs `config.asgi`."""

import os

from django.core.wsgi import get_wsgi_application

from platform_app.requests.wsgi import HeldBack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # noqa: TID251 - Django's own contract

application = HeldBack(get_wsgi_application())
