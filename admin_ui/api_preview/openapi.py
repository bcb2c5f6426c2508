"""The OpenAPI 3.1 document of the collections: endpoints, parameters, bodies and records.

Rules are no part of OpenAPI: they are told in words, and a token is never demanded, for a rule may let
guests in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from admin_ui.api_preview.endpoint import Answer, Endpoint, Parameter
from admin_ui.api_preview.endpoints import endpoints_of
from admin_ui.api_preview.examples import written_fields
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.select_field import SelectField
from platform_app.runtime_settings.current import current

Schema = dict[str, Any]

_SCHEMAS: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "editor": {"type": "string", "contentMediaType": "text/html"},
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "email": {"type": "string", "format": "email"},
    "url": {"type": "string", "format": "uri"},
    "date": {"type": "string", "examples": ["2026-01-31 16:24:00.123Z"]},
    "autodate": {"type": "string", "readOnly": True, "examples": ["2026-01-31 16:24:00.123Z"]},
    "file": {"type": "string"},
    "relation": {"type": "string"},
    "select": {"type": "string"},
    "password": {"type": "string", "format": "password", "writeOnly": True},
    "json": {},
    "geoPoint": {
        "type": "object",
        "properties": {"lon": {"type": "number"}, "lat": {"type": "number"}},
    },
}
_PARAMETER_TYPES = {"number": "number", "bool": "boolean", "list": "array", "object": "object"}
_ERROR = {"$ref": "#/components/schemas/Error"}


def document_of(collections: Iterable[Collection], server: str) -> dict[str, Any]:
    """`server` is where it is, without a slash at the end."""
    found = list(collections)
    paths: dict[str, dict[str, Any]] = {}
    for collection in found:
        for endpoint in endpoints_of(collection):
            methods = paths.setdefault(endpoint.path, {})
            # Realtime and batches are one address for all.
            methods.setdefault(endpoint.method.lower(), _operation(endpoint, collection))
    return {
        "openapi": "3.1.0",
        "info": {"title": current().meta.app_name or "Joey", "version": "1"},
        "servers": [{"url": server}],
        "tags": [{"name": collection.name} for collection in found],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": {
                "Error": _error_schema(),
                **{collection.name: _record_schema(collection) for collection in found},
                **{
                    f"{collection.name}.write": _written_schema(collection)
                    for collection in found
                    if not collection.is_view
                },
            },
        },
        "security": [{}, {"token": []}],
    }


def _operation(endpoint: Endpoint, collection: Collection) -> dict[str, Any]:
    is_shared = endpoint.path in {"/api/realtime", "/api/batch"}
    operation: dict[str, Any] = {
        "operationId": endpoint.slug if is_shared else f"{collection.name}.{endpoint.slug}",
        "summary": endpoint.title,
        "description": endpoint.about,
        "tags": [] if is_shared else [collection.name],
        "responses": {
            str(answer.status): _response(answer, endpoint, collection) for answer in endpoint.answers
        },
    }
    parameters = [
        *(_parameter(one, "path") for one in endpoint.path_parameters),
        *(_parameter(one, "query") for one in endpoint.query),
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.method != "GET" and endpoint.body:
        operation["requestBody"] = {"required": True, "content": _content(endpoint, collection)}
    return operation


def _content(endpoint: Endpoint, collection: Collection) -> dict[str, Any]:
    if endpoint.slug in {"create", "update"}:
        schema = {"$ref": f"#/components/schemas/{collection.name}.write"}
        return {
            "application/json": {"schema": schema, "example": endpoint.example_body},
            "multipart/form-data": {"schema": schema},
        }
    given: Schema = {
        "type": "object",
        "properties": {one.name: _parameter_schema(one) for one in endpoint.body},
        "required": [one.name for one in endpoint.body if one.is_required],
    }
    return {"application/json": {"schema": given, "example": endpoint.example_body}}


def _response(answer: Answer, endpoint: Endpoint, collection: Collection) -> dict[str, Any]:
    if answer.body is None:
        return {"description": "Done."}
    record = {"$ref": f"#/components/schemas/{collection.name}"}
    schema: Schema = {}
    if answer.status >= 400:
        schema = _ERROR if "message" in answer.body else {}
    elif endpoint.slug in {"view", "create", "update"}:
        schema = record
    elif endpoint.slug == "list":
        counts = {name: {"type": "integer"} for name in ("page", "perPage", "totalItems", "totalPages")}
        schema = {
            "type": "object",
            "properties": {**counts, "items": {"type": "array", "items": record}},
        }
    kind = "text/event-stream" if endpoint.slug == "realtime" and answer.status == 200 else "application/json"
    return {
        "description": "" if answer.status < 400 else answer.body.get("message", ""),
        "content": {kind: {"schema": schema, "example": answer.body}},
    }


def _parameter(one: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": place,
        "required": one.is_required,
        "description": one.about,
        "schema": _parameter_schema(one),
    }


def _parameter_schema(one: Parameter) -> Schema:
    return {"type": _PARAMETER_TYPES.get(one.type, "string")}


def _record_schema(collection: Collection) -> Schema:
    names = {"collectionId": {"type": "string"}, "collectionName": {"type": "string"}}
    shown = {field.name: _field_schema(field) for field in collection.fields if not field.hidden}
    return {"type": "object", "properties": {**names, **shown}}


def _written_schema(collection: Collection) -> Schema:
    written = written_fields(collection)
    properties = {field.name: _field_schema(field) for field in written}
    for field in written:
        if field.type == "password":
            properties[f"{field.name}Confirm"] = _field_schema(field)
        elif field.type == "file":
            binary = {"type": "string", "format": "binary"}
            is_multiple = "items" in properties[field.name]
            properties[field.name] = {"type": "array", "items": binary} if is_multiple else binary
    return {"type": "object", "properties": properties}


def _field_schema(field: Field) -> Schema:
    schema = dict(_SCHEMAS.get(field.type, {}))
    if isinstance(field, SelectField):
        schema["enum"] = list(field.values or ())
    options = field.as_json()
    if field.type == "number":
        bounds = {"minimum": options.get("min"), "maximum": options.get("max")}
        schema |= {name: bound for name, bound in bounds.items() if bound is not None}
    if getattr(field, "is_multiple", False):
        schema = {"type": "array", "items": schema}
    if field.help:
        schema["description"] = field.help
    return schema


def _error_schema() -> Schema:
    return {
        "type": "object",
        "properties": {
            "status": {"type": "integer"},
            "message": {"type": "string"},
            "data": {"type": "object"},
        },
    }
