"""The settings fire the model hooks as a row of `_params`, in the reference's order."""

import json

import pytest

from collections_app import events
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import FieldError, Invalid
from system_app.events import settings_reload, settings_update_request

HOOKS = {
    "request": settings_update_request,
    "update": events.model_update,
    "validate": events.model_validate,
    "execute": events.model_update_execute,
    "success": events.model_after_update_success,
    "error": events.model_after_update_error,
    "reload": settings_reload,
}


@pytest.fixture
def log(connect):
    """What fires, with its mark; `type` and error of model events."""
    lines = []

    def noting(name):
        def note(event, **kwargs):
            about = f" {event.type} {type(event.error).__name__}" if hasattr(event, "type") else ""
            lines.append(f"< {name}{about}")
            try:
                yield
            except Exception:
                lines.append(f"! {name}")
                raise
            lines.append(f"> {name}")

        return note

    for name, hook in HOOKS.items():
        connect(hook, noting(name), **({"collection": "_params"} if hook.tagged else {}))
    return lines


def test_the_order_of_an_update(world, log):
    assert world.settings_update() == 200
    assert log == [
        "< request",
        "< update update NoneType",
        "< validate validate NoneType",
        "> validate",
        "< execute update NoneType",
        "> execute",
        "> update",
        "< success update NoneType",
        "> success",
        "< reload",
        "> reload",
        "> request",
    ]


def test_the_order_of_a_refusal(world, log):
    assert world.send_as_root("PATCH", "settings", {"meta": {"appName": ""}}) == 400
    assert log == [
        "< request",
        "< update update NoneType",
        "< validate validate NoneType",
        "! validate",
        "! update",
        "< error update Invalid",
        "> error",
        "! request",
    ]


@pytest.mark.parametrize("name", ["update", "validate", "execute"])
def test_receivers_change_what_is_stored(world, connect, name):
    def rename(event, **kwargs):
        event.settings = {**event.settings, "meta": {**event.settings["meta"], "appName": "By a hook"}}

    connect(HOOKS[name], rename, collection="_params")
    assert world.settings_update() == 200
    assert current().data["meta"]["appName"] == json.loads(world.content)["meta"]["appName"] == "By a hook"


@pytest.mark.parametrize(
    ("error", "data"),
    [
        pytest.param(ZeroDivisionError("secret"), {}, id="fault"),
        pytest.param(Invalid({"meta": FieldError("a_code", "Not so.")}), {"meta": "a_code"}, id="values"),
    ],
)
@pytest.mark.parametrize("name", ["update", "validate", "execute"])
def test_receivers_refuse(world, connect, name, error, data):
    def refuse(event, **kwargs):
        raise error

    before = current().data["meta"]["appName"]
    connect(HOOKS[name], refuse, collection="_params")
    assert world.settings_update() == 400
    answer = json.loads(world.content)
    assert answer["message"] == "An error occurred while saving the new settings."
    assert {key: value["code"] for key, value in answer["data"].items()} == data
    assert current().data["meta"]["appName"] == before


def test_a_chain_that_stops_stores_nothing(world, connect):
    def stop(event, **kwargs):
        return
        yield

    before = current().data["meta"]["appName"]
    connect(events.model_update, stop, collection="_params")
    assert world.settings_update() == 200
    assert current().data["meta"]["appName"] == before
