"""Where a record signed in from, and the mail that warns it of a new place.

Reference: contract/auth.md 9; apis/record_helpers.go, PocketBase v0.39.11.
"""

import hashlib

from auth_app.mails import send_auth_alert
from auth_app.models import AuthOrigin
from collections_app.dates import now
from collections_app.records.record import Record

MAX_ORIGINS = 5
_MAX_AGENT_BYTES = 200


def track_origin(record: Record, *, ip: str, user_agent: str) -> None:
    """Remember this place; when it is new and not the first, warn the record by mail before.

    Raises whatever keeps the mail from going out: then the place stays unknown.
    """
    agent = _shortened(user_agent)
    fingerprint = hashlib.md5((ip + agent).encode(), usedforsecurity=False).hexdigest()
    known = list(
        AuthOrigin.objects.filter(collectionRef=record.collection.id, recordRef=record.id).order_by(
            "-created"
        )
    )
    moment = now()
    current = next((origin for origin in known if origin.fingerprint == fingerprint), None)
    if current is not None:
        AuthOrigin.objects.filter(id=current.id).update(updated=moment)
        return
    if known and record["email"]:
        send_auth_alert(record, f"{moment} - {ip} {agent}")
    stale = [origin.id for origin in known[MAX_ORIGINS - 1 :]]
    if stale:
        AuthOrigin.objects.filter(id__in=stale).delete()
    AuthOrigin.objects.create(
        collectionRef=record.collection.id,
        recordRef=record.id,
        fingerprint=fingerprint,
        created=moment,
        updated=moment,
    )


def _shortened(user_agent: str) -> str:
    encoded = user_agent.encode("utf-8", "surrogateescape")
    if len(encoded) <= _MAX_AGENT_BYTES:
        return user_agent
    return encoded[:_MAX_AGENT_BYTES].decode("utf-8", "replace") + "..."
