"""What a request may change about an auth record, and how it must prove it (contract/records.md 5)."""

from dataclasses import dataclass
from typing import Any

from collections_app.fields.password_field import Password
from collections_app.passwords import matches
from collections_app.records.record import Record
from platform_app.wire.casting import to_string
from platform_app.wire.errors import ErrorTree, FieldError, required

_MISMATCH = FieldError("validation_values_mismatch", "Values don't match.")
_WRONG_OLD_PASSWORD = FieldError("validation_invalid_old_password", "Missing or invalid old password.")


@dataclass(frozen=True)
class AuthForm:
    """The password keys of a body, and whether the requester manages the record.

    Managers and superusers may change e-mail, verified state and password without further proof.
    """

    password: str
    password_confirm: str
    old_password: str
    has_manage_access: bool

    @classmethod
    def read(cls, body: Any, *, has_manage_access: bool) -> "AuthForm":
        return cls(
            password=to_string(body.get("password")),
            password_confirm=to_string(body.get("passwordConfirm")),
            old_password=to_string(body.get("oldPassword")),
            has_manage_access=has_manage_access,
        )

    def errors_of(self, record: Record) -> ErrorTree:
        """The first failing check of every key; `record` already has its new values."""
        errors: dict[str, FieldError | None] = {
            "email": self._email_error(record),
            "verified": self._verified_error(record),
        }
        if not self._was_set_by_a_hook(record):
            errors["password"] = self._password_error(record)
            errors["passwordConfirm"] = self._confirm_error(record)
            errors["oldPassword"] = self._old_password_error(record)
        return {key: error for key, error in errors.items() if error is not None}

    def _email_error(self, record: Record) -> FieldError | None:
        if record.original is None or self.has_manage_access:
            return None
        return None if record["email"] == record.original["email"] else _MISMATCH

    def _verified_error(self, record: Record) -> FieldError | None:
        before = False if record.original is None else record.original["verified"]
        return None if self.has_manage_access or record["verified"] == before else _MISMATCH

    def _password_error(self, record: Record) -> FieldError | None:
        is_needed = record.is_new or self.password_confirm or self.old_password
        return required() if is_needed and not self.password else None

    def _confirm_error(self, record: Record) -> FieldError | None:
        is_needed = record.is_new or self.password or self.old_password
        if is_needed and not self.password_confirm:
            return required()
        return None if self.password_confirm == self.password else _MISMATCH

    def _old_password_error(self, record: Record) -> FieldError | None:
        if record.original is None or self.has_manage_access or not (self.password or self.password_confirm):
            return None
        if not self.old_password:
            return required()
        return None if matches(self.old_password, record.original["password"]) else _WRONG_OLD_PASSWORD

    def _was_set_by_a_hook(self, record: Record) -> bool:
        value = record["password"]
        if isinstance(value, Password):
            return bool(value.plain) and value.plain != self.password
        return record.is_new and bool(value)
