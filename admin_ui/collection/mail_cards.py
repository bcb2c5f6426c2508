"""The mails to the records of a collection, and how long its tokens hold, as cards of options.

Reference: contract/dashboard.md AO-12, AO-14, AO-15; contract/auth.md 16.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from admin_ui.collection.option_form import Card, Option
from collections_app.collection import Collection
from collections_app.definitions.scaffolds import TOKEN_SECRET_LENGTH
from collections_app.system_names import SUPERUSERS
from platform_app.database.ids import random_text

Json = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """`path` leads to its subject and body in the options."""

    path: str
    title: str | Promise
    placeholders: tuple[str, ...]


_ALWAYS = ("{APP_NAME}", "{APP_URL}")
# By their names among the trial mails.
TEMPLATES: Mapping[str, Template] = {
    "verification": Template("verificationTemplate", _("Verification"), (*_ALWAYS, "{TOKEN}")),
    "password-reset": Template("resetPasswordTemplate", _("Password reset"), (*_ALWAYS, "{TOKEN}")),
    "email-change": Template("confirmEmailChangeTemplate", _("Change of address"), (*_ALWAYS, "{TOKEN}")),
    "otp": Template("otp.emailTemplate", _("One-time password"), (*_ALWAYS, "{OTP}", "{OTP_ID}")),
    "login-alert": Template("authAlert.emailTemplate", _("New sign-in"), (*_ALWAYS, "{ALERT_INFO}")),
}
_NOT_FOR_SUPERUSERS = frozenset({"verification", "email-change", "verificationToken", "emailChangeToken"})
_TOKENS: Mapping[str, str | Promise] = {
    "authToken": _("Signing in"),
    "verificationToken": _("Verification"),
    "passwordResetToken": _("Password reset"),
    "emailChangeToken": _("Change of address"),
    "fileToken": _("Protected files"),
}


def templates_of(collection: Collection) -> Mapping[str, Template]:
    hidden = _NOT_FOR_SUPERUSERS if collection.name == SUPERUSERS else frozenset()
    return {name: template for name, template in TEMPLATES.items() if name not in hidden}


def mail_cards(collection: Collection, options: Json) -> list[Card]:
    """`options` are those that are stored, complete."""
    cards = [
        _mail(collection, name, template, options) for name, template in templates_of(collection).items()
    ]
    return [*cards, _tokens(collection, options)]


def _mail(collection: Collection, name: str, template: Template, options: Json) -> Card:
    stored = options
    for member in template.path.split("."):
        stored = stored[member]
    fields = tuple(f"{{RECORD:{field.name}}}" for field in collection.fields if not field.hidden)
    return Card(
        "mail",
        "mail",
        str(template.title),
        summary=stored["subject"],
        details=gettext("Subject and body"),
        options=(
            Option(f"{template.path}.subject", "text", gettext("Subject"), width=""),
            Option(f"{template.path}.body", "html", gettext("Body"), width=""),
        ),
        extra={"name": name, "placeholders": (*template.placeholders, *fields)},
    )


def _tokens(collection: Collection, options: Json) -> Card:
    hidden = _NOT_FOR_SUPERUSERS if collection.name == SUPERUSERS else frozenset()
    controls: list[Option] = []
    for key, title in _TOKENS.items():
        if key not in hidden:
            seconds = gettext("seconds")
            words = duration_words(options[key]["duration"])
            controls += [
                Option(f"{key}.duration", "whole", str(title), help=words, unit=seconds),
                Option(f"{key}.secret", "renew", gettext("End all that were issued until now"), width="half"),
            ]
    return Card("tokens", "clock", gettext("Tokens"), details=gettext("How long they hold"), options=controls)


def duration_words(seconds: int) -> str:
    """
    >>> duration_words(432000), duration_words(1800), duration_words(90)
    ('5 days', '30 minutes', '90 seconds')
    """
    if seconds and not seconds % 86_400:
        return ngettext("{n} day", "{n} days", seconds // 86_400).format(n=seconds // 86_400)
    if seconds and not seconds % 3600:
        return ngettext("{n} hour", "{n} hours", seconds // 3600).format(n=seconds // 3600)
    if seconds and not seconds % 60:
        return ngettext("{n} minute", "{n} minutes", seconds // 60).format(n=seconds // 60)
    return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)


def new_secrets(paths: list[str]) -> dict[str, dict[str, str]]:
    """The members of a PATCH that end all tokens of these kinds."""
    return {path.partition(".")[0]: {"secret": random_text(TOKEN_SECRET_LENGTH)} for path in paths}
