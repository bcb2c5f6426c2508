"""Records as JSON: which fields a requester sees, and how (contract/records.md 8)."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.events import RecordEnrichEvent, record_enrich
from collections_app.records.reading.email_visibility import show_emails
from collections_app.records.reading.expanding import expand_records
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from platform_app.database.lanes import check_time, require_pool, require_queries_lane
from platform_app.wire.errors import ApiError
from platform_app.wire.json_encoding import encode
from platform_app.wire.raw_json import RawJson

logger = logging.getLogger(__name__)

Json = dict[str, Any]
Encoder = Callable[[Any], Any]

# How many records an answer may have, each as often as it stands there, and how much text of expanded ones.
# What is over is not expanded. Bounds of our own (docs/compatibility.md).
MAX_PRESENTED = 100_000
MAX_EXPANDED_CHARACTERS = 64 * 1024 * 1024
_FEW = 500  # expanded ones that are no matter, whatever is in them
_RECORDS_PER_CHECK = 100

_NEVER_SHOWN_OF_AUTH = frozenset({"password", "tokenKey"})


def present(
    records: Sequence[Record], info: RequestInfo, expand: str = "", *, has_decided_emails: bool = False
) -> list[Json]:
    """Records of one collection as `json_encoding.encode` takes them, keys sorted.

    `expand` is the query parameter of that name: the paths to expand, comma separated. E-mail addresses
    are shown to superusers, to their owner, and to whom the manage rule lets; put `email` into
    `record.shown` to show it regardless. Who `has_decided_emails` has done so where it is to be.
    """
    if not records:
        return []
    if info.auth is not None:
        records = [_detached(record) if record is info.auth else record for record in records]

    def complete() -> None:
        if not has_decided_emails:
            show_emails(records, info)
        if expand:
            expand_records(records, expand, info, enrich=enrich_expanded)

    _around(records, info, complete)
    presentation = _Presentation(info)
    presented = presentation.of_all(records)
    if presentation.count - len(records) <= _FEW:
        return presented
    require_queries_lane()
    try:
        if presentation.count > MAX_PRESENTED:
            raise _TooMuch
        texts = _LargePresentation(info).of_all(records)
    except _TooMuch:
        logger.info("too much to expand: %d records in one answer", presentation.count)
        for record in records:
            record.expand = None
        return _Presentation(info).of_all(records)
    return presented if info.query.get("fields") else texts  # the picker looks into the records


def public_export(record: Record) -> Json:
    """What anybody may see of a record, as it is: no rule is asked, and no hook runs.

    Hidden fields and e-mail addresses that are not public stay out, unless the record shows them.
    """
    (json,) = _Presentation(RequestInfo()).of_all([record])
    return json


class _TooMuch(Exception):
    """The expanded records would make the answer too large."""


def enrich_expanded(records: Sequence[Record], info: RequestInfo) -> None:
    """What happens to every batch of expanded records before it is attached."""
    _around(records, info, lambda: show_emails(records, info))


def _around(records: Sequence[Record], info: RequestInfo, complete: Callable[[], None]) -> None:
    """Run the enrich hooks of all records, each inside the one before, around `complete`.

    What a receiver does before its `yield` is done before the records are expanded, the rest after that.
    Raises ApiError (500) when a receiver fails: the answer would not be what its author meant.
    """
    if not record_enrich.has_receivers_for(records[0].collection.tags):
        complete()
        return
    require_pool()
    failed = "Failed to enrich records." if len(records) > 1 else "Failed to enrich record."

    def enrich_from(at: int) -> None:
        if at == len(records):
            complete()
        else:
            record_enrich.trigger(RecordEnrichEvent(records[at], info), lambda: enrich_from(at + 1))

    try:
        enrich_from(0)
    except ApiError:
        raise
    except Exception as error:
        logger.exception("a hook failed to enrich %r", records[0].collection.name)
        raise ApiError(failed, status=500) from error


def _detached(record: Record) -> Record:
    """A copy: the record of the token is shared by requests, and expanding marks records."""
    copy = Record(record.collection, record.values, original=record.original)
    copy.shown, copy.concealed, copy.extra = record.shown, record.concealed, record.extra
    copy.custom, copy.shows_custom = record.custom, record.shows_custom
    return copy


# --- the shape of a collection's records ------------------------------------------------------------


class _Shape:
    """The keys of a collection's records for one kind of requester, with what writes their values."""

    def __init__(self, collection: Collection, *, with_hidden: bool) -> None:
        fields = {
            field.name: field
            for field in collection.fields
            if (with_hidden or not field.hidden)
            and not (collection.is_auth and field.name in _NEVER_SHOWN_OF_AUTH)
        }
        constants = {"collectionId": collection.id, "collectionName": collection.name}
        # Copied for every record, so that keys come out sorted without sorting each time.
        self.template: Json = dict(sorted({**dict.fromkeys(fields), **constants}.items()))
        self.template_with_expand: Json = dict(sorted({**self.template, "expand": None}.items()))
        encoders = {name: field.encoder for name, field in fields.items()}
        self.plain = tuple(name for name, encoder in encoders.items() if encoder is None)
        self.encoded = tuple((name, encoder) for name, encoder in encoders.items() if encoder is not None)
        self.guards_email = collection.is_auth and not with_hidden and "email" in fields

    def of(self, record: Record) -> Json:
        values = record.values
        json = (self.template if record.expand is None else self.template_with_expand).copy()
        for name in self.plain:
            json[name] = values[name]
        for name, encoder in self.encoded:
            json[name] = encoder(values[name])
        if self.guards_email and not values["emailVisibility"] and "email" not in record.shown:
            del json["email"]
        return json


