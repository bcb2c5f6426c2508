"""The views of this app."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from realtime_app import broker, realtime
from tests.process.streaming.apps import log


def state(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"clients": [client.id for client in broker.clients()], "log": log})


def send(request: HttpRequest) -> HttpResponse:
    """So many messages of so many bytes."""
    for _ in range(int(request.GET["count"])):
        realtime.send(request.GET["topic"], "x" * int(request.GET["size"]))
    return HttpResponse()
