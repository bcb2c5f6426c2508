"""Alerts: mails that tell all superusers that something goes wrong without anybody looking.

Reference: core/system_alert.go, PocketBase v0.39.11.
"""

from html import escape

from django.template.loader import render_to_string

from auth_app.models import Superuser
from platform_app.mail.message import Mail
from platform_app.mail.sending import send
from platform_app.runtime_settings.current import current


def alert_superusers(subject: str, details: str) -> None:
    """Send a mail to each of them, on the calling thread.

    Raises ExceptionGroup of what kept some of the mails from going out; the others have.
    """
    app_name = current().meta.app_name
    html = render_to_string("system_app/alert.html", {"app_name": app_name, "details": details})
    failures: list[Exception] = []
    for email in Superuser.objects.order_by("created").values_list("email", flat=True):
        try:
            send(Mail(to=[email], subject=f"[{app_name} system alert] {escape(subject)}", html=html))
        except Exception as error:  # noqa: BLE001 - the next one may get through
            failures.append(error)
    if failures:
        raise ExceptionGroup("some alerts were not sent", failures)
