"""What a new collection starts with: default fields, indexes, auth options and ids.

Shapes and defaults follow contract/collections.md 2; the wording of the mails is our own.
"""

from typing import Any

from collections_app.fields.base import Field
from collections_app.fields.registry import field_from_json
from collections_app.tables.indexes import Index, IndexColumn
from platform_app.database.ids import checksum, random_text

TOKEN_SECRET_LENGTH = 50
_INDEX_NAME_LENGTH = 64
_SIGN_OFF = "<p>\n  Kind regards,<br/>\n  the {APP_NAME} team\n</p>"


def collection_id(kind: str, name: str) -> str:
    """The id that a collection gets when the client sends none.

    >>> collection_id("auth", "_superusers")
    'pbc_3142635823'
    """
    return "pbc_" + checksum(kind + name)


def field_of(kind: str, name: str, **options: Any) -> Field:
    """A field of type `kind` with its generated id; options in their outside spelling."""
    return field_from_json({"id": kind + checksum(name), "type": kind, "name": name, **options})


def id_field() -> Field:
    return field_of(
        "text",
        "id",
        system=True,
        required=True,
        primaryKey=True,
        min=15,
        max=15,
        pattern="^[a-z0-9]+$",
        autogeneratePattern="[a-z0-9]{15}",
    )


def auth_fields() -> tuple[Field, ...]:
    """The system fields of an auth collection, without `id`."""
    return (
        field_of("password", "password", system=True, hidden=True, required=True, min=8),
        field_of(
            "text",
            "tokenKey",
            system=True,
            hidden=True,
            required=True,
            min=30,
            max=60,
            autogeneratePattern=f"[a-zA-Z0-9]{{{TOKEN_SECRET_LENGTH}}}",
        ),
        field_of("email", "email", system=True, required=True),
        field_of("bool", "emailVisibility", system=True),
        field_of("bool", "verified", system=True),
    )


def autodate_fields(*, system: bool = False) -> tuple[Field, Field]:
    """`created` and `updated`."""
    return (
        field_of("autodate", "created", system=system, onCreate=True),
        field_of("autodate", "updated", system=system, onCreate=True, onUpdate=True),
    )


def auth_indexes(collection: str, table: str) -> tuple[str, str]:
    """The unique indexes that every auth collection has; `collection` is its id."""
    token_key = Index(
        name=f"idx_tokenKey_{collection}"[:_INDEX_NAME_LENGTH],
        table=table,
        columns=(IndexColumn("tokenKey"),),
        unique=True,
    )
    email = Index(
        name=f"idx_email_{collection}"[:_INDEX_NAME_LENGTH],
        table=table,
        columns=(IndexColumn("email"),),
        unique=True,
        where="`email` != ''",
    )
    return (token_key.sql(), email.sql())


def auth_options() -> dict[str, Any]:
    """The options of a new auth collection as they are stored, with fresh token secrets."""
    return {
        "authRule": "",
        "manageRule": None,
        "authAlert": {"enabled": True, "emailTemplate": _alert_mail()},
        "oauth2": {
            "providers": [],
            "mappedFields": {"id": "", "name": "", "username": "", "avatarURL": ""},
            "enabled": False,
        },
        "passwordAuth": {"enabled": True, "identityFields": ["email"]},
        "mfa": {"enabled": False, "duration": 600, "rule": ""},
        "otp": {"enabled": False, "duration": 180, "length": 8, "emailTemplate": _otp_mail()},
        "authToken": _token(432_000),
        "passwordResetToken": _token(1_800),
        "emailChangeToken": _token(1_800),
        "verificationToken": _token(86_400),
        "fileToken": _token(180),
        "verificationTemplate": _link_mail(
            "Verify your {APP_NAME} email",
            "Welcome to {APP_NAME}! Please confirm that this address is yours.",
            ("confirm-verification", "Verify"),
            "If you did not sign up, nothing else is needed: just ignore this message.",
        ),
        "resetPasswordTemplate": _link_mail(
            "Reset your {APP_NAME} password",
            "A new password was requested for your account. Choose it here.",
            ("confirm-password-reset", "Reset password"),
            "If it was not you, just ignore this message and the old password stays.",
        ),
        "confirmEmailChangeTemplate": _link_mail(
            "Confirm your {APP_NAME} new email address",
            "Please confirm that your account should use this address from now on.",
            ("confirm-email-change", "Confirm new email"),
            "If you did not ask for the change, just ignore this message.",
        ),
    }


def _token(duration_seconds: int) -> dict[str, Any]:
    return {"secret": random_text(TOKEN_SECRET_LENGTH), "duration": duration_seconds}


def _paragraphs(*texts: str) -> str:
    return "\n".join((*(f"<p>{text}</p>" for text in ("Hello,", *texts)), _SIGN_OFF))


def _link_mail(subject: str, opening: str, button: tuple[str, str], note: str) -> dict[str, str]:
    page, label = button
    link = (
        f'<a class="btn" href="{{APP_URL}}/_/#/auth/{page}/{{TOKEN}}" target="_blank" rel="noopener">'
        f"{label}</a>"
    )
    return {"subject": subject, "body": _paragraphs(opening, link, f"<i>{note}</i>")}


def _otp_mail() -> dict[str, str]:
    return {
        "subject": "OTP for {APP_NAME}",
        "body": _paragraphs(
            "Sign in with this code: <strong>{OTP}</strong>",
            "<i>If you did not ask for a code, just ignore this message.</i>",
        ),
    }


def _alert_mail() -> dict[str, str]:
    return {
        "subject": "Login from a new location",
        "body": _paragraphs(
            "Somebody signed in to your {APP_NAME} account from a place that is new to us:",
            "<em>{ALERT_INFO}</em>",
            "<strong>If it was not you, change your password now; that ends every other session.</strong>",
            "If it was you, just ignore this message.",
        ),
    }
