"""Every comment waits until a moderator has read it. Who sees which is for the rules to say."""

from datetime import timedelta
from html import escape

from django.utils import timezone

from collections_app.events import (
    record_after_create_success,
    record_create_request,
    record_enrich,
    record_update_request,
    record_validate,
)
from joey import BadRequest, FieldError, collection_model, cron, logger, parse_body, receiver
from platform_app.mail.message import Mail
from platform_app.mail.sending import send
from platform_app.requests.held_answers import beside_answer

MOST_LINKS = 2
BY_THE_WRITER = ("page", "name", "text")
KEPT = timedelta(days=30)

log = logger("moderation")


@receiver(record_create_request, collection="comments")
def wait_for_a_moderator(event, **kwargs):
    """Whatever is sent along; what moderators write themselves is read."""
    if event.has_superuser_auth:
        return
    moderator = event.info.auth if is_moderator(event.info.auth) else None
    event.record["status"] = "approved" if moderator else "pending"
    event.record["moderated_by"] = moderator
    # A hidden field is for superusers and for code to set: it is in the body that came, and nowhere else.
    event.record["email"] = str(parse_body(event.request).get("email") or "")


@receiver(record_validate, collection="comments")
def refuse_spam(event, **kwargs):
    links = event.record.get_string("text").lower().count("://")
    if links > MOST_LINKS:
        error = FieldError("too_many_links", f"No more than {MOST_LINKS} links, please.")
        raise BadRequest("The comment looks like spam.", {"text": error})


@receiver(record_update_request, collection="comments")
def note_the_moderator(event, **kwargs):
    """Moderators decide; they put no words into anybody's mouth."""
    if event.has_superuser_auth:
        return
    if any(event.record[key] != event.record.original[key] for key in BY_THE_WRITER):
        raise BadRequest("Moderators change nothing but the status.")
    event.record["moderated_by"] = event.info.auth


@receiver(record_after_create_success, collection="comments")
def tell_moderators(event, **kwargs):
    if event.record["status"] != "pending":
        return
    addresses = [moderator.email for moderator in collection_model("moderators").objects.all()]
    if not addresses:
        return
    name, page, text = (escape(event.record.get_string(key)) for key in ("name", "page", "text"))
    mail = Mail(
        to=addresses,
        subject="A comment waits",
        html=f"<p>{name} writes on {page}:</p><blockquote>{text}</blockquote>",
    )
    # On a thread for errands: whoever comments does not wait for the mail server.
    beside_answer(lambda: send(mail), log_failure)


def log_failure(error):
    if error is not None:
        log.error("moderators were not told", reason=str(error))


@receiver(record_enrich, collection="comments")
def show_addresses_to_moderators(event, **kwargs):
    if is_moderator(event.info.auth):
        event.record.unhide("email")


@cron("delete-rejected-comments", "0 4 * * *")
def delete_rejected():
    collection_model("comments").objects.filter(status="rejected", updated__lt=timezone.now() - KEPT).delete()


def is_moderator(auth):
    return auth is not None and auth.collection.name == "moderators"
