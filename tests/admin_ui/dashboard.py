"""What people do in the dashboard, and what they see there."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.contrib.sessions.models import Session

from tests.auth_app.accounts import PASSWORD

EMAIL = "root@example.com"
LOGIN = "/_/login/"
FORM = "application/x-www-form-urlencoded"


def send_form(client: Any, path: str, *, headers: dict[str, str] | None = None, **values: str) -> Any:
    return client.post(path, urlencode(values), content_type=FORM, headers=headers)


def sign_in(
    client: Any, username: str = EMAIL, password: str = PASSWORD, *, path: str = LOGIN, **headers: str
) -> Any:
    return send_form(client, path, headers=headers, username=username, password=password)


def told(response: Any) -> list[str]:
    """The errors on a page."""
    found = re.findall(
        r'<p class="errornote">(.*?)</p>|<ul class="errorlist"[^>]*><li>(.*?)</li>',
        response.content.decode(),
        re.DOTALL,
    )
    return [unescape(a or b).strip() for a, b in found]


def hidden(response: Any) -> dict[str, str]:
    """What the form for the code brings back by itself."""
    found = re.findall(r'name="(mfa_id|otp_id)" value="(\w+)"', response.content.decode())
    assert len(found) == 2
    return dict(found)


def is_in(client: Any) -> bool:
    """Whether this browser sees the dashboard, not the way to the form."""
    response = client.get("/_/")
    assert response.status_code in {200, 302, 403}
    return response.status_code == 200


def sessions() -> int:
    return Session.objects.count()
