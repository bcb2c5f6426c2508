"""The rules of a collection as a form has them: a text, and whether anybody but superusers is let in at all.

A rule that is not there (null) and an empty one are opposites, so the form never says one by the other: null
is the switch, and the text beside it stays for whoever turns it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from admin_ui.collection.review import rules_of
from collections_app.collection import Collection

LOCKED = ".locked"


@dataclass(frozen=True)
class RuleKind:
    """`nobody` says what null means, `everybody` what the empty text does; "" where that is refused.

    `hint` says whom the rule lets do what, `empty` stands where nothing is written.
    """

    name: str
    label: str | Promise
    hint: str | Promise
    empty: str | Promise
    nobody: str | Promise = _("Superusers only")
    everybody: str | Promise = _("Everyone")


KINDS = {
    kind.name: kind
    for kind in (
        RuleKind(
            "listRule",
            _("List and search"),
            _("who may see which records in a list"),
            _("Empty: everyone may list all records."),
        ),
        RuleKind(
            "viewRule",
            _("View"),
            _("who may see a record whose id is known"),
            _("Empty: everyone may view a record whose id they know."),
        ),
        RuleKind(
            "createRule",
            _("Create"),
            _("who may make which records; names of fields stand for what is about to be stored"),
            _("Empty: everyone may create records."),
        ),
        RuleKind(
            "updateRule",
            _("Update"),
            _("who may change which records; names of fields stand for what is stored now"),
            _("Empty: everyone may change any record."),
        ),
        RuleKind(
            "deleteRule",
            _("Delete"),
            _("who may delete which records"),
            _("Empty: everyone may delete any record."),
        ),
        RuleKind(
            "authRule",
            _("Sign in"),
            _("which accounts may sign in, after their password or code was right"),
            _("Empty: every account may sign in."),
            nobody=_("Nobody"),
            everybody=_("Every account"),
        ),
        RuleKind(
            "manageRule",
            _("Manage"),
            _("who may change the password, address and verified state of others"),
            _("A rule is needed here, or nobody manages others."),
            nobody=_("Nobody"),
            everybody="",
        ),
    )
}


@dataclass
class RuleBox:
    """One rule in the form; `stored` is the rule as it is, and None is null."""

    kind: RuleKind
    stored: str | None
    text: str
    is_locked: bool
    error: str = ""

    @property
    def rule(self) -> str | None:
        return None if self.is_locked else self.text

    @property
    def is_changed(self) -> bool:
        return self.rule != (None if self.stored is None else _plain(self.stored))


def stored_boxes(collection: Collection) -> list[RuleBox]:
    return [
        RuleBox(KINDS[name], rule, _plain(rule or ""), rule is None)
        for name, rule in rules_of(collection).items()
        if name in KINDS
    ]


def sent_boxes(collection: Collection, sent: Mapping[str, str]) -> list[RuleBox]:
    """As they were filled in; what was not sent, as it is stored."""
    boxes = stored_boxes(collection)
    for box in boxes:
        name = box.kind.name
        if name in sent and not collection.system:
            box.text = _plain(sent[name])
            box.is_locked = name + LOCKED in sent
    return boxes


def changes_of_boxes(boxes: list[RuleBox]) -> dict[str, str | None]:
    """The members of a PATCH: those rules that are other ones than before."""
    return {box.kind.name: box.rule for box in boxes if box.is_changed}


def _plain(text: str) -> str:
    """Browsers send every line end as two characters, whatever was in the input."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
