"""What a provider granted for a code, and how to ask it with that about whose account it is.

Reference: tools/auth/base_provider.go, PocketBase v0.39.11; golang.org/x/oauth2 0.36.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auth_app.providers.user import UserRefused
from collections_app.auth_options import OAuth2ProviderOptions
from platform_app.outgoing.answer import Answer, RequestFailed
from platform_app.wire.json_decoding import MalformedJson, decode_json

if TYPE_CHECKING:
    from platform_app.outgoing.bounded_client import BoundedClient

_SHOWN_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, and a line to the provider which ends with the sign-in's deadline.

    `expiry` is stored text, or "". `members` is the token endpoint's whole answer: texts if it was a form,
    else JSON values.
    """

    options: OAuth2ProviderOptions
    client: "BoundedClient"
    access_token: str
    token_type: str = ""
    refresh_token: str = ""
    expiry: str = ""
    members: Mapping[str, Any] = field(default_factory=dict)

    def ask(
        self, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", method: str = "GET"
    ) -> Answer:
        """The answer to a request that the access token speaks for. Raises UserRefused when there is none."""
        kind = "Bearer" if self.token_type.lower() in ("", "bearer") else self.token_type
        return self.ask_without_token(
            url,
            headers={"Authorization": f"{kind} {self.access_token}", **(headers or {})},
            body=body,
            method=method,
        )

    def ask_without_token(
        self, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", method: str = "GET"
    ) -> Answer:
        try:
            return self.client.send(method, url, headers=headers, body=body)
        except RequestFailed as error:
            raise UserRefused(str(error)) from error

    def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON that is at `url`. Raises UserRefused for an error status and for anything else."""
        return json_of(self.ask(url, headers=headers), url)

    def post_json(self, url: str, value: Any) -> Any:
        """The JSON answer to a JSON value. Raises UserRefused."""
        headers = {"Content-Type": "application/json"}
        return json_of(self.ask(url, headers=headers, body=json.dumps(value).encode(), method="POST"), url)


def json_of(answer: Answer, url: str) -> Any:
    """The answer's value, whole numbers as ints. Raises UserRefused for an error status and no JSON."""
    if answer.status >= 400:
        shown = answer.body[:_SHOWN_CHARACTERS].decode(errors="replace")
        raise UserRefused(f"{url} answers with {answer.status}: {shown}")
    return parsed(answer.body, url)


def parsed(body: bytes, url: str) -> Any:
    """The JSON value of a body, whatever its status was. Raises UserRefused."""
    try:
        return decode_json(body, whole=True, keeps_integers=True)
    except MalformedJson as error:
        raise UserRefused(f"{url} answers without JSON: {error}") from error
