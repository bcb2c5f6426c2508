"""The ways by which the records of a collection sign in, as cards of options.

Reference: contract/dashboard.md AO-01 to AO-03, AO-09 to AO-11, AO-15.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from admin_ui.collection.mail_cards import duration_words
from admin_ui.collection.option_form import Card, Option
from admin_ui.collection.providers import ChosenProvider
from collections_app.collection import Collection
from collections_app.system_names import SUPERUSERS

Json = dict[str, Any]

# What a provider tells of somebody, and which types of fields take it.
_MAPPED: Mapping[str, tuple[str, ...]] = {
    "id": ("text",),
    "name": ("text",),
    "username": ("text",),
    "avatarURL": ("text", "url", "file"),
}


def sign_in_cards(collection: Collection, options: Json, providers: list[ChosenProvider]) -> list[Card]:
    """`options` are those that are stored, complete. Superusers have no OAuth2."""
    cards = [_password(collection, options)]
    if collection.name != SUPERUSERS:
        cards.append(_oauth2(collection, providers))
    return [*cards, _otp(options), _mfa(options), _alert(options)]


def _password(collection: Collection, options: Json) -> Card:
    names = [(name, name) for name in _identities(collection)]
    chosen = options["passwordAuth"]["identityFields"] or []
    return Card(
        "password",
        "key-round",
        gettext("Password"),
        summary=gettext("with %s") % ", ".join(chosen) if chosen else "",
        switch=Option("passwordAuth.enabled", "switch", gettext("Password")),
        options=(
            Option(
                "passwordAuth.identityFields",
                "checks",
                gettext("Identity fields"),
                help=gettext("Only visible fields with a unique index of their own."),
                choices=names,
                width="",
            ),
        ),
    )


def _identities(collection: Collection) -> Iterator[str]:
    for field in collection.fields:
        is_one = field.name != "id" and not field.hidden and field.type not in {"password", "file"}
        if is_one and collection.unique_index_of(field.name) is not None:
            yield field.name


def _oauth2(collection: Collection, providers: list[ChosenProvider]) -> Card:
    mapped = tuple(
        Option(
            f"oauth2.mappedFields.{key}",
            "select",
            {"avatarURL": "avatar"}.get(key, key),
            choices=[
                ("", gettext("Don’t save")),
                *((field.name, field.name) for field in collection.fields if _takes(field, key)),
            ],
            width="quarter",
        )
        for key in _MAPPED
    )
    return Card(
        "oauth2",
        "globe",
        "OAuth2",
        summary=", ".join(one.title for one in providers),
        switch=Option("oauth2.enabled", "switch", "OAuth2"),
        options=mapped,
        extra={"providers": providers},
    )


def _takes(field: Any, key: str) -> bool:
    return field.type in _MAPPED[key] and not (field.system or field.is_secret)


def _otp(options: Json) -> Card:
    otp = options["otp"]
    return Card(
        "otp",
        "mail-check",
        gettext("One-time password"),
        summary=gettext("{length} digits, valid for {time}").format(
            length=otp["length"], time=duration_words(otp["duration"])
        ),
        switch=Option("otp.enabled", "switch", gettext("One-time password")),
        options=(
            Option("otp.duration", "whole", gettext("Valid for"), unit=gettext("seconds"), width="quarter"),
            Option("otp.length", "whole", gettext("Length"), unit=gettext("digits"), width="quarter"),
        ),
    )


def _mfa(options: Json) -> Card:
    rule = options["mfa"]["rule"]
    return Card(
        "mfa",
        "fingerprint",
        gettext("Second factor"),
        summary=gettext("for those who match a rule") if rule else gettext("for everyone"),
        switch=Option("mfa.enabled", "switch", gettext("Second factor")),
        options=(
            Option(
                "mfa.duration",
                "whole",
                gettext("Valid for"),
                help=gettext("So long the first factor waits for the second."),
                unit=gettext("seconds"),
                width="quarter",
            ),
            Option(
                "mfa.rule",
                "rule",
                gettext("Ask when"),
                help=gettext("Empty: always. Two of the methods above must be on."),
                placeholder='role = "author"',
                width="",
            ),
        ),
    )


def _alert(options: Json) -> Card:
    return Card(
        "alert",
        "bell",
        gettext("Mail on a new device"),
        summary=gettext("template “New sign-in”"),
        switch=Option("authAlert.enabled", "switch", gettext("Mail on a new device")),
    )
