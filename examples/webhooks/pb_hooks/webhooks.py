"""Tells other servers what happens to orders: signed, and again until they have it.

A delivery is stored in the transaction that changes the order, so that none is lost and none is made up. Its
first attempt is queued with the commit; what fails is due again later, which a job looks for every minute.
"""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from collections_app.events import record_create_execute, record_delete_execute, record_update_execute
from collections_app.records.reading.presenting import public_export
from joey import collection_model, cron, enqueue, receiver
from pb_hooks._signing import signature
from platform_app.http.sending import send
from platform_app.outgoing.answer import RequestFailed

# Before the second attempt, the third and so on. All are longer than ATTEMPT_SECONDS.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]
ATTEMPT_SECONDS = 30  # after that its process is ended
ANSWER_SECONDS = 20  # to connect, to send, to have the answer
MOST_AT_ONCE = 100
HAPPENED = {"create": "order.created", "update": "order.updated", "delete": "order.deleted"}


@receiver([record_create_execute, record_update_execute, record_delete_execute], collection="orders")
def note_deliveries(event, **kwargs):
    yield
    message = {"type": HAPPENED[event.type], "data": public_export(event.record)}
    for endpoint in collection_model("webhook_endpoints").objects.filter(paused=False):
        delivery = collection_model("webhook_deliveries").objects.create(
            endpoint=endpoint, message=message, status="waiting", due=timezone.now()
        )
        queue(delivery.id)


def queue(delivery_id):
    enqueue(attempt, delivery_id, timeout_seconds=ATTEMPT_SECONDS)  # with the commit


@cron("send-webhooks", "* * * * *")
def queue_what_is_due():
    for delivery in due().order_by("due")[:MOST_AT_ONCE]:
        queue(delivery.id)


def attempt(delivery_id):
    """One attempt, in a process of its own. It may be queued more than once: one of them finds it due."""
    delivery = due().filter(id=delivery_id).first()
    if delivery is None:
        return
    # Noted as failed before it begins, so that an attempt that is cut short counts as well.
    is_last = delivery.attempts >= len(PAUSES)
    later = {"status": "failed"} if is_last else {"due": timezone.now() + PAUSES[int(delivery.attempts)]}
    is_mine = (
        due().filter(id=delivery_id, attempts=delivery.attempts).update(attempts=F("attempts") + 1, **later)
    )
    if not is_mine:
        return
    delivery.refresh_from_db()
    endpoint = collection_model("webhook_endpoints").objects.get(id=delivery.endpoint)
    # A json field holds the text as it is stored: every attempt sends and signs the same bytes.
    is_taken, delivery.answer = post(endpoint, delivery.id, delivery.message.encode())
    if is_taken:
        delivery.status = "delivered"
    delivery.save()


def due():
    return collection_model("webhook_deliveries").objects.filter(status="waiting", due__lte=timezone.now())


def post(endpoint, message_id, body):
    """Whether the server took it, and what it said. Redirects are not followed."""
    timestamp = str(int(timezone.now().timestamp()))
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(endpoint.secret, message_id, timestamp, body),
    }
    try:
        answer = send(endpoint.url, method="POST", headers=headers, body=body, seconds=ANSWER_SECONDS)
    except RequestFailed as error:
        return False, str(error)
    return 200 <= answer.status < 300, str(answer.status)


@cron("forget-webhooks", "30 3 * * *")
def forget():
    month_ago = timezone.now() - timedelta(days=30)
    collection_model("webhook_deliveries").objects.filter(
        status__in=["delivered", "failed"], created__lt=month_ago
    ).delete()
