"""The collections under attack, made over the REST API, so that any server that speaks it can have them.

All rules of most of them are "", so that guests may do everything. Rows in numbers come from the SQL console,
which writes thousands with one statement (SQLite's).
"""

from collections.abc import Callable
from typing import Any

from tests.attacks.asking import Asker, Reply

PASSWORD = "attack me 123"
POINTING = 40
EVIL_PATTERN = "^([a-zA-Z0-9]+[-_ ]?)+$"

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
READ_ONLY = {**OPEN, "createRule": None, "updateRule": None, "deleteRule": None}


def pub_id(number: int) -> str:
    """The id of a record of `pub`: the first POINTING point at all of these."""
    return f"pub{number:012}"


class World:
    """Makes the collections on a new server; `token` is a superuser's."""

    def __init__(self, url: str, token: str, *, pointing: int = POINTING) -> None:
        """`pointing` records of `pub` point at each other."""
        self._url = url
        self._token = token
        self._pointing = pointing
        self._prepared: set[Callable[[World], None]] = set()
        self._ids: dict[str, str] = {}

    def build(self) -> None:
        self._settings()
        self._pub()
        self._posts()
        self._people()
        self._locked()
        self._every_field()

    def prepare(self, needs: "Callable[[World], None]") -> None:
        """Make what an attack needs, unless another had the same need before."""
        if needs not in self._prepared:
            self._prepared.add(needs)
            needs(self)

    def _pub(self) -> None:
        """Records that all point at all of them, the heaviest there is for paths and expands."""
        fields = [
            {"type": "text", "name": "title"},
            {"type": "text", "name": "slug", "pattern": EVIL_PATTERN},
            {"type": "editor", "name": "body"},
            {"type": "json", "name": "data"},
            {"type": "url", "name": "link"},
        ]
        self.collection("pub", fields, OPEN)
        self.add_fields("pub", [self.relation("kids", "pub", 999)])
        everyone = [pub_id(number) for number in range(self._pointing)]
        self.records("pub", [{"id": one, "title": f"title {one}", "data": {"x": 1}} for one in everyone])
        self.change("pub", [(one, {"kids": everyone}) for one in everyone])

    def _posts(self) -> None:
        self.collection("posts", [{"type": "text", "name": "title"}], OPEN)
        fields = [{"type": "text", "name": "text"}, self.relation("post", "posts", 1)]
        self.collection("comments", fields, OPEN)
        self.records("posts", [{"id": f"post{at:011}", "title": f"post {at}"} for at in range(40)])

    def records(self, name: str, bodies: list[dict[str, Any]]) -> None:
        """Some 50 at the most."""
        target = f"/api/collections/{name}/records"
        self._batch([{"method": "POST", "url": target, "body": body} for body in bodies])

    def record(self, name: str, body: dict[str, Any]) -> None:
        """One, however long that takes: a batch has three seconds."""
        _expect(self._ask("POST", f"/api/collections/{name}/records", body))

    def change(self, name: str, changes: list[tuple[str, dict[str, Any]]]) -> None:
        target = f"/api/collections/{name}/records"
        self._batch([{"method": "PATCH", "url": f"{target}/{one}", "body": body} for one, body in changes])

    def _batch(self, requests: list[dict[str, Any]]) -> None:
        _expect(self._ask("POST", "/api/batch", {"requests": requests}))

    def many_comments(self, rows: int, post: str, *, first: int = 0) -> None:
        """So many comments on one post, which need not be there."""
        self.sql(
            f"INSERT INTO comments (id, text, post) {_numbers(rows)} "
            f"SELECT printf('c%014d', n + {first}), 'comment ' || n, '{post}' FROM numbers"
        )

    def long_rows(self, name: str, rows: int, size_bytes: int) -> None:
        """A collection whose rows have a `text` of so many letters."""
        self.collection(name, [{"type": "text", "name": "text", "max": 10_000_000}], OPEN)
        self.sql(
            f"INSERT INTO {name} (id, text) {_numbers(rows)} SELECT printf('l%014d', n), "
            f"replace(printf('%0{size_bytes}d', 0), '0', 'a') FROM numbers"
        )

    def many_rows(self, rows: int) -> None:
        """The collection `many`, of small rows."""
        fields = [
            {"type": "text", "name": "title"},
            {"type": "number", "name": "n"},
            {"type": "json", "name": "data"},
        ]
        self.collection("many", fields, OPEN)
        self.sql(
            f"INSERT INTO many (id, title, n, data) {_numbers(rows)} SELECT printf('m%014d', n), "
            "'2024-01-01 title ' || n, n % 90, json_object('a', n) FROM numbers"
        )

    def view(self, name: str, query: str) -> None:
        self.collection(name, [], {"listRule": "", "viewRule": ""}, type="view", viewQuery=query)

    def _people(self) -> None:
        for name in ("members", "records_users"):
            self.collection(name, [{"type": "text", "name": "name"}], OPEN, type="auth")
            for number in range(4):
                reply = self._ask(
                    "POST",
                    f"/api/collections/{name}/records",
                    {
                        "email": f"person{number}@example.com",
                        "password": PASSWORD,
                        "passwordConfirm": PASSWORD,
                        "verified": True,
                    },
                )
                _expect(reply)

    def _locked(self) -> None:
        """A rule that nobody satisfies: searches in it are empty, and delayed after the third."""
        self.collection(
            "locked", [{"type": "text", "name": "title"}], {**READ_ONLY, "listRule": "title = 'nobody knows'"}
        )

    def _settings(self) -> None:
        """Batches on, rate limits off: the servers' defaults differ."""
        _expect(
            self._ask(
                "PATCH",
                "/api/settings",
                {
                    "batch": {"enabled": True, "maxRequests": 50, "timeout": 3},
                    "rateLimits": {"enabled": False},
                },
            )
        )

    def _every_field(self) -> None:
        """`every` has a field of each type and open rules, `ruled` the same fields and rules of all kinds."""
        self.collection("every", self._field_of_each_type(), OPEN)
        self.collection("ruled", self._field_of_each_type(), {})
        rules = {
            "listRule": "bool = true || @request.auth.id != '' || title:lower ~ 'row' || rels.title ?~ 'p'",
            "viewRule": "@request.query.key:isset = true || rel.title != '' || ruled_via_self.title ?= 'x' "
            "|| @request.headers.x_key = 'k' || json.a = 1",
            "createRule": "@request.body.select:isset = false || @request.body.selects:each ?= 'a' "
            "|| @request.body.number > 1 || strftime('%Y', @now) > '2000'",
            "updateRule": "@request.body.title:changed = false || @collection.members.id ?= @request.auth.id "
            "|| geoDistance(point.lon, point.lat, 0, 0) < 9000",
            "deleteRule": "@request.auth.name = 'nobody' || rels:length > 5",
        }
        self.add_fields("ruled", [self.relation("self", "ruled", 1)])
        _expect(self._ask("PATCH", "/api/collections/ruled", rules))
        rows = [
            {
                "id": f"row{at:012}",
                "title": f"row {at}",
                "number": at,
                "bool": bool(at % 2),
                "json": {"a": at},
                "rel": f"post{at:011}",
                "rels": [f"post{at:011}", "post00000000039"],
                "selects": ["a", "b"],
            }
            for at in range(20)
        ]
        for name in ("every", "ruled"):
            self.records(name, rows)

    def _field_of_each_type(self) -> list[dict[str, Any]]:
        return [
            {"type": "text", "name": "title"},
            {"type": "text", "name": "evil", "pattern": EVIL_PATTERN},
            {"type": "text", "name": "nested", "pattern": r"^(\w+\s?)*(a|aa)+$|(x+x+)+y"},
            {"type": "text", "name": "made", "autogeneratePattern": "[a-z]{8}-[0-9]{4}"},
            {"type": "editor", "name": "editor"},
            {"type": "number", "name": "number"},
            {"type": "number", "name": "whole", "onlyInt": True, "min": -5, "max": 1e9},
            {"type": "bool", "name": "bool"},
            {"type": "email", "name": "email"},
            {"type": "url", "name": "url", "exceptDomains": ["example.org"]},
            {"type": "date", "name": "date"},
            {"type": "autodate", "name": "created", "onCreate": True, "onUpdate": False},
            {"type": "select", "name": "select", "values": ["a", "b", "c"], "maxSelect": 1},
            {"type": "select", "name": "selects", "values": ["a", "b", "c"], "maxSelect": 3},
            {"type": "json", "name": "json"},
            {"type": "file", "name": "file", "maxSize": 100_000, "maxSelect": 1},
            {"type": "file", "name": "files", "maxSize": 100_000, "maxSelect": 5},
            {"type": "geoPoint", "name": "point"},
            {"type": "password", "name": "secret", "cost": 4},
            self.relation("rel", "posts", 1),
            self.relation("rels", "posts", 20),
        ]

    def relation(self, name: str, target: str, most: int) -> dict[str, Any]:
        return {"type": "relation", "name": name, "collectionId": self._ids[target], "maxSelect": most}

    def collection(
        self, name: str, fields: list[dict[str, Any]], rules: dict[str, Any], **attributes: Any
    ) -> None:
        body = {"name": name, "type": "base", "fields": fields, **rules, **attributes}
        self._ids[name] = _expect(self._ask("POST", "/api/collections", body)).json()["id"]

    def open_collection(self, name: str, fields: list[dict[str, Any]]) -> None:
        self.collection(name, fields, OPEN)

    def add_fields(self, name: str, fields: list[dict[str, Any]]) -> None:
        present = _expect(self._ask("GET", f"/api/collections/{name}")).json()["fields"]
        _expect(self._ask("PATCH", f"/api/collections/{name}", {"fields": present + fields}))

    def _ask(self, method: str, target: str, body: Any = None) -> Reply:
        asker = Asker(self._url, self._token)  # a new one: between attacks the server may close what is idle
        try:
            return asker.ask(method, target, body)
        finally:
            asker.close()

    def sql(self, query: str) -> None:
        _expect(self._ask("POST", "/api/sql", {"query": query}))


def _numbers(count: int) -> str:
    """The beginning of a statement with a table `numbers` whose `n` is 0 to `count` - 1."""
    return f"WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT {count})"


def _expect(reply: Reply) -> Reply:
    assert reply.status == 200, (reply.status, reply.body[:2000])
    return reply
