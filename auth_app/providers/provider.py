"""What an OAuth2 provider is: its defaults, and what one that has its own ways may do differently.

Reference: contract/auth.md 10.3; tools/auth/auth.go and base_provider.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Self

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.user import OAuth2User, UserRefused
from collections_app.auth_options import OAuth2ProviderOptions


@dataclass(frozen=True, slots=True)
class UserFields:
    """Where in a provider's description of somebody what stands, as JSON paths (`data.user.id`); "": nowhere.

    With `email_verified`, an address counts only where that is true. Without it the provider must be known to
    tell verified addresses only: whoever owns an address here gets the account that has it.
    `must_be` is a path and the only value there with which somebody may sign in.
    """

    id: str = "id"
    name: str = ""
    username: str = ""
    email: str = ""
    email_verified: str = ""
    avatar_url: str = ""
    has_number_id: bool = False
    must_be: tuple[str, str | int | bool] | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's defaults; an empty URL has to be configured by the collection.

    `order` sorts the list that the dashboard offers; `tint` colours the provider's mark.
    A provider with ways of its own is a subclass that overrides one of the methods.
    """

    name: str
    display_name: str
    order: int
    scopes: tuple[str, ...] = ()
    auth_url: str = ""
    token_url: str = ""
    user_info_url: str = ""
    has_pkce: bool = True
    tint: str = "#57606a"
    user: UserFields = UserFields()

    @property
    def logo(self) -> str:
        """A plain mark of our own, the first letter on the provider's colour: not the provider's logo."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">'
            f'<rect width="64" height="64" rx="14" fill="{self.tint}"/>'
            '<text x="32" y="44" font-family="sans-serif" font-size="34" font-weight="700" '
            f'text-anchor="middle" fill="#fff">{escape(self.display_name[0].upper())}</text></svg>'
        )

    def configured(self, options: OAuth2ProviderOptions) -> Self:
        """This provider with a collection's own settings laid over it."""
        return replace(
            self,
            display_name=options.display_name or self.display_name,
            auth_url=options.auth_url or self.auth_url,
            token_url=options.token_url or self.token_url,
            user_info_url=options.user_info_url or self.user_info_url,
            has_pkce=self.has_pkce if options.pkce is None else options.pkce,
        )

    def authorize_parameters(self) -> Mapping[str, str]:
        """What the URL of the consent page needs beyond what all of them get."""
        return {}

    def fetch_description(self, grant: Grant) -> Any:
        """The JSON with which the provider describes whoever granted. Raises UserRefused."""
        return grant.get_json(self.user_info_url, headers=self.user_info_headers(grant))

    def user_info_headers(self, grant: Grant) -> Mapping[str, str]:
        """What the request for the description needs beyond the access token."""
        return {}

    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        """Whom a description means. Raises UserRefused for one that is malformed, or of a closed account."""
        fields = self.user
        if fields.must_be is not None:
            path, expected = fields.must_be
            found = facts.find(raw, path)
            if type(found) is not type(expected) or found != expected:
                raise UserRefused(f"the account is not active: {path} is {found!r}")
        is_verified = not fields.email_verified or facts.truth(raw, fields.email_verified)
        email = self._text(raw, fields.email)
        return OAuth2User(
            id=(facts.number_text if fields.has_number_id else facts.text)(raw, fields.id),
            name=self._text(raw, fields.name),
            username=self._text(raw, fields.username),
            email=email if is_verified else "",
            avatar_url=self._text(raw, fields.avatar_url),
        )

    @staticmethod
    def _text(raw: Any, path: str) -> str:
        return facts.text(raw, path) if path else ""
