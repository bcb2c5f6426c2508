"""The options of auth collections, typed (contract/collections.md 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True)
class TokenOptions:
    secret: str
    duration_seconds: int

    @classmethod
    def from_json(cls, value: Any) -> Self:
        data = _mapping(value)
        return cls(str(data.get("secret") or ""), int(data.get("duration") or 0))


@dataclass(frozen=True)
class PasswordAuthOptions:
    enabled: bool
    identity_fields: tuple[str, ...]


@dataclass(frozen=True)
class MfaOptions:
    enabled: bool
    duration_seconds: int
    rule: str


@dataclass(frozen=True)
class MailTemplate:
    subject: str
    body: str

    @classmethod
    def from_json(cls, value: Any) -> Self:
        data = _mapping(value)
        return cls(str(data.get("subject") or ""), str(data.get("body") or ""))


@dataclass(frozen=True)
class OtpOptions:
    enabled: bool
    duration_seconds: int
    length: int
    mail: MailTemplate


@dataclass(frozen=True)
class OAuth2ProviderOptions:
    """One configured provider; empty texts and a `pkce` of None fall back to the provider's own."""

    name: str
    client_id: str
    client_secret: str
    auth_url: str
    token_url: str
    user_info_url: str
    display_name: str
    pkce: bool | None
    extra: Mapping[str, Any]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        data = _mapping(value)
        pkce = data.get("pkce")
        return cls(
            name=str(data.get("name") or ""),
            client_id=str(data.get("clientId") or ""),
            client_secret=str(data.get("clientSecret") or ""),
            auth_url=str(data.get("authURL") or ""),
            token_url=str(data.get("tokenURL") or ""),
            user_info_url=str(data.get("userInfoURL") or ""),
            display_name=str(data.get("displayName") or ""),
            pkce=None if pkce is None else bool(pkce),
            extra=_mapping(data.get("extra")),
        )


@dataclass(frozen=True)
class OAuth2Options:
    enabled: bool
    providers: tuple[OAuth2ProviderOptions, ...]
    mapped_fields: Mapping[str, str]


@dataclass(frozen=True)
class AuthOptions:
    """Everything an auth collection says about signing in.

    `auth_rule` None: nobody may sign in; empty: everybody. `manage_rule` None: nobody manages.
    """

    auth_rule: str | None
    manage_rule: str | None
    password: PasswordAuthOptions
    oauth2: OAuth2Options
    mfa: MfaOptions
    otp: OtpOptions
    alert_enabled: bool
    alert_mail: MailTemplate
    auth_token: TokenOptions
    password_reset_token: TokenOptions
    email_change_token: TokenOptions
    verification_token: TokenOptions
    file_token: TokenOptions
    verification_mail: MailTemplate
    password_reset_mail: MailTemplate
    email_change_mail: MailTemplate

    @classmethod
    def from_json(cls, options: Mapping[str, Any]) -> Self:
        password = _mapping(options.get("passwordAuth"))
        oauth2 = _mapping(options.get("oauth2"))
        mfa = _mapping(options.get("mfa"))
        otp = _mapping(options.get("otp"))
        alert = _mapping(options.get("authAlert"))
        return cls(
            auth_rule=options.get("authRule"),
            manage_rule=options.get("manageRule"),
            password=PasswordAuthOptions(
                bool(password.get("enabled")), tuple(password.get("identityFields") or ())
            ),
            oauth2=OAuth2Options(
                bool(oauth2.get("enabled")),
                tuple(OAuth2ProviderOptions.from_json(item) for item in oauth2.get("providers") or ()),
                _mapping(oauth2.get("mappedFields")),
            ),
            mfa=MfaOptions(
                bool(mfa.get("enabled")), int(mfa.get("duration") or 0), str(mfa.get("rule") or "")
            ),
            otp=OtpOptions(
                bool(otp.get("enabled")),
                int(otp.get("duration") or 0),
                int(otp.get("length") or 0),
                MailTemplate.from_json(otp.get("emailTemplate")),
            ),
            alert_enabled=bool(alert.get("enabled")),
            alert_mail=MailTemplate.from_json(alert.get("emailTemplate")),
            auth_token=TokenOptions.from_json(options.get("authToken")),
            password_reset_token=TokenOptions.from_json(options.get("passwordResetToken")),
            email_change_token=TokenOptions.from_json(options.get("emailChangeToken")),
            verification_token=TokenOptions.from_json(options.get("verificationToken")),
            file_token=TokenOptions.from_json(options.get("fileToken")),
            verification_mail=MailTemplate.from_json(options.get("verificationTemplate")),
            password_reset_mail=MailTemplate.from_json(options.get("resetPasswordTemplate")),
            email_change_mail=MailTemplate.from_json(options.get("confirmEmailChangeTemplate")),
        )
