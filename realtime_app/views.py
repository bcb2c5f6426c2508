"""Realtime over HTTP: a stream opens, and its client subscribes (contract/realtime.md 2 and 3)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.views.api_view import APIView, no_content
from platform_app.requests.activity import skip_success_log
from platform_app.requests.client_ip import real_ip
from platform_app.requests.stream_answers import StreamAnswer
from platform_app.requests.struct_body import bind
from platform_app.wire.errors import BadRequest
from realtime_app.clients import Client
from realtime_app.connecting import open_stream
from realtime_app.forwarding import forward, owner_elsewhere
from realtime_app.service import service
from realtime_app.subscribing import Submitted, subscribe

# Where `config/asgi.py` finds the consumer.
STREAM_ROUTE = "/api/realtime"


class Realtime(APIView):
    """`GET` opens a stream, which a consumer holds then; `POST` replaces what its client is subscribed to."""

    def get(self, request: HttpRequest) -> HttpResponse:
        skip_success_log(request)
        client = Client(owner=service.bus.tag, ip=real_ip(request))
        opening = open_stream(request, client)
        if opening is None:
            return HttpResponse()
        return StreamAnswer(STREAM_ROUTE, opening)

    def post(self, request: HttpRequest) -> Any:
        try:
            submitted = bind(request, Submitted)
        except BadRequest as error:
            raise BadRequest from error  # without a message of its own, here
        submitted.check()
        owner = owner_elsewhere(service.bus, submitted.client_id)
        if owner:
            body = {"clientId": submitted.client_id, "subscriptions": submitted.subscriptions}
            return forward(service.bus, request, owner, body)
        is_subscribed = subscribe(
            service.hub,
            submitted.client_id,
            submitted.subscriptions,
            auth=getattr(request, "auth_record", None),
            ip=real_ip(request),
            request=request,
        )
        return no_content() if is_subscribed else HttpResponse()


realtime_view = Realtime.as_view()
