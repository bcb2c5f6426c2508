"""Small collections for tests of the write path, the same that the recorded calls were made against."""

from collections.abc import Callable
from typing import Any

from auth_app.system_collections import initial_collections
from collections_app.collection import Collection

OPEN = {"list_rule": "", "view_rule": "", "create_rule": "", "update_rule": "", "delete_rule": ""}

REFERENCES: dict[str, dict[str, Any]] = {
    "wr_opt1": {"maxSelect": 1},
    "wr_optm": {"maxSelect": 3, "minSelect": 2},
    "wr_cas1": {"maxSelect": 1, "cascadeDelete": True},
    "wr_casm": {"maxSelect": 3, "cascadeDelete": True},
    "wr_req1": {"maxSelect": 1, "required": True},
    "wr_reqm": {"maxSelect": 3, "required": True},
    "wr_creq1": {"maxSelect": 1, "required": True, "cascadeDelete": True},
}


def make_writing_collections(make: Callable[..., Collection]) -> None:
    """`wtarget`, those of REFERENCES that point at it, `wself` at itself, `wv` strict, `wa` with accounts."""
    target = make("wtarget", [{"type": "text", "name": "t"}], **OPEN)
    make(
        "wv",
        [
            {"type": "text", "name": "t", "required": True, "min": 2, "max": 5, "pattern": "^[a-z]+$"},
            {"type": "number", "name": "n", "required": True, "min": 1, "max": 10, "onlyInt": True},
        ],
        **OPEN,
    )
    for name, options in REFERENCES.items():
        make(
            name,
            [
                {"type": "relation", "name": "rel", "collectionId": target.id, **options},
                {"type": "file", "name": "f", "maxSelect": 1},
                {"type": "autodate", "name": "updated", "onCreate": True, "onUpdate": True},
            ],
            **OPEN,
        )
    make(
        "wself",
        [
            {"type": "text", "name": "t"},
            {"type": "relation", "name": "parent", "collectionId": "pbc_wself", "cascadeDelete": True},
            {"type": "relation", "name": "friends", "collectionId": "pbc_wself", "maxSelect": 9},
        ],
        id="pbc_wself",
        **OPEN,
    )
    make_accounts(make, "wa")


def make_accounts(make: Callable[..., Collection], name: str, **attributes: Any) -> Collection:
    """An auth collection whose passwords are hashed quickly; people called `boss` manage it."""
    users = next(one for one in initial_collections() if one.name == "users")
    fields = [field.as_json() for field in users.fields if field.name not in {"name", "avatar"}]
    for field in fields:
        if field["name"] == "password":
            field["cost"] = 4
    fields += [{"type": "text", "name": "name"}, {"type": "text", "name": "secret", "hidden": True}]
    options = {**users.options, "manageRule": "@request.auth.name = 'boss'"}
    indexes = tuple(
        text.replace("`users`", f"`{name}`").replace("_pb_users_auth_", f"_{name}") for text in users.indexes
    )
    return make(
        name,
        fields,
        type="auth",
        options=options,
        indexes=indexes,
        id=f"pbc_{name}",
        **{**OPEN, **attributes},
    )
