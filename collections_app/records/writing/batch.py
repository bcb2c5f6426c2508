"""`POST /api/batch`: several writes in one transaction, all or none (contract/records.md 11)."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import inf
from typing import Any
from urllib.parse import unquote

from django.http import HttpResponse, HttpResponseBase

from collections_app.batch_actions import find_action
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.events import (
    BatchRequestEvent,
    RecordRequestEvent,
    batch_request,
    record_create_request,
    record_delete_request,
    record_update_request,
)
from collections_app.exposing.exposures import accepts_writes
from collections_app.fields.file_names import PendingFile
from collections_app.records.batch_item import BatchItem
from collections_app.records.querying.finding import find_record
from collections_app.records.reading.picking import InvalidPicker, pick
from collections_app.records.record import Record
from collections_app.records.writing.creating import creation
from collections_app.records.writing.deleting import deletion
from collections_app.records.writing.files import stored_early
from collections_app.records.writing.foreseeing import foreseen, to_be_stored
from collections_app.records.writing.locking_sql import lock_ids
from collections_app.records.writing.request_writes import RequestWrite
from collections_app.records.writing.updating import change
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import try_again
from platform_app.database.transactions import unit_of_work
from platform_app.hooks.groups import HookGroup
from platform_app.requests.exchange import exchange_of, inner_request
from platform_app.wire.casting import to_string
from platform_app.wire.errors import (
    ApiError,
    BadRequest,
    BatchRequestFailed,
    FieldError,
    NotFound,
    as_api_error,
)
from platform_app.wire.json_decoding import MalformedJson, decode_json

FAILED = "Batch transaction failed."

_RECORDS = re.compile(r"/api/collections/([^/?]+)/records(?:\?(.*))?")
_RECORD = re.compile(r"/api/collections/([^/?]+)/records/([^/?]+)(?:\?(.*))?")
# What Go refuses to read in a URL, and in its path.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")

# Items are signed in as their batch is, and their bodies are forms.
_NOT_OF_ITEMS = frozenset({"authorization", "content_type"})

_REQUEST_HOOKS = HookGroup(record_create_request, record_update_request, record_delete_request)
_VERBS = {"POST": "create", "PATCH": "update", "DELETE": "delete"}

# The query string of an item's URL: its first values by name, and what it adds to the item's body.
ReadQuery = Callable[[str], tuple[Mapping[str, str], Mapping[str, Any]]]
# (collection, "create" | "update" | "delete", method, path), before the item is looked at any further
CheckRate = Callable[[Collection, str, str, str], None]


class _NoAnswer(Exception):
    """An item failed outside of what answers requests: no action, no URL, or no `fields`."""


@dataclass(frozen=True)
class _Action:
    """What an item turned out to ask for."""

    method: str
    collection: Collection
    record_id: str
    query: str


def run_batch(
    items: list[BatchItem],
    *,
    info: RequestInfo,
    timeout_seconds: float,
    read_query: ReadQuery,
    check_rate: CheckRate,
) -> list[dict[str, Any]] | None:
    """Run the items in order; returns `{"body": ..., "status": ...}` for each, None when a hook stopped it.

    `read_query` raises BadRequest for a query that cannot be read; `check_rate` raises when an item comes too
    soon after others. Raises BadRequest with the first failing item's answer, and then nothing was written.
    """
    event = BatchRequestEvent(info=info, requests=items)
    answer: list[dict[str, Any]] | None = batch_request.trigger(
        event,
        lambda: _Run(event.requests, event.info, timeout_seconds, read_query, check_rate).all(),
    )
    return answer


class _Run:
    """A batch under way. Each item runs inside the request hook of the one before (contract/hooks.md 4)."""

    def __init__(
        self,
        items: Sequence[BatchItem],
        info: RequestInfo,
        timeout_seconds: float,
        read_query: ReadQuery,
        check_rate: CheckRate,
    ) -> None:
        self.items = items
        self.info = info
        self.timeout_seconds = timeout_seconds
        self.read_query = read_query
        self.check_rate = check_rate
        self.has_failed = False
        self.deadline = inf  # until the transaction begins
        # The reference sends the renamed files through an upload once more.
        self.uploads = [
            {
                key: [PendingFile.of(file.name, file.size_bytes, file.open) for file in files]
                for key, files in item.files.items()
            }
            for item in items
        ]
        self.reserved_ids = [""] * len(items)
        self.own = [_own_action(item) for item in items]
        self.events: list[RecordRequestEvent | None] = []  # of the items so far

    def all(self) -> list[dict[str, Any]]:
        try:
            with stored_early(self._foreseen() if any(self.uploads) else ()):
                return self._committed()
        except ApiError:
            raise
        except Exception as error:
            # After the commit: a success hook failed.
            raise BadRequest(FAILED) from error

    def _committed(self) -> list[dict[str, Any]]:
        self.deadline = time.monotonic() + self.timeout_seconds
        with unit_of_work():
            with ExitStack() as hooks:
                lock_ids(filter(None, map(_named_id, self.items)))
                results = [self._run(at, hooks) for at in range(len(self.items))]
                self._check_time()
            # Only now have all receivers said what they have to say.
            return [_result_of(event) or result for event, result in zip(self.events, results, strict=True)]

    def _foreseen(self) -> list[Record]:
        """The records that are going to be written with uploads; none when it is sure that an item fails.

        Only the first item is asked for its rights: what others may do can depend on those before them.
        """
        if self.own[0] is not None:
            return []  # nobody knows yet whether it lets them
        try:
            self._write(self._action_of(self.items[0]), 0)
            return list(self._foreseen_records())
        except Exception:  # noqa: BLE001 - whatever it is, the item fails with it once more, and is told
            return []

    def _foreseen_records(self) -> Iterator[Record]:
        for at, uploads in enumerate(self.uploads):
            if self.own[at] is not None:
                continue
            action = self._action_of(self.items[at])
            if not uploads or action.method == "DELETE":
                continue
            collection, record_id, stored = action.collection, action.record_id, None
            if action.method == "PATCH":
                stored = find_record(collection, record_id) or to_be_stored(collection, record_id)
            info = self._info_of_record(at, action)
            record = foreseen(collection, stored, info=info, uploads=uploads)
            self.reserved_ids[at] = record.id
            yield record

    def _run(self, at: int, hooks: ExitStack) -> dict[str, Any]:
        self._check_time()
        hooks.enter_context(self._blamed(at))
        if (own := self.own[at]) is not None:
            self.events.append(None)
            return self._run_own(at, *own)
        write, query = self._request_write(at)
        self.events.append(write.event)
        goes_on = hooks.enter_context(write.hook.around(write.event))
        body = write.act() if goes_on else None
        if goes_on and write.hook is record_delete_request:
            return {"body": None, "status": 204}
        return {"body": _picked(body, query.get("fields", "")), "status": 200}

    def _run_own(self, at: int, act: Callable[[RequestInfo], Any], query: str) -> dict[str, Any]:
        item = self.items[at]
        if _is_broken(item.url):
            raise _NoAnswer
        info = self._info_of(at, item.method.upper(), query, has_request=True)
        answer = act(info)
        if isinstance(answer, HttpResponseBase):
            return _as_result(answer)
        if answer is None:
            return {"body": None, "status": 204}
        return {"body": _picked(answer, info.query.get("fields", "")), "status": 200}

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            self.has_failed = True
            raise BadRequest(FAILED)

    @contextmanager
    def _blamed(self, at: int) -> Iterator[None]:
        """Tell the first error that leaves this block as the failure of one item."""
        try:
            yield
        except Exception as error:
            if self.has_failed:
                raise
            if self.items[at].method.upper() == "PUT" and _says_taken(error):
                try_again()  # somebody made the record since we looked: now it is there to be updated
            self.has_failed = True
            if isinstance(error, _NoAnswer):
                # Raised inside the item before, which takes what is no answer for its own fault.
                answer = ApiError(status=500) if at else BadRequest()
            else:
                answer = as_api_error(error)
            failed = BatchRequestFailed(answer)
            raise BadRequest(FAILED, {"requests": {str(at): failed}}) from error

    def _request_write(self, at: int) -> tuple[RequestWrite, Mapping[str, str]]:
        item = self.items[at]
        action = self._action_of(item)
        if not accepts_writes(action.collection):
            raise BadRequest("Unsupported collection type.")
        self.check_rate(action.collection, _VERBS[action.method], action.method, _path_of(item, action))
        return self._write(action, at)

    def _write(self, action: _Action, at: int) -> tuple[RequestWrite, Mapping[str, str]]:
        info = self._info_of_record(at, action)
        if action.method == "DELETE":
            return deletion(action.collection, action.record_id, info=info), info.query
        uploads = self.uploads[at]
        if action.method == "PATCH":
            return change(action.collection, action.record_id, info=info, uploads=uploads), info.query
        write = creation(action.collection, info=info, uploads=uploads)
        write.event.record.reserved_id = self.reserved_ids[at]
        return write, info.query

    def _action_of(self, item: BatchItem) -> _Action:
        """Raises _NoAnswer for an unknown action, NotFound for an unknown collection."""
        method = item.method.upper()
        if method in {"POST", "PUT"} and (match := _RECORDS.fullmatch(item.url)):
            name, record_id, query = match[1], "", match[2]
        elif method in {"PATCH", "DELETE"} and (match := _RECORD.fullmatch(item.url)):
            name, record_id, query = match[1], match[2], match[3]
        else:
            raise _NoAnswer
        if _is_broken(item.url):
            raise _NoAnswer
        collection = find_collection(name)
        if collection is None:
            raise NotFound("Missing collection context.")
        if method == "PUT":
            record_id = to_string(item.body.get("id"))
            exists = bool(record_id) and accepts_writes(collection) and find_record(collection, record_id)
            method = "PATCH" if exists else "POST"
        return _Action(method, collection, record_id, query or "")

    def _info_of_record(self, at: int, action: _Action) -> RequestInfo:
        has_request = _REQUEST_HOOKS.has_receivers_for(action.collection.tags)
        return self._info_of(at, action.method, action.query, has_request=has_request)

    def _info_of(self, at: int, method: str, query_text: str, *, has_request: bool) -> RequestInfo:
        """What rules and hooks see of it: the outer headers under its own, its query also in its body."""
        item = self.items[at]
        own = {
            key: value
            for name, value in item.headers.items()
            if (key := re.sub(r"[\W_]+", "_", name).strip("_").lower()) not in _NOT_OF_ITEMS
        }
        query, query_as_body = self.read_query(query_text)
        request = None
        if self.info.request is not None and has_request:
            request = inner_request(self.info.request, method, item.url, own, self.uploads[at])
        return replace(
            self.info,
            method=method,
            context="batch",
            headers={**self.info.headers, "content_type": "multipart/form-data", **own},
            query=query,
            body={**query_as_body, **item.body},
            request=request,
        )


def _is_broken(url: str) -> bool:
    """Whether it is none to Go."""
    return bool(_CONTROL.search(url.partition("#")[0]) or _BROKEN_ESCAPE.search(url.partition("?")[0]))


def _own_action(item: BatchItem) -> tuple[Callable[[RequestInfo], Any], str] | None:
    # An action whose path is wide must not come before the rules of records.
    if _RECORDS.fullmatch(item.url) or _RECORD.fullmatch(item.url):
        return None
    return find_action(item.method, item.url)


def _result_of(event: RecordRequestEvent | None) -> dict[str, Any] | None:
    """The result that a receiver gave instead of the usual one."""
    if event is None or event.info.request is None:
        return None
    response = exchange_of(event.request).response
    return None if response is None else _as_result(response)


def _as_result(response: HttpResponseBase) -> dict[str, Any]:
    """An answer as the result of an item, its body JSON or else a text."""
    text = response.content if isinstance(response, HttpResponse) else b""
    try:
        body = decode_json(text) if text else None
    except MalformedJson:
        body = text.decode(errors="replace")
    return {"body": body, "status": response.status_code}


def _named_id(item: BatchItem) -> str:
    """The id of the record that an item names, if it names one."""
    match = _RECORD.fullmatch(item.url)
    return match[2] if match else to_string(item.body.get("id"))


def _says_taken(error: Exception) -> bool:
    """Whether an item failed because the id of its new record is taken."""
    refused = error.data.get("id") if isinstance(error, ApiError) else None
    return isinstance(refused, FieldError) and refused.code == "validation_not_unique"


def _path_of(item: BatchItem, action: _Action) -> str:
    """The decoded path under which the item, or what an upsert became, would have come alone."""
    path = unquote(item.url.partition("?")[0])
    is_update_by_upsert = item.method.upper() == "PUT" and action.method == "PATCH"
    return f"{path}/{action.record_id}" if is_update_by_upsert else path


def _picked(body: Any, fields: str) -> Any:
    if not fields or body is None:
        return body
    try:
        return pick(body, fields)
    except InvalidPicker as error:
        raise _NoAnswer from error
