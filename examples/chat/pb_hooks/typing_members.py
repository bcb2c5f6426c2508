"""Who is typing: a message of our own over realtime, which is stored nowhere."""

from joey import auth_record, receiver, route
from realtime_app import realtime
from realtime_app.events import realtime_message_send

TOPIC = "typing"


@route("POST /api/chat/typing", auth="users", lane="pool")
def tell(request):
    member = auth_record(request)
    realtime.send(TOPIC, {"id": member.id, "name": member["name"]})


@receiver(realtime_message_send)
def to_members_only(event, **kwargs):
    """No rule guards topics of our own, so what guests subscribed to is dropped here."""
    if event.name.partition("?")[0] == TOPIC and event.client.auth is None:
        return
    yield
