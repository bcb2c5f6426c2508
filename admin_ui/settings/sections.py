"""Which settings stand on which screen, in which order, and with which words."""

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Promise | str

# How a setting is filled in: `either` is a bool with a word for each side, `lines` a list of texts.
Kind = Literal["text", "number", "switch", "choice", "either", "secret", "lines", "colour"]


@dataclass(frozen=True)
class Member:
    """One setting; `path` leads to it, such as "smtp.host". `choices` are its values with their words."""

    path: str
    label: Words
    kind: Kind = "text"
    width: Literal["", "half", "third", "two-thirds"] = ""
    help: Words = ""
    is_required: bool = False
    placeholder: str = ""
    unit: Words = ""
    choices: tuple[tuple[str, Words], ...] = ()
    suggestions: tuple[tuple[str, Words], ...] = ()

    @property
    def id(self) -> str:
        return self.path.replace(".", "-")


@dataclass(frozen=True)
class Part:
    """What belongs together: a heading with words at the side, and its settings; `more` are folded away."""

    title: Words
    members: tuple[Member, ...] = ()
    intro: Words = ""
    more_title: Words = ""
    more: tuple[Member, ...] = ()
    template: str = "admin_ui/settings/members.html"
    paths: tuple[str, ...] = ()  # of what the template has beside the members

    @property
    def all_members(self) -> tuple[Member, ...]:
        return (*self.members, *self.more)


@dataclass(frozen=True)
class Section:
    """A screen; `name` is in its address, and with `settings_` before it that of its URL pattern."""

    name: str
    parts: tuple[Part, ...]

    @property
    def entry(self) -> str:
        return f"settings_{self.name.replace('-', '_')}"

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(member for part in self.parts for member in part.all_members)

    @property
    def paths(self) -> tuple[str, ...]:
        return (*(one.path for one in self.members), *(path for part in self.parts for path in part.paths))

    def has(self, path: str) -> bool:
        """Whether the setting, or the list that the path leads into, is filled in here."""
        return any(path == own or path.startswith(f"{own}.") for own in self.paths)


def _bucket(prefix: str) -> tuple[Member, ...]:
    return (
        Member(f"{prefix}.enabled", _("Use S3"), "switch"),
        Member(
            f"{prefix}.endpoint",
            _("Endpoint"),
            help=_("Without the bucket."),
            placeholder="https://s3.eu-central-1.amazonaws.com",
        ),
        Member(f"{prefix}.bucket", _("Bucket"), width="half"),
        Member(f"{prefix}.region", _("Region"), width="half", placeholder="us-east-1"),
        Member(f"{prefix}.accessKey", _("Access key"), width="half"),
        Member(f"{prefix}.secret", _("Secret"), "secret", width="half"),
        Member(
            f"{prefix}.forcePathStyle",
            _("The bucket stands in the path of addresses"),
            "switch",
            help=_("As MinIO and most servers of one's own want it: https://host/bucket/key."),
        ),
    )


