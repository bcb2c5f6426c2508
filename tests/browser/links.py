"""Links as PocketBase's mails have them, with tokens that look like those."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
EMAIL, NEW_EMAIL = "ada@example.com", "ada.lovelace@example.org"
COLLECTION = "_pb_users_auth_"
SUPERUSERS = "pbc_3142635823"
PASSWORD = "correct horse"


def token_of(claims: Any, *, signature: str = SIGNATURE) -> str:
    """A token with these claims, in the letters that URLs may have."""
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    return ".".join([*(_encoded(json.dumps(part, ensure_ascii=False).encode()) for part in parts), signature])


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(frozen=True, eq=False)
class Link:
    """A link that leads to a form: where to, what is filled in there, and what that sends."""

    fragment: str
    page: str
    heading: str
    claims: dict[str, str]
    action: str
    filled: dict[str, str] = field(default_factory=dict)
    done: str = ""
    in_header: bool = False

    @property
    def token(self) -> str:
        return token_of(self.claims)

    @property
    def address(self) -> str:
        """As it stands in the mail, after the application's URL."""
        return f"/_/#/{self.fragment}/{self.token}"

    @property
    def own_address(self) -> str:
        """Where it leads to."""
        return f"/_/{self.page}/#{self.token}"

    @property
    def body(self) -> dict[str, str]:
        return self.filled if self.in_header else {"token": self.token, **self.filled}


_CLAIMS = {"id": "4q1xlclmfloku33", "collectionId": COLLECTION, "email": EMAIL, "exp": "4000000000"}

VERIFICATION = Link(
    fragment="auth/confirm-verification",
    page="confirm-verification",
    heading="Confirm your email address",
    claims={**_CLAIMS, "type": "verification"},
    action=f"collections/{COLLECTION}/confirm-verification",
    done="Your email address is confirmed",
)
RESET = Link(
    fragment="auth/confirm-password-reset",
    page="confirm-password-reset",
    heading="Choose a new password",
    claims={**_CLAIMS, "type": "passwordReset"},
    action=f"collections/{COLLECTION}/confirm-password-reset",
    filled={"password": PASSWORD, "passwordConfirm": PASSWORD},
    done="Your new password is set",
)
CHANGE = Link(
    fragment="auth/confirm-email-change",
    page="confirm-email-change",
    heading="Confirm your new email address",
    claims={**_CLAIMS, "newEmail": NEW_EMAIL, "type": "emailChange"},
    action=f"collections/{COLLECTION}/confirm-email-change",
    filled={"password": PASSWORD},
    done="Your email address has changed",
)
INSTALL = Link(
    fragment="pbinstall",
    page="first-superuser",
    heading="Create the first superuser",
    claims={"id": "q1xlclmfloku334", "collectionId": SUPERUSERS, "exp": "4000000000", "type": "auth"},
    action="collections/_superusers/records",
    filled={"email": EMAIL, "password": PASSWORD, "passwordConfirm": PASSWORD},
    in_header=True,
)
FROM_MAILS = (VERIFICATION, RESET, CHANGE)
LINKS = (*FROM_MAILS, INSTALL)
