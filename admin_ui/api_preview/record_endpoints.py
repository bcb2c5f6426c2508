"""The endpoints of records, one by one and many at once."""

from django.utils.translation import gettext as _

from admin_ui.api_preview.endpoint import (
    Answer,
    Call,
    Endpoint,
    Parameter,
    body_parameters,
    expand_parameter,
    fields_parameter,
    record_id,
    refusal,
    refusals,
    refused_values,
)
from admin_ui.api_preview.examples import (
    RECORD_ID,
    example_body,
    example_file,
    example_record,
    filter_example,
    relation_names,
    sort_example,
)
from collections_app.collection import Collection
from collections_app.records.writing import creating, deleting, updating
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import BadRequest, Forbidden, NotFound


def records_path(collection: Collection) -> str:
    return f"/api/collections/{collection.name}/records"


def list_endpoint(collection: Collection) -> Endpoint:
    relations = relation_names(collection)
    options = {"filter": filter_example(collection), "sort": sort_example(collection)}
    if relations:
        options["expand"] = relations[0]
    page = {"page": 1, "perPage": 30, "totalItems": 1, "totalPages": 1, "items": [example_record(collection)]}
    return Endpoint(
        slug="list",
        title=_("List, search"),
        group=_("Records"),
        method="GET",
        path=records_path(collection),
        about=_("Pages of records, filtered and sorted."),
        calls=(Call("getList", (("page", 1), ("perPage", 30)), options=options, result="page"),),
        rule_name=_("List rule"),
        rule=collection.list_rule,
        query=(
            Parameter("page", "number", _("The page, from 1.")),
            Parameter("perPage", "number", _("Records on a page: 30 unless told, 1,000 at most.")),
            Parameter("sort", "text", _("Fields in order, - for descending. Also @random and @rowid.")),
            Parameter("filter", "text", _("An expression such as %s.") % options["filter"]),
            expand_parameter(relations),
            fields_parameter(),
            Parameter("skipTotal", "bool", _("Leaves the counts out and answers faster.")),
        ),
        example_query={"page": 1, "perPage": 30, **options},
        answers=(Answer(200, page), *refusals(collection.list_rule, BadRequest())),
    )


def view_endpoint(collection: Collection) -> Endpoint:
    relations = relation_names(collection)
    options = {"expand": relations[0]} if relations else {}
    return Endpoint(
        slug="view",
        title=_("View"),
        group=_("Records"),
        method="GET",
        path=f"{records_path(collection)}/{{id}}",
        about=_("One record."),
        calls=(Call("getOne", (("", RECORD_ID),), options=options, result="record"),),
        rule_name=_("View rule"),
        rule=collection.view_rule,
        path_parameters=(record_id(),),
        query=(expand_parameter(relations), fields_parameter()),
        example_query=options,
        answers=(Answer(200, example_record(collection)), *refusals(collection.view_rule, NotFound())),
    )


def create_endpoint(collection: Collection) -> Endpoint:
    body = example_body(collection, is_new=True)
    own_id = Parameter("id", "text", _("15 characters; made by the server when it is left out."))
    return Endpoint(
        slug="create",
        title=_("Create"),
        group=_("Records"),
        method="POST",
        path=records_path(collection),
        about=_("A new record. The body is JSON, or multipart/form-data, which files need."),
        calls=(Call("create", body=body, result="record", file=example_file(collection)),),
        rule_name=_("Create rule"),
        rule=collection.create_rule,
        query=(expand_parameter(relation_names(collection)), fields_parameter()),
        body=(own_id, *body_parameters(collection, is_new=True)),
        example_body=body,
        answers=(
            Answer(200, example_record(collection)),
            *refusals(collection.create_rule, refused_values(collection, creating.FAILED)),
        ),
    )


def update_endpoint(collection: Collection) -> Endpoint:
    body = example_body(collection, is_new=False)
    return Endpoint(
        slug="update",
        title=_("Update"),
        group=_("Records"),
        method="PATCH",
        path=f"{records_path(collection)}/{{id}}",
        about=_("Changes the fields that are sent. Lists and numbers take field+ and field- as well."),
        calls=(
            Call("update", (("", RECORD_ID),), body=body, result="record", file=example_file(collection)),
        ),
        rule_name=_("Update rule"),
        rule=collection.update_rule,
        path_parameters=(record_id(),),
        query=(expand_parameter(relation_names(collection)), fields_parameter()),
        body=body_parameters(collection, is_new=False),
        example_body=body,
        answers=(
            Answer(200, example_record(collection)),
            *refusals(collection.update_rule, refused_values(collection, updating.FAILED), NotFound()),
        ),
    )


def delete_endpoint(collection: Collection) -> Endpoint:
    return Endpoint(
        slug="delete",
        title=_("Delete"),
        group=_("Records"),
        method="DELETE",
        path=f"{records_path(collection)}/{{id}}",
        about=_("The record goes with its files; what refers to it follows the options of its field."),
        calls=(Call("delete", (("", RECORD_ID),)),),
        rule_name=_("Delete rule"),
        rule=collection.delete_rule,
        path_parameters=(record_id(),),
        answers=(
            Answer(204),
            *refusals(
                collection.delete_rule,
                BadRequest(deleting.FAILED),
                NotFound(),
            ),
        ),
    )


def realtime_endpoint(collection: Collection) -> Endpoint:
    event = {"action": "create", "record": example_record(collection)}
    return Endpoint(
        slug="realtime",
        title=_("Realtime"),
        group=_("Many at once"),
        method="GET",
        path="/api/realtime",
        about=_(
            "Server-sent events. The first one, PB_CONNECT, has the id of the client; POST the topics "
            "to the same address with it: NAME/* for all records, whom the list rule lets see them, or "
            "NAME/ID for one, by the view rule."
        ),
        rule_name=_("List rule"),
        rule=collection.list_rule,
        body=(
            Parameter("clientId", "text", _("From PB_CONNECT."), is_required=True),
            Parameter("subscriptions", "list", _("All topics; those that are left out end.")),
        ),
        example_body={"clientId": "CLIENT_ID", "subscriptions": [f"{collection.name}/*"]},
        answers=(
            Answer(200, event),
            *(refusal(error) for error in (BadRequest(), Forbidden(), NotFound())),
        ),
    )


def batch_endpoint(collection: Collection) -> Endpoint:
    body = example_body(collection, is_new=True)
    path = records_path(collection)
    requests = [
        {"method": "POST", "url": path, "body": body},
        {"method": "DELETE", "url": f"{path}/{RECORD_ID}"},
    ]
    return Endpoint(
        slug="batch",
        title=_("Batch"),
        group=_("Many at once"),
        method="POST",
        path="/api/batch",
        about=_("Several creates, updates, upserts and deletes in one transaction: all of them, or none."),
        off="" if current().batch.enabled else _("Batch requests are off in the settings."),
        body=(
            Parameter("requests", "list", _("Each with method, url, body and headers."), is_required=True),
        ),
        example_body={"requests": requests},
        answers=(
            Answer(200, [{"status": 200, "body": example_record(collection)}, {"status": 204, "body": None}]),
            *(refusal(error) for error in (BadRequest(), Forbidden())),
        ),
    )
