"""The OAuth2 providers of a collection: those that it has, those that it may have, and the options of one.

A PATCH lays a list of providers over the stored one by position, so a whole list is sent, with the secrets
that are stored: nothing of one provider is ever taken for another's.
Reference: contract/collections.md 2.2, contract/dashboard.md AO-03 to AO-08.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from admin_ui.collection.option_form import Card, Option
from auth_app.providers.provider import Provider
from auth_app.providers.registry import providers as known_providers
from collections_app.collection import Collection
from collections_app.definitions.definition_json import complete_options
from collections_app.orm import collection_model
from collections_app.system_names import EXTERNAL_AUTHS

Json = dict[str, Any]

_MOST_COUNTED = 10_000
# What is written as a list or a text of its own in `extra`, by provider.
_PKCE: Mapping[bool | None, str] = {True: "on", False: "off"}
_EXTRA_KEYS = ("jwksURL", "issuers", "idTokenEmailClaim")


@dataclass(frozen=True)
class ChosenProvider:
    """One that a collection has; `problem` says what it lacks, "" for nothing."""

    name: str
    title: str
    linked: int
    problem: str

    @property
    def linked_words(self) -> str:
        return linked_words(self.linked)


def stored_providers(collection: Collection) -> list[Json]:
    """The whole members, with their secrets."""
    oauth2 = complete_options("auth", collection.options)["oauth2"]
    return [dict(one) for one in oauth2["providers"] or []]


def chosen_providers(collection: Collection) -> list[ChosenProvider]:
    found = []
    for stored in stored_providers(collection):
        known = known_providers().get(stored["name"])
        title = stored["displayName"] or (known.display_name if known else stored["name"])
        found.append(
            ChosenProvider(
                stored["name"], title, linked_accounts(collection, stored["name"]), _lacks(stored, known)
            )
        )
    return found


def offered_providers(collection: Collection, search: str) -> list[Provider]:
    """Those that it does not have yet, of which the name contains what is looked for."""
    taken = {one["name"] for one in stored_providers(collection)}
    wanted = search.strip().lower()
    return [
        one
        for one in sorted(known_providers().values(), key=lambda one: (one.order, one.name))
        if one.name not in taken and (wanted in one.name.lower() or wanted in one.display_name.lower())
    ]


def linked_accounts(collection: Collection, provider: str) -> int:
    """How many accounts are linked with it, 10,000 at most."""
    links = collection_model(EXTERNAL_AUTHS).objects.filter(collectionRef=collection.id, provider=provider)
    return int(links[:_MOST_COUNTED].count())


def linked_words(count: int) -> str:
    return ngettext("{count} linked account", "{count} linked accounts", count).format(count=f"{count:,}")


def _lacks(stored: Json, known: Provider | None) -> str:
    if known is None:
        return gettext("nobody knows this provider here")
    missing = [label for key, label in _needed(known).items() if not stored[key]]
    return gettext("is missing: %s") % ", ".join(missing) if missing else ""


def _needed(known: Provider) -> dict[str, str]:
    needed = {"clientId": gettext("client id"), "clientSecret": gettext("client secret")}
    for key, given, label in (
        ("authURL", known.auth_url, gettext("address of the consent page")),
        ("tokenURL", known.token_url, gettext("address for tokens")),
    ):
        if not given:
            needed[key] = label
    return needed


def provider_card(known: Provider, *, has_secret: bool) -> Card:
    """The options of one provider; paths are members of it. Those of `extra` are named after it."""
    options = [
        Option("clientId", "text", gettext("Client id")),
        Option(
            "clientSecret",
            "secret",
            gettext("Client secret"),
            placeholder="••••••••" if has_secret else "",
            help=gettext("It is kept when this is left empty.") if has_secret else "",
        ),
    ]
    is_oidc = known.name.startswith("oidc")
    if is_oidc:
        options.append(Option("displayName", "text", gettext("Display name"), placeholder=known.display_name))
    options += [
        Option("authURL", "url", gettext("Consent page"), placeholder=known.auth_url, width=""),
        Option("tokenURL", "url", gettext("Tokens"), placeholder=known.token_url, width=""),
    ]
    has_user_info = is_oidc or bool(known.user_info_url)
    if has_user_info:
        options.append(
            Option(
                "userInfoURL",
                "url",
                gettext("User info"),
                help=gettext("Empty: the id token says who somebody is.") if is_oidc else "",
                placeholder=known.user_info_url,
                width="",
            )
        )
    if is_oidc:
        options += [
            Option(
                "extra.jwksURL",
                "url",
                gettext("JWKS"),
                help=gettext("With it the signature of id tokens is checked."),
                width="",
            ),
            Option(
                "extra.issuers",
                "lines",
                gettext("Issuers"),
                help=gettext("One per line. With them id tokens of others are refused."),
                width="",
            ),
        ]
    if known.name == "microsoft":
        options.append(
            Option(
                "extra.idTokenEmailClaim",
                "text",
                gettext("Claim of the id token with the address"),
                help=gettext("Only one that your tenant verifies, such as verified_primary_email."),
            )
        )
    options.append(
        Option(
            "pkce",
            "select",
            "PKCE",
            choices=[
                (
                    "",
                    gettext("As the provider does: on")
                    if known.has_pkce
                    else gettext("As the provider does: off"),
                ),
                ("on", gettext("On")),
                ("off", gettext("Off")),
            ],
        )
    )
    return Card("provider", "globe", known.display_name, options=options)


def shown_provider(stored: Json) -> Json:
    """The member as the form has it."""
    return {**stored, "pkce": _PKCE.get(stored.get("pkce"), "")}


def sent_provider(stored: Json, said: Json) -> Json:
    """The member that the form makes of the stored one; what the form does not have stays."""
    extra = {**(stored.get("extra") or {}), **said.pop("extra", {})}
    for key in _EXTRA_KEYS:
        if not extra.get(key):
            extra.pop(key, None)
    pkce = {"on": True, "off": False}.get(said.pop("pkce"))
    return {**stored, **said, "pkce": pkce, "extra": extra or None}


def with_provider(collection: Collection, provider: Json) -> Json:
    """The PATCH that puts it in its place, or at the end; the first one turns OAuth2 on."""
    found = stored_providers(collection)
    names = [one["name"] for one in found]
    if provider["name"] in names:
        found[names.index(provider["name"])] = provider
        return {"oauth2": _only(found)}
    return {"oauth2": {**_only([*found, provider]), **({} if found else {"enabled": True})}}


def without_provider(collection: Collection, name: str) -> Json:
    """The PATCH that takes it away; the last one turns OAuth2 off."""
    left: Sequence[Json] = [one for one in stored_providers(collection) if one["name"] != name]
    return {"oauth2": {**_only(left), **({} if left else {"enabled": False})}}


def _only(providers: Sequence[Json]) -> Json:
    """The member that puts just these in the place of all that were there.

    It is read twice: `extra` of a list that is laid over another one would keep what the other one had.
    """
    return {"Providers": None, "providers": providers}


def blank_provider(name: str) -> Json:
    return {
        "name": name,
        "clientId": "",
        "clientSecret": "",
        "authURL": "",
        "tokenURL": "",
        "userInfoURL": "",
        "displayName": "",
        "pkce": None,
        "extra": None,
    }
