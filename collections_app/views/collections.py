"""Collections over HTTP: designing the database at run time (contract/collections.md 1)."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from collections_app.catalog import load_catalog
from collections_app.definitions.blank import scaffolds
from collections_app.definitions.definition_forms import definition_from_form
from collections_app.definitions.definition_json import definition_as_json, whole_numbers
from collections_app.definitions.listing import list_collections
from collections_app.definitions.submitting import (
    DATA_FAILED,
    submit_collection,
    submit_deletion,
    submit_new_collection,
    submit_truncation,
    submitted_collection,
)
from collections_app.definitions.submitting_import import VALIDATING_FAILED, submit_import
from collections_app.definitions.view_fields import sample_view
from collections_app.events import (
    CollectionRequestEvent,
    CollectionsListEvent,
    collection_view_request,
    collections_list_request,
)
from collections_app.records.reading.presenting import present
from collections_app.request_info import RequestInfo
from collections_app.tables.view_query import InvalidViewQuery
from collections_app.views.api_view import APIView, no_content, request_info_for_hooks
from collections_app.views.guards import require_superuser
from platform_app.database.lanes import require_pool
from platform_app.requests.body import parse_body
from platform_app.requests.struct_body import LOADING_FAILED, Form, bind, read_struct
from platform_app.wire.errors import BadRequest, FieldError, required
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.struct_decoding import read_object

MAX_QUERY_BYTES = 5000

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_TYPE_FAILED = "Failed to load the collection type data due to invalid formatting."


@dataclass(frozen=True)
class QueryBody:
    query: str


@dataclass(frozen=True)
class ImportBody:
    """What is bound of an import; the definitions are read apart, as free objects."""

    delete_missing: bool


class CollectionList(APIView):
    """All collections, page by page; and new ones."""

    def get(self, request: HttpRequest) -> Any:
        require_superuser(request)
        require_pool()
        info = request_info_for_hooks(request)
        page = list_collections(info.query)
        event = CollectionsListEvent(info, page.collections, page.as_json())
        return _answered(collections_list_request.trigger(event, lambda: event.result))

    def post(self, request: HttpRequest) -> Any:
        require_superuser(request)
        require_pool()
        data = _definition_body(request, _TYPE_FAILED)
        kind, name = _text(data, "type"), _text(data, "name")
        info = request_info_for_hooks(request)
        return _answered(submit_new_collection(data, kind=kind, name=name, info=info))


class CollectionDetail(APIView):
    """One collection, by its id or by its name in any case."""

    def get(self, request: HttpRequest, collection: str) -> Any:
        require_superuser(request)
        event = CollectionRequestEvent(request_info_for_hooks(request), submitted_collection(collection))
        return _answered(collection_view_request.trigger(event, lambda: definition_as_json(event.collection)))

    def patch(self, request: HttpRequest, collection: str) -> Any:
        require_superuser(request)
        require_pool()
        stored = submitted_collection(collection)
        body = _definition_body(request, DATA_FAILED)
        return _answered(submit_collection(stored, body, info=request_info_for_hooks(request)))

    def delete(self, request: HttpRequest, collection: str) -> Any:
        require_superuser(request)
        require_pool()
        is_deleted = submit_deletion(submitted_collection(collection), info=request_info_for_hooks(request))
        return no_content() if is_deleted else _answered(None)


class CollectionsImport(CollectionDetail):
    """PUT imports definitions; a collection that is named `import` answers to the other methods."""

    def put(self, request: HttpRequest, collection: str) -> Any:
        require_superuser(request)
        require_pool()
        items, delete_missing = _import_body(request)
        info = request_info_for_hooks(request)
        return (
            no_content()
            if submit_import(items, delete_missing=delete_missing, info=info)
            else _answered(None)
        )


class CollectionTruncate(APIView):
    def delete(self, request: HttpRequest, collection: str) -> HttpResponse:
        require_superuser(request)
        require_pool()
        submit_truncation(submitted_collection(collection))
        return no_content()


class Scaffolds(APIView):
    def get(self, request: HttpRequest) -> dict[str, Any]:
        require_superuser(request)
        return scaffolds()


class DryRunView(APIView):
    """What a view with some query would hold, without making it."""

    def post(self, request: HttpRequest) -> dict[str, Any]:
        require_superuser(request)
        require_pool()
        query = bound_query(request)
        try:
            sample = sample_view(query, load_catalog())
        except InvalidViewQuery as error:
            raise BadRequest(f"Invalid view query. Raw error: \n{error}") from error
        return {
            "fields": [field.as_json() for field in sample.collection.fields],
            # As a guest would see them: hidden fields stay hidden, whoever tries a query out.
            "sample": present(sample.records, RequestInfo()),
        }


def bound_query(request: HttpRequest) -> str:
    """The `query` of a body of that one member. Raises BadRequest."""
    query = bind(request, QueryBody).query
    if not query:
        raise BadRequest(VALIDATING_FAILED, {"query": required()})
    if len(query.encode()) > MAX_QUERY_BYTES:
        message = f"The length must be no more than {MAX_QUERY_BYTES}."
        params = {"min": 0, "max": MAX_QUERY_BYTES}
        raise BadRequest(
            VALIDATING_FAILED, {"query": FieldError("validation_length_too_long", message, params)}
        )
    return query


def _answered(answer: Any) -> Any:
    """The answer of an action; a hook that stopped the request leaves an empty one."""
    return HttpResponse() if answer is None else answer


# --- bodies -------------------------------------------------------------------------------------------


def _object_body(request: HttpRequest, failed: str) -> dict[str, Any]:
    """The members of the body. Raises BadRequest with the message `failed`."""
    if not (request.META.get("CONTENT_TYPE") or "").startswith("application/json"):
        try:
            return cast(dict[str, Any], whole_numbers(parse_body(request)))
        except BadRequest as error:
            raise BadRequest(failed) from error
    if not request.body:
        return {}
    try:
        data = decode_json(request.body, keeps_integers=True)
    except MalformedJson as error:
        raise BadRequest(failed) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadRequest(failed)
    return data


def _definition_body(request: HttpRequest, failed: str) -> dict[str, Any]:
    """The members of a collection. Raises BadRequest, with the message `failed` for what cannot be read."""
    if not (request.META.get("CONTENT_TYPE") or "").startswith(_FORMS):
        return _object_body(request, failed)
    forms: list[Form] = []
    payloads: list[dict[str, Any]] = []
    try:
        read_struct(
            request,
            take_form=forms.append,
            take_json=lambda value: payloads.append(
                {} if value is None else read_object(value, "Collection")
            ),
            take_xml=_refuse_xml,
        )
    except BadRequest as error:
        raise BadRequest(failed) from error
    try:
        return definition_from_form(forms[0], payloads) if forms else {}
    except ValueError as error:
        raise BadRequest(DATA_FAILED) from error


def _refuse_xml(body: bytes) -> None:
    raise ValueError("no XML comes here")


def _text(data: dict[str, Any], key: str) -> str:
    """A text among the members, whatever the case of its name; of several the last. Raises BadRequest."""
    text = ""
    for name, value in data.items():
        if name.lower() == key and value is not None:
            if not isinstance(value, str):
                raise BadRequest(_TYPE_FAILED)
            text = value
    return text


def _import_body(request: HttpRequest) -> tuple[list[dict[str, Any]], bool]:
    delete_missing = bind(request, ImportBody).delete_missing
    body = {key.lower(): value for key, value in _object_body(request, LOADING_FAILED).items()}
    items = body.get("collections")
    if not isinstance(items, list | None) or not all(isinstance(item, dict | None) for item in items or ()):
        raise BadRequest(LOADING_FAILED)
    return [item or {} for item in items or ()], delete_missing
