"""Where the settings hide the controls, what is done with records that are there is unlocked first (SH-05).

A page shows the box for it (`admin_ui/unlock.html`) as `asks_to_unlock` says.
"""

from django.http import HttpRequest
from django.utils.translation import gettext

from platform_app.runtime_settings.current import current


def asks_to_unlock() -> bool:
    return current().meta.hides_controls


def problem_of_lock(request: HttpRequest) -> str:
    """Why this request may not do what it is for; "" if it only asks, or somebody has unlocked it."""
    if request.method != "POST" or not asks_to_unlock() or "unlocked" in request.POST:
        return ""
    return gettext("Controls are locked in the settings, so unlock this first.")
