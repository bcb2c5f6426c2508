"""Writing the history: a row for each record and collection that a request changes, in the same transaction.

Secrets are never kept, only that there is another one. Long values are cut. What is older than
`JOEY_HISTORY_DAYS` is removed a little with each request that writes.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from admin_ui.models import Change, HistoryChoice, StaffMember
from admin_ui.records.labels import label_of
from auth_app.models import Superuser
from collections_app.collection import Collection
from collections_app.commits import CollectionChange, RecordChange, Values
from collections_app.definitions.definition_json import definition_as_json
from collections_app.records.record import Record
from collections_app.system_names import AUTH_ORIGINS, MFAS, OTPS, SUPERUSERS
from platform_app.wire.json_encoding import encode

# Of one value, as JSON.
MOST_CHARACTERS = 20_000
MOST_REMOVED = 500
_SECRETS_OF_AUTH = frozenset({"password", "tokenKey"})
# Signing in leaves rows there all the time, and nobody else writes any.
_OF_SIGN_INS = frozenset({AUTH_ORIGINS, MFAS, OTPS})

# Old and new of a field as JSON texts; None for what is not kept.
Pair = tuple[str, str] | None


class Recorder:
    """The witness of one request (`collections_app.commits.Witness`)."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._keeps_values: dict[str, bool] = {}
        self._has_tidied_up = False

    def record(self, change: RecordChange) -> None:
        collection = change.collection
        if collection.name in _OF_SIGN_INS:
            return
        pairs, is_whole = _pairs(collection, change.old, change.new)
        if not pairs and change.kind == "update":
            return
        keeps_values = self._keeps(collection.id)
        self._write(
            change.kind,
            collection,
            record_id=change.id,
            label=_label(collection, change) if keeps_values else "",
            pairs=pairs if keeps_values else dict.fromkeys(pairs),
            is_whole=is_whole and keeps_values,
        )

    def collection(self, change: CollectionChange) -> None:
        collection = change.new or change.old
        assert collection is not None  # noqa: S101 - for mypy: something was changed
        pairs = _definition_pairs(change.old, change.new)
        if pairs:
            self._write(change.kind, collection, pairs=pairs)
        if change.new is None:
            HistoryChoice.objects.filter(pk=collection.id).delete()

    def _keeps(self, collection_id: str) -> bool:
        if collection_id not in self._keeps_values:
            choice = HistoryChoice.objects.filter(pk=collection_id).first()
            self._keeps_values[collection_id] = choice is None or choice.keeps_values
        return self._keeps_values[collection_id]

    def _write(
        self,
        kind: str,
        collection: Collection,
        *,
        pairs: Mapping[str, Pair],
        record_id: str = "",
        label: str = "",
        is_whole: bool = False,
    ) -> None:
        self._tidy_up()
        actor_collection, actor_id, actor_name = _actor(self._request)
        Change.objects.create(
            kind=kind,
            collection_id=collection.id,
            collection_name=collection.name,
            record_id=record_id,
            label=label,
            actor_collection=actor_collection,
            actor_id=actor_id,
            actor_name=actor_name,
            fields=_as_json(pairs),
            is_whole=is_whole,
        )

    def _tidy_up(self) -> None:
        """Some of what is too old goes; as more goes than comes, all of it does in time."""
        if self._has_tidied_up:
            return
        self._has_tidied_up = True
        old = Change.objects.filter(at__lt=oldest()).order_by("at").values_list("pk", flat=True)
        gone = list(old[:MOST_REMOVED])
        if gone:
            Change.objects.filter(pk__in=gone).delete()


def oldest() -> datetime:
    """When what is kept begins."""
    return timezone.now() - timedelta(days=settings.JOEY_HISTORY_DAYS)


def _actor(request: HttpRequest) -> tuple[str, str, str]:
    """The collection, id and name of who is signed in; empty for a guest."""
    user: object = getattr(request, "user", None)
    if isinstance(user, Superuser):
        return SUPERUSERS, user.pk, user.email
    if isinstance(user, StaffMember) and user.collection is not None:
        return user.collection.name, user.pk, user.email
    record: Record | None = getattr(request, "auth_record", None)
    return (record.collection.name, record.id, str(record["email"])) if record is not None else ("", "", "")


# --- what was changed -----------------------------------------------------------------------------------


def _pairs(collection: Collection, old: Values | None, new: Values | None) -> tuple[dict[str, Pair], bool]:
    """Old and new by field, and whether that is all that the record held, but for secrets."""
    pairs: dict[str, Pair] = {}
    is_whole = True
    for field in collection.fields:
        before = None if old is None else old.get(field.name)
        after = None if new is None else new.get(field.name)
        if old is not None and new is not None and (before == after or field.type == "autodate"):
            continue
        if field.is_secret or (collection.is_auth and field.name in _SECRETS_OF_AUTH):
            pairs[field.name] = None
            continue
        texts = tuple(
            "null" if values is None else encode(field.to_json(value)).decode()
            for values, value in ((old, before), (new, after))
        )
        is_whole = is_whole and all(len(text) <= MOST_CHARACTERS for text in texts)
        pairs[field.name] = (_cut(texts[0]), _cut(texts[1]))
    return pairs, is_whole


def _cut(text: str) -> str:
    """JSON that is not too long; of a longer one the beginning, as a text."""
    if len(text) <= MOST_CHARACTERS:
        return text
    beginning = json.loads(text) if text.startswith('"') else text
    return encode(f"{beginning[:MOST_CHARACTERS]}…").decode()


def _label(collection: Collection, change: RecordChange) -> str:
    values = change.new if change.new is not None else change.old or {}
    fields = collection.fields_by_name
    shown = {name: fields[name].to_json(value) for name, value in values.items() if name in fields}
    return label_of(collection, {**shown, "id": change.id})


def _definition_pairs(old: Collection | None, new: Collection | None) -> dict[str, Pair]:
    """By what was changed of a definition; each field of the collection is one of its own, by its id."""
    before, after = _parts(old), _parts(new)
    pairs: dict[str, Pair] = {}
    for key in dict.fromkeys([*before, *after]):
        texts = tuple(encode(parts.get(key)).decode() for parts in (before, after))
        if texts[0] != texts[1]:
            pairs[_named(key, before, after)] = (_cut(texts[0]), _cut(texts[1]))
    return pairs


def _parts(collection: Collection | None) -> dict[tuple[str, str], Any]:
    if collection is None:
        return {}
    json = definition_as_json(collection)
    fields = {("field", str(field["id"])): field for field in json.pop("fields")}
    rest = {("", name): value for name, value in json.items() if name not in {"created", "updated", "id"}}
    return {**rest, **fields}


def _named(key: tuple[str, str], before: Mapping[Any, Any], after: Mapping[Any, Any]) -> str:
    kind, name = key
    return f"field {(after.get(key) or before[key])['name']}" if kind else name


def _as_json(pairs: Mapping[str, Pair]) -> str:
    return encode({name: None if pair is None else list(pair) for name, pair in pairs.items()}).decode()
