"""A project that changes at random: everything that a superuser may do to collections, in any order."""

import random
from collections.abc import Callable
from typing import Any

from tests.collections_app.designing import Designer

Json = dict[str, Any]

_NAMES = ("posts", "Tags", "people", "orders", "notes", "users")
_FIELD_NAMES = ("title", "name", "avatar", "n", "Flag", "ref", "tags", "title2")
_FIELD_IDS = ("f1", "f2", "f3", "text1579384326", "file376926767")
_TYPES = ("text", "number", "bool", "select", "relation", "json", "file", "date", "autodate", "geoPoint")


class RandomProject:
    """`step()` makes one change; `refused` and `made` count how they went."""

    def __init__(self, design: Designer, seed: int) -> None:
        self.design = design
        self.random = random.Random(seed)  # noqa: S311 - no secrets here
        self.made: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self._records = 0

    def step(self) -> None:
        change = self._one_of(_CHANGES)
        self._count(change.__name__, change(self))

    def _count(self, name: str, answer: tuple[int, Any] | None) -> None:
        if answer is not None:
            counts = self.made if answer[0] < 300 else self.refused
            counts[name] = counts.get(name, 0) + 1
            assert answer[0] in (200, 204, 400), (name, answer)

    # --- what there is --------------------------------------------------------------------------------

    def _all(self) -> list[Json]:
        items: list[Json] = self.design("GET", "collections?perPage=500")[1]["items"]
        return sorted(items, key=lambda one: str(one["name"]))

    def _tables(self) -> list[Json]:
        return [one for one in self._all() if one["type"] != "view" and not one["system"]]

    def _one_of(self, items: Any) -> Any:
        return self.random.choice(list(items)) if items else None

    def _is_likely(self, probability: float) -> bool:
        return self.random.random() < probability

    # --- parts ----------------------------------------------------------------------------------------

    def _field(self) -> Json:
        kind = self._one_of(_TYPES)
        field: Json = {"type": kind, "name": self._one_of(_FIELD_NAMES), "required": self._is_likely(0.2)}
        if self._is_likely(0.4):
            field["id"] = self._one_of(_FIELD_IDS)
        if kind == "select":
            field |= {"values": ["a", "b'\"", "c\nd"], "maxSelect": self.random.randint(1, 3)}
        elif kind == "relation":
            target = self._one_of(self._tables())
            many = self.random.randint(1, 3)
            field |= {"collectionId": target["id"] if target else "none", "maxSelect": many}
        elif kind == "file":
            field |= {"maxSelect": self.random.randint(1, 2)}
        elif kind == "autodate":
            field |= {"onCreate": True}
        elif kind == "number":
            field |= {"max": self.random.choice((None, 1.5, 2**53 - 1))}
        elif kind == "text":
            field |= {"max": self.random.randint(0, 9), "help": self._one_of(("", 'say "it\'s"\\n\n'))}
        return field

    def _rule(self, collection: Json) -> str | None:
        other = self._one_of(self._all())["name"]
        name = self._one_of(collection["fields"])["name"] if collection["fields"] else "id"
        return self._one_of((None, "", f"{name} != ''", f"@collection.{other}.id ?= id", "'\\\\\"' = id"))

    def _index(self, collection: Json) -> str:
        names = [field["name"] for field in collection["fields"]] or ["id"]
        picked = self.random.sample(names, min(len(names), self.random.randint(1, 2)))
        columns = ", ".join(f"`{one}`" for one in picked)
        unique = "UNIQUE " if self._is_likely(0.4) else ""
        where = f" WHERE `{names[0]}` != ''" if self._is_likely(0.3) else ""
        name = f"{self._one_of(('idx', 'IDX'))}_{self.random.randint(1, 4)}"
        return f"CREATE {unique}INDEX `{name}` ON `{collection['name']}` ({columns}){where}"

    def _query(self) -> str:
        source = self._one_of([one for one in self._all() if one["name"][0] != "_"])
        if source is None:
            return "select 'x' as id"
        fields = [
            one["name"] for one in source["fields"] if one["type"] != "password" and one["name"] != "id"
        ]
        picked = self.random.sample(fields, min(len(fields), self.random.randint(0, 3)))
        name = source["name"]
        renamed = [
            f'{name}.{one} as "{self._one_of(_FIELD_NAMES)}{place}"' for place, one in enumerate(picked)
        ]
        return f"select {', '.join([f'{name}.id', *renamed])} from {name}"

    # --- changes --------------------------------------------------------------------------------------

    def create(self) -> Any:
        kind = self._one_of(("base", "base", "auth"))
        fields = [self._field() for _ in range(self.random.randint(0, 4))]
        body = {
            "name": self._one_of(_NAMES),
            "type": kind,
            "fields": fields,
            "listRule": self._one_of((None, "")),
        }
        if self._is_likely(0.3):
            body["id"] = self._one_of(("own_id_1", "own_id_2", "_pb_users_auth_"))
        return self.design("POST", "collections", body)

    def create_view(self) -> Any:
        body = {"name": self._one_of(("v1", "v2", "v3")), "type": "view", "viewQuery": self._query()}
        return self.design("POST", "collections", body)

    def change_view(self) -> Any:
        view = self._one_of([one for one in self._all() if one["type"] == "view"])
        return view and self.design.change(view["id"], viewQuery=self._query(), listRule=self._rule(view))

    def rename(self) -> Any:
        found = self._one_of([one for one in self._all() if not one["system"]])
        names = ("v1", "v2", "v4") if found and found["type"] == "view" else _NAMES
        return found and self.design.change(found["id"], name=self._one_of(names))

    def delete(self) -> Any:
        found = self._one_of([one for one in self._all() if not one["system"]])
        return found and self.design("DELETE", f"collections/{found['id']}")

    def change_fields(self) -> Any:
        found = self._one_of(self._tables())
        if found is None:
            return None
        fields = [dict(field) for field in found["fields"]]
        for _ in range(self.random.randint(1, 3)):
            self._change_one(fields)
        return self.design.change(found["id"], fields=fields)

    def _change_one(self, fields: list[Json]) -> None:
        own = [field for field in fields if not field.get("system")]
        field = self._one_of(own)
        what = self.random.randrange(8)
        if what <= 1 or field is None:
            fields.insert(self.random.randint(0, len(fields)), self._field())
        elif what == 2:
            fields.remove(field)
        elif what == 3:
            field["name"] = self._one_of(_FIELD_NAMES)
        elif what == 4:
            other = self._one_of(own)
            field["name"], other["name"] = other["name"], field["name"]
        elif what == 5:
            self.random.shuffle(fields)
        elif what == 6:
            field["hidden"] = not field.get("hidden", False)
            if field.get("maxSelect"):
                field["maxSelect"] = 3 - min(field["maxSelect"], 2)
        else:
            # Another field in the place and under the name of this one.
            fields[fields.index(field)] = {**self._field(), "name": field["name"]}

    def change_rules(self) -> Any:
        found = self._one_of(self._all())
        return self.design.change(found["id"], listRule=self._rule(found), viewRule=self._rule(found))

    def change_indexes(self) -> Any:
        found = self._one_of(self._tables())
        if found is None:
            return None
        indexes = [text for text in found["indexes"] if found["type"] == "auth" or self._is_likely(0.5)]
        indexes.insert(self.random.randint(0, len(indexes)), self._index(found))
        return self.design.change(found["id"], indexes=indexes)

    def change_auth_options(self) -> Any:
        found = self._one_of([one for one in self._all() if one["type"] == "auth"])
        changes = (
            {"authRule": self._one_of((None, "", "verified = true"))},
            {"otp": {"enabled": self._is_likely(0.5), "length": self.random.randint(4, 9)}},
            {"mfa": {"enabled": self._is_likely(0.5), "rule": self._one_of(("", "verified = true"))}},
            {"oauth2": {"enabled": True, "mappedFields": {"name": self._one_of(_FIELD_NAMES)}}},
            {"authToken": {"duration": self.random.randint(10, 99)}},
            {
                "resetPasswordTemplate": {
                    "body": "a \"b\" 'c' \\ \n\t{APP_URL}{TOKEN}\r\n\u2028\U0001f600\x7f"
                }
            },
        )
        return self.design.change(found["id"], **self._one_of(changes))

    def change_system_collection(self) -> Any:
        found = self._one_of([one for one in self._all() if one["system"]])
        if self._is_likely(0.5):
            return self.design.change(found["id"], fields=[*found["fields"], self._field()])
        return self.design.change(found["id"], indexes=[*found["indexes"], self._index(found)])

    def import_some(self) -> Any:
        found = [one for one in self._all() if self._is_likely(0.6)]
        for one in found:
            if one["type"] != "view" and not one["system"] and self._is_likely(0.5):
                self._change_one(one["fields"])
            if self._is_likely(0.3):
                one["listRule"] = self._rule(one) if not one["system"] else one["listRule"]
        if self._is_likely(0.5):
            circle = {"type": "relation", "name": "ref", "maxSelect": 1}
            found += [
                {"id": "ring_1", "name": "ring1", "fields": [{**circle, "collectionId": "ring_2"}]},
                {"id": "ring_2", "name": "ring2", "fields": [{**circle, "collectionId": "ring_1"}]},
            ]
        if not found:
            return None
        body = {"collections": found, "deleteMissing": self._is_likely(0.4)}
        return self.design("PUT", "collections/import", body)

    def add_record(self) -> Any:
        found = self._one_of([one for one in self._tables() if one["type"] == "base"])
        if found is None:
            return None
        self._records += 1
        values = {field["name"]: f"{self._records}" for field in found["fields"] if field["type"] == "text"}
        values["id"] = f"record{self._records:09}"
        return self.design("POST", f"collections/{found['id']}/records", values)

    def truncate(self) -> Any:
        found = self._one_of(self._tables())
        return found and self.design("DELETE", f"collections/{found['id']}/truncate")


_CHANGES: tuple[Callable[[RandomProject], Any], ...] = (
    RandomProject.create,
    RandomProject.create,
    RandomProject.create_view,
    RandomProject.create_view,
    RandomProject.change_view,
    RandomProject.rename,
    RandomProject.rename,
    RandomProject.delete,
    RandomProject.change_fields,
    RandomProject.change_fields,
    RandomProject.change_fields,
    RandomProject.change_rules,
    RandomProject.change_indexes,
    RandomProject.change_indexes,
    RandomProject.change_auth_options,
    RandomProject.change_system_collection,
    RandomProject.import_some,
    RandomProject.add_record,
    RandomProject.truncate,
)