SECTIONS: dict[str, Section] = {
    section.name: section
    for section in (
        Section(
            "application",
            (
                Part(
                    _("Name and address"),
                    (
                        Member("meta.appName", _("Name"), width="half", is_required=True),
                        Member("meta.appURL", _("URL"), width="half", is_required=True),
                    ),
                    intro=_("Used in mails, links and the window title."),
                ),
                Part(
                    _("Accent"),
                    (Member("meta.accentColor", _("Accent colour"), "colour"),),
                    intro=_("Lightness follows the theme, so texts stay readable with any colour."),
                ),
                Part(
                    _("Production lock"),
                    (
                        Member(
                            "meta.hideControls",
                            _("Lock structure and ask before saving"),
                            "switch",
                            help=_(
                                "Hides the settings of collections and the import, and puts a step before a "
                                "record is saved."
                            ),
                        ),
                    ),
                ),
            ),
        ),
        Section(
            "mail",
            (
                Part(
                    _("Sender"),
                    (
                        Member("meta.senderName", _("Name"), width="half", is_required=True),
                        Member("meta.senderAddress", _("Address"), width="half", is_required=True),
                    ),
                    intro=_("What people see in their inbox."),
                ),
                Part(
                    _("SMTP server"),
                    (
                        Member("smtp.enabled", _("Send through an SMTP server"), "switch"),
                        Member("smtp.host", _("Host"), width="two-thirds"),
                        Member("smtp.port", _("Port"), "number", width="third"),
                        Member("smtp.username", _("User"), width="half"),
                        Member("smtp.password", _("Password"), "secret", width="half"),
                    ),
                    intro=_(
                        "Off: mails leave through the server’s own sendmail, which most inboxes distrust."
                    ),
                    more_title=_("TLS, authentication, EHLO"),
                    more=(
                        Member(
                            "smtp.tls",
                            _("Encryption"),
                            "either",
                            width="half",
                            choices=(("false", "StartTLS"), ("true", _("Always"))),
                        ),
                        Member(
                            "smtp.authMethod",
                            _("Authentication"),
                            "choice",
                            width="half",
                            choices=(("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")),
                        ),
                        Member(
                            "smtp.localName",
                            _("EHLO name"),
                            help=_("Some providers want a full domain here."),
                            placeholder="localhost",
                        ),
                    ),
                ),
            ),
        ),
        Section(
            "storage",
            (
                Part(
                    _("Files of records"),
                    _bucket("s3"),
                    intro=_(
                        "In a bucket of S3, or of a service that speaks its protocol; else in the "
                        "data directory."
                    ),
                    template="admin_ui/settings/bucket.html",
                ),
            ),
        ),
        Section(
            "backup-schedule",
            (
                Part(
                    _("Automatic backups"),
                    (
                        Member(
                            "backups.cron",
                            _("Schedule"),
                            width="two-thirds",
                            help=_("A cron expression in UTC; empty: none are made by themselves."),
                            placeholder="0 0 * * *",
                            suggestions=(
                                ("0 0 * * *", _("Every day at midnight")),
                                ("0 0 * * 0", _("Every Sunday")),
                                ("0 0 * * 1,3", _("Every Monday and Wednesday")),
                                ("0 0 1 * *", _("On the first day of every month")),
                                ("@hourly", _("Every hour")),
                                ("@daily", _("Every day at midnight")),
                                ("@weekly", _("Every Sunday")),
                                ("@monthly", _("On the first day of every month")),
                            ),
                        ),
                        Member(
                            "backups.cronMaxKeep",
                            _("Keep at most"),
                            "number",
                            width="third",
                            help=_("Older ones made by themselves go."),
                        ),
                    ),
                    intro=_("Made on a schedule, beside those that somebody makes."),
                ),
                Part(
                    _("Where they are"),
                    _bucket("backups.s3"),
                    intro=_("In a bucket of their own; else in the data directory, beside what they secure."),
                    template="admin_ui/settings/bucket.html",
                ),
            ),
        ),
        Section(
            "rate-limits",
            (
                Part(
                    _("Rate limits"),
                    (Member("rateLimits.enabled", _("Limit requests"), "switch"),),
                    intro=_("So many requests an address may send; the narrowest label counts."),
                    template="admin_ui/settings/limits.html",
                    paths=("rateLimits.rules",),
                ),
                Part(
                    _("Exceptions"),
                    (
                        Member(
                            "rateLimits.excludedIPs",
                            _("Addresses without limits"),
                            "lines",
                            help=_("One address or subnet a line."),
                            placeholder="203.0.113.0/24",
                        ),
                    ),
                ),
            ),
        ),
        Section(
            "batch",
            (
                Part(
                    _("Batch requests"),
                    (
                        Member("batch.enabled", _("Answer /api/batch"), "switch"),
                        Member("batch.maxRequests", _("Requests in one"), "number", width="third"),
                        Member("batch.timeout", _("Time"), "number", width="third", unit=_("seconds")),
                        Member(
                            "batch.maxBodySize",
                            _("Size of the body"),
                            "number",
                            width="third",
                            unit=_("bytes"),
                            help=_("0: 128 MB."),
                        ),
                    ),
                    intro=_("Several writes in one request and one transaction. Others wait for it to end."),
                ),
            ),
        ),
        Section(
            "trusted-proxy",
            (
                Part(
                    _("Trusted headers"),
                    (
                        Member(
                            "trustedProxy.headers",
                            _("Headers"),
                            "lines",
                            help=_(
                                "One a line; the first that names an address counts. Empty: none is trusted."
                            ),
                            placeholder="X-Forwarded-For",
                        ),
                        Member(
                            "trustedProxy.useLeftmostIP",
                            _("Of several addresses in one"),
                            "either",
                            choices=(("false", _("The rightmost")), ("true", _("The leftmost"))),
                            help=_(
                                "The rightmost is what your own proxy saw. What stands left of it, anybody "
                                "can make up."
                            ),
                        ),
                    ),
                    intro=_(
                        "Behind a proxy all requests come from its address. It says in a header whose "
                        "they are."
                    ),
                    template="admin_ui/settings/proxy.html",
                ),
            ),
        ),
        Section(
            "superuser-ips",
            (
                Part(
                    _("Superuser addresses"),
                    (
                        Member(
                            "superuserIPs",
                            _("Addresses and subnets"),
                            "lines",
                            help=_("One a line. Empty: any."),
                            placeholder="203.0.113.0/24",
                        ),
                    ),
                    intro=_("Only from these superusers may sign in and use their tokens."),
                    template="admin_ui/settings/superuser_ips.html",
                ),
            ),
        ),
        Section(
            "logs",
            (
                Part(
                    _("What is kept"),
                    (
                        Member(
                            "logs.maxDays", _("Days"), "number", width="half", help=_("0: nothing is logged.")
                        ),
                        Member(
                            "logs.minLevel",
                            _("From the level"),
                            "choice",
                            width="half",
                            choices=(
                                ("-4", _("Debug (-4)")),
                                ("0", _("Info (0)")),
                                ("4", _("Warning (4)")),
                                ("8", _("Error (8)")),
                            ),
                        ),
                    ),
                ),
                Part(
                    _("Of requests"),
                    (
                        Member("logs.logIP", _("Log the address of the client"), "switch"),
                        Member("logs.logAuthId", _("Log the id of who has signed in"), "switch"),
                    ),
                    intro=_("Both are personal data in many countries."),
                ),
            ),
        ),
    )
}


def value_at(settings: Any, path: str) -> Any:
    """What a path leads to; None where a hook has taken it away."""
    for name in path.split("."):
        settings = settings.get(name) if isinstance(settings, dict) else None
    return settings