@derived
def _shapes(collection: Collection) -> tuple[_Shape, _Shape]:
    """Without the hidden fields, and with them."""
    return _Shape(collection, with_hidden=False), _Shape(collection, with_hidden=True)


class _Presentation:
    """One answer being written; a record that several others expand is written once.

    `count` is how many records stand in it, those of all levels.
    """

    def __init__(self, info: RequestInfo) -> None:
        self.info = info
        self.count = 0
        # What was written, and how many records stand in it.
        self._written: dict[int, tuple[Json, int]] = {}

    def of_all(self, records: Sequence[Record]) -> list[Json]:
        shape = self._shape_of(records[0].collection)
        if len(records) <= _RECORDS_PER_CHECK:
            return [self._of(record, shape) for record in records]
        presented: list[Json] = []
        for start in range(0, len(records), _RECORDS_PER_CHECK):
            check_time()
            presented += [self._of(record, shape) for record in records[start : start + _RECORDS_PER_CHECK]]
        return presented

    def _shape_of(self, collection: Collection) -> _Shape:
        return _shapes(collection)[self.info.sees_all_of(collection)]

    def _of(self, record: Record, shape: _Shape) -> Json:
        json = shape.of(record)
        self.count += 1
        expand = record.expand
        if expand is not None:
            json["expand"] = {key: self._expanded(expand[key]) for key in sorted(expand)}
        if record.shown or record.concealed or record.extra or record.shows_custom:
            json = self._adjusted(record, json)
        return json

    def _expanded(self, related: Record | list[Record]) -> Json | RawJson | list[Json | RawJson]:
        if isinstance(related, list):
            return [self._once(record) for record in related]
        return self._once(related)

    def _once(self, record: Record) -> Json | RawJson:
        written = self._written.get(id(record))
        if written is not None:
            self.count += written[1]
            return written[0]
        before = self.count
        json = self._of(record, self._shape_of(record.collection))
        self._written[id(record)] = json, self.count - before
        return json

    def _adjusted(self, record: Record, json: Json) -> Json:
        """`json` with the fields that a hook showed, concealed or added."""
        collection = record.collection
        for name in record.shown:
            field = collection.fields_by_name.get(name)
            is_secret = collection.is_auth and name in _NEVER_SHOWN_OF_AUTH
            if field is not None and name not in json and not is_secret:
                encoder = field.encoder
                json[name] = encoder(record.values[name]) if encoder else record.values[name]
        json.update(record.extra or {})
        if record.shows_custom:
            json = {**record.custom, **json}
        return {key: json[key] for key in sorted(json) if key not in record.concealed}


class _LargePresentation(_Presentation):
    """The same with expanded records as texts, which are encoded once however often they stand there.

    To encode all of a large answer at once would keep all other threads waiting. Raises _TooMuch.
    """

    def __init__(self, info: RequestInfo) -> None:
        super().__init__(info)
        self._texts: dict[int, RawJson] = {}
        self._characters = 0  # of the texts that are in place by now

    def _once(self, record: Record) -> RawJson:
        text = self._texts.get(id(record))
        if text is None:
            before = self._characters
            json = self._of(record, self._shape_of(record.collection))
            text = self._texts[id(record)] = RawJson(encode(json).decode())
            self._characters = before  # those inside are part of this one
        self._characters += len(text)
        if self._characters > MAX_EXPANDED_CHARACTERS:
            raise _TooMuch
        return text
