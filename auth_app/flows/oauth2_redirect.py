"""Where a provider sends somebody back to, when the client waits on a stream: the client is told.

Reference: contract/auth.md 10.2; apis/record_auth_with_oauth2_redirect.go, PocketBase v0.39.11.
"""

import logging
from dataclasses import dataclass, field

from django.db import DatabaseError

from auth_app.oauth2_clients import TOPIC, find_client
from auth_app.oauth2_names import keep_name
from platform_app.wire.json_encoding import encode

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Return:
    """What a provider says in the redirect; `user` comes from Apple only, and in forms only."""

    state: str = ""
    code: str = ""
    error: str = ""
    user: str = field(default="", metadata={"in_json": False})


def tell_client(returned: Return, *, ip: str) -> bool:
    """Send what came back to the client that waits for it; whether it can sign in with that.

    A client is told once, and only from the address that its stream was opened from: nobody else is to finish
    a sign-in in its name.
    """
    client = find_client(returned.state) if returned.state else None
    if client is None or not client.take_subscription():
        logger.debug("somebody came back from an OAuth2 provider, and no client waits for them")
        return False
    if client.ip and client.ip != ip:
        logger.debug("somebody came back from an OAuth2 provider to another address than they left from")
        return False
    if returned.user and returned.code and not returned.error:
        try:
            keep_name(returned.code, returned.user)
        except DatabaseError:
            # Without it the account is made with an empty name, which is better than none.
            logger.warning("a name that Apple told was not kept", exc_info=True)
    data = {"state": returned.state, "code": returned.code}
    if returned.error:
        data["error"] = returned.error
    client.send(TOPIC, encode(data).decode())
    return bool(returned.code) and not returned.error
