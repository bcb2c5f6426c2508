"""The exchange of a code for an access token, and of that for whose account it is.

Authlib makes the token request; the answer is checked before Authlib sees it, since it trusts servers.
Reference: contract/auth.md 10.1 and 10.3; internal/token.go of golang.org/x/oauth2 0.36.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider
from auth_app.providers.user import OAuth2User, TokenRefused, UserRefused
from collections_app.auth_options import OAuth2ProviderOptions
from platform_app.database.dates import in_seconds
from platform_app.outgoing.answer import Answer, RequestFailed
from platform_app.wire.form_values import MalformedPairs, media_type, read_pairs
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.struct_decoding import INT64

if TYPE_CHECKING:
    from platform_app.outgoing.bounded_client import BoundedClient

# For the token, the description and whatever else a provider is asked for, together.
SECONDS = 30.0
# Of what clients send on to the provider; codes have up to some thousand characters.
_LONGEST_INPUT = 8192
_FURTHEST_EXPIRY = 2**31 - 1
_FORMS = frozenset({"application/x-www-form-urlencoded", "text/plain"})
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")
_TEXTS = ("access_token", "token_type", "refresh_token", "error", "error_description", "error_uri")


def fetch_user(
    provider: Provider, options: OAuth2ProviderOptions, *, code: str, code_verifier: str, redirect_url: str
) -> OAuth2User:
    """Whom a configured provider says the bearer of `code` is; waits for it up to `SECONDS`.

    The verifier is sent if the provider has PKCE, the redirect URL if there is one.
    Raises TokenRefused or UserRefused, whatever the provider does.
    """
    # Nobody needs the network here, or Authlib below, before the first sign-in; they take a while to load.
    from platform_app.outgoing.bounded_client import BoundedClient

    if max(map(len, (code, code_verifier, redirect_url))) > _LONGEST_INPUT:
        raise TokenRefused("the code, its verifier or the redirect URL is too long")
    values = {"code": code, "redirect_uri": redirect_url}
    if provider.has_pkce:
        values["code_verifier"] = code_verifier
    with BoundedClient(seconds=SECONDS) as client:
        grant = _exchange(provider.token_url, options, values, client)
        raw = provider.fetch_description(grant)
        if raw is None:
            raw = {}  # as the reference reads null: somebody of whom nothing is told
        if not isinstance(raw, dict):
            raise UserRefused("the description of the user is no object")
        user = provider.read_user(raw, grant)
    user.raw = user.raw or raw
    user.access_token, user.refresh_token, user.expiry = grant.access_token, grant.refresh_token, grant.expiry
    return user


# --- the token ----------------------------------------------------------------------------------------


class _WrongAnswer(Exception):
    """The token endpoint answered, but not with a token: it may want to be asked in the other way."""


def _exchange(
    token_url: str, options: OAuth2ProviderOptions, values: Mapping[str, str], client: "BoundedClient"
) -> Grant:
    from authlib.oauth2.client import OAuth2Client

    # The standard asks for a header; some read the body only (RFC 6749, 2.3.1).
    ways: tuple[str | Callable[..., Any], ...] = (_add_basic_auth, "client_secret_post")
    for way in ways:
        session = _TokenSession(client)
        asking = OAuth2Client(
            session, options.client_id, options.client_secret, token_endpoint_auth_method=way
        )
        try:
            asking.fetch_token(token_url, grant_type="authorization_code", **values)
        except _WrongAnswer as error:
            wrong = error
        else:
            token = session.members
            expires_in = _expires_in(token)
            return Grant(
                options,
                client,
                access_token=token["access_token"],
                token_type=token.get("token_type") or "",
                refresh_token=token.get("refresh_token") or "",
                expiry=in_seconds(expires_in) if expires_in else "",
                members=token,
            )
    raise TokenRefused(f"{token_url}: {wrong}") from wrong


def _add_basic_auth(
    client: Any, method: str, url: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Authlib's `client_secret_basic`, with id and secret escaped first as the standard says."""
    from authlib.oauth2.auth import ClientAuth

    escaped = ClientAuth(quote_plus(client.client_id), quote_plus(client.client_secret))
    prepared: tuple[str, dict[str, str], str] = escaped.prepare(method, url, headers, body)
    return prepared


class _TokenSession:
    """What Authlib sends with and reads from, in place of requests or httpx; `members` is the last answer."""

    # To Authlib it is an answer too, and a good one: others do not come so far.
    status_code = 200

    def __init__(self, client: "BoundedClient") -> None:
        self._client = client
        self.members: Mapping[str, Any] = {}

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any
    ) -> "_TokenSession":
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        try:
            answer = self._client.send("POST", url, headers=headers, body=body.encode())
        except RequestFailed as error:
            raise TokenRefused(str(error)) from error
        self.members = _token_members(answer)
        return self

    def json(self) -> dict[str, Any]:
        return {"access_token": self.members["access_token"]}


def _token_members(answer: Answer) -> Mapping[str, Any]:
    """What a token endpoint answered, if that is a token. Raises _WrongAnswer."""
    kind = media_type(answer.content_type)
    members: Any
    try:
        if kind is not None and kind[0] in _FORMS:
            members = dict(reversed(read_pairs(answer.body.decode("utf-8", "replace"), strict=True)))
        else:
            members = decode_json(answer.body, whole=True, keeps_integers=True)
    except (MalformedPairs, MalformedJson) as error:
        raise _WrongAnswer(f"status {answer.status}, and not readable: {error}") from error
    if not isinstance(members, dict) or not all(isinstance(members.get(name), str | None) for name in _TEXTS):
        raise _WrongAnswer(f"status {answer.status}, and no token in the JSON")
    if not 200 <= answer.status < 300 or members.get("error"):
        shown = ", ".join(filter(None, (members.get(name) for name in _TEXTS[3:])))
        raise _WrongAnswer(f"status {answer.status}: {shown}")
    if not members.get("access_token"):
        raise _WrongAnswer("an answer without access_token")
    _expires_in(members)
    return members


def _expires_in(members: Mapping[str, Any]) -> int:
    """The seconds that an access token is valid, 0 for one that says nothing. Raises _WrongAnswer."""
    value = members.get("expires_in")
    if value is None:
        return 0
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in INT64:
        raise _WrongAnswer("expires_in is no whole number")
    return max(-_FURTHEST_EXPIRY, min(value, _FURTHEST_EXPIRY))
