"""What a changed definition does, in words: to the data, to who may see it, and to those who use the API.

The review stands between editing and saving when a change takes something away (DESIGN.md, Review and save).
Reference: contract/dashboard.md CE-07, BX-16; ui/src/collections, PocketBase v0.39.11.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext, ngettext

from admin_ui.collection.providers import linked_accounts
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.select_field import SelectField
from collections_app.tables.indexes import Index
from collections_app.tables.losses_sql import count_longer_lists, count_records, count_values

Kind = Literal[
    "collection", "added", "renamed", "removed", "single", "choices", "changed", "index", "query", "rule",
    "provider",
]  # fmt: skip

# So many records are looked at to count what would go: a moment's work, however large the table is.
MOST_LOOKED_AT = 50_000
# What somebody should have read before it happens. The rest is told beside it.
_ASKED = frozenset({"collection", "renamed", "removed", "single", "rule", "provider"})
_OIDC_ADDRESSES = ("authURL", "tokenURL", "userInfoURL")


@dataclass(frozen=True)
class RuleText:
    """A rule as the review shows it: its text, or, in words, whom it lets in without one."""

    text: str
    is_code: bool


@dataclass(frozen=True)
class Change:
    """One change; `name` is that of the field, index, rule or provider; rules have `old` and `new`."""

    kind: Kind
    name: str
    words: str
    old: RuleText | None = None
    new: RuleText | None = None
    loses: bool = False

    @property
    def asks(self) -> bool:
        return self.kind in _ASKED


def changes_of(old: Collection, new: Collection) -> list[Change]:
    """What becomes of `old`, as it is stored, when it is saved as `new`; counts are asked of its table."""
    changes = [*_name(old, new), *_fields(old, new), *_indexes(old, new), *_query(old, new)]
    changes += _rules(old, new)
    if old.is_auth and new.is_auth:
        changes += _providers(old, new)
    return changes


def rule_text(rule: str | None, *, name: str = "listRule") -> RuleText:
    """A rule for people; what none and an empty one mean depends on which it is."""
    if rule:
        return RuleText(rule, is_code=True)
    if name == "authRule":
        return RuleText(gettext("Nobody") if rule is None else gettext("Every account"), is_code=False)
    if name == "manageRule":
        return RuleText(gettext("Nobody"), is_code=False)  # an empty one is refused
    if name == "mfaRule":
        return RuleText(gettext("Every account"), is_code=False)
    return RuleText(gettext("Superusers only") if rule is None else gettext("Everyone"), is_code=False)


def rules_of(collection: Collection) -> dict[str, str | None]:
    """All rules that the collection has, in the order and the spelling of the API."""
    rules = {"listRule": collection.list_rule, "viewRule": collection.view_rule}
    if not collection.is_view:
        rules |= {
            "createRule": collection.create_rule,
            "updateRule": collection.update_rule,
            "deleteRule": collection.delete_rule,
        }
    if collection.is_auth:
        options = collection.options
        rules |= {
            "authRule": options.get("authRule"),
            "manageRule": options.get("manageRule"),
            "mfaRule": (options.get("mfa") or {}).get("rule") or "",
        }
    return rules


def _name(old: Collection, new: Collection) -> Iterator[Change]:
    if old.name != new.name:
        words = gettext("{old} becomes {new}. Its records stay; apps that ask for the old name find nothing.")
        yield Change("collection", new.name, words.format(old=old.name, new=new.name))


def _fields(old: Collection, new: Collection) -> Iterator[Change]:
    if old.is_view:
        return  # they follow the query
    before = {field.id: field for field in old.fields}
    after = {field.id: field for field in new.fields}
    for field in new.fields:
        was = before.get(field.id)
        if was is None:
            yield Change("added", field.name, gettext("New; the records that are there have no value in it."))
        else:
            yield from _field(old, was, field)
    for field in old.fields:
        if field.id not in after:
            yield _removed(old, field)


def _field(collection: Collection, was: Field, field: Field) -> Iterator[Change]:
    if was.name != field.name:
        words = gettext("{old} becomes {new}. Its values stay; apps that ask for the old name find nothing.")
        yield Change("renamed", field.name, words.format(old=was.name, new=field.name))
    if was.is_multiple and not field.is_multiple:
        yield _single(collection, was, field)
    if isinstance(was, SelectField) and isinstance(field, SelectField):
        gone = [value for value in was.values or () if value not in (field.values or ())]
        if gone:
            words = gettext("Without {choices}: records keep it until they are saved again.")
            yield Change("choices", field.name, words.format(choices=", ".join(gone)))
    options = [key for key, value in field.as_json().items() if value != was.as_json().get(key)]
    told = [key for key in options if key not in {"name", "values", "maxSelect"}]
    if "maxSelect" in options and not was.is_multiple > field.is_multiple:
        told.append("maxSelect")
    if told:
        yield Change("changed", field.name, gettext("Other options: {names}.").format(names=", ".join(told)))


def _removed(collection: Collection, field: Field) -> Change:
    if field.is_secret:
        return Change("removed", field.name, gettext("Goes, with all it holds."), loses=True)
    lost = count_values(collection.name, field, among=MOST_LOOKED_AT)
    return Change("removed", field.name, _lost_words(collection, lost), loses=lost > 0)


def _lost_words(collection: Collection, lost: int) -> str:
    if count_records(collection.name, among=MOST_LOOKED_AT + 1) > MOST_LOOKED_AT:
        words = gettext("Goes, with its values: {lost} in the {some} records that were looked at.")
        return words.format(lost=f"{lost:,}", some=f"{MOST_LOOKED_AT:,}")
    if not lost:
        return gettext("Goes; no record has a value in it.")
    return ngettext("Goes, with {lost} value.", "Goes, with {lost} values.", lost).format(lost=f"{lost:,}")


def _single(collection: Collection, was: Field, field: Field) -> Change:
    lost = count_longer_lists(collection.name, was.name, among=MOST_LOOKED_AT)
    words = ngettext(
        "Holds one value from now on, the last: {lost} record has more.",
        "Holds one value from now on, the last: {lost} records have more.",
        lost,
    )
    if count_records(collection.name, among=MOST_LOOKED_AT + 1) > MOST_LOOKED_AT:
        words = gettext(
            "Holds one value from now on, the last: {lost} of {some} records that were looked at have more."
        )
    told = words.format(lost=f"{lost:,}", some=f"{MOST_LOOKED_AT:,}")
    return Change("single", field.name, told, loses=lost > 0)


def _indexes(old: Collection, new: Collection) -> Iterator[Change]:
    before = {index.name.lower(): index for index in old.parsed_indexes}
    after = {index.name.lower(): index for index in new.parsed_indexes}
    new_names = {field.id: field.name for field in new.fields}
    renamed = {
        field.name: new_names[field.id]
        for field in old.fields
        if new_names.get(field.id, field.name) != field.name
    }
    for key, index in after.items():
        was = before.get(key)
        if was is None:
            yield Change("index", index.name, gettext("New index."))
        elif not _is_same(was, index, renamed):
            yield Change("index", index.name, gettext("The index is built anew."))
    for key, index in before.items():
        if key not in after:
            yield Change("index", index.name, gettext("The index goes; no record does."))


def _is_same(was: Index, index: Index, renamed: dict[str, str]) -> bool:
    """Whether an index is about the same as before, under the new names of its columns."""
    columns = tuple(replace(one, name=renamed.get(one.name, one.name)) for one in was.columns)
    where = index.where if renamed else was.where
    return replace(was, columns=columns, where=where).same_definition(index.retable(was.table))


def _query(old: Collection, new: Collection) -> Iterator[Change]:
    if old.is_view and old.view_query != new.view_query:
        yield Change("query", new.name, gettext("Another query; fields that it does not select any more go."))


def _rules(old: Collection, new: Collection) -> Iterator[Change]:
    before = rules_of(old)
    for name, rule in rules_of(new).items():
        if rule != before.get(name):
            words = gettext("Who it lets in changes as soon as this is saved.")
            yield Change(
                "rule",
                name,
                words,
                old=rule_text(before.get(name), name=name),
                new=rule_text(rule, name=name),
            )


def _providers(old: Collection, new: Collection) -> Iterator[Change]:
    """Whoever is linked is known by an id of the host that gave it: another host may give it to others."""
    before = {one["name"]: one for one in _oidc(old)}
    for provider in _oidc(new):
        was = before.get(provider["name"])
        hosts = (_hosts(was), _hosts(provider)) if was else ((), ())
        if hosts[0] == hosts[1]:
            continue
        linked = linked_accounts(old, provider["name"])
        if linked:
            words = ngettext(
                "Asks another host. {linked} linked account would be trusted to it.",
                "Asks another host. {linked} linked accounts would be trusted to it.",
                linked,
            )
            yield Change("provider", provider["name"], words.format(linked=f"{linked:,}"))


def _oidc(collection: Collection) -> list[dict[str, Any]]:
    providers = (collection.options.get("oauth2") or {}).get("providers") or []
    return [one for one in providers if str(one.get("name", "")).startswith("oidc")]


def _hosts(provider: dict[str, Any] | None) -> tuple[str, ...]:
    return tuple(_host(str((provider or {}).get(key) or "")) for key in _OIDC_ADDRESSES)


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return address
