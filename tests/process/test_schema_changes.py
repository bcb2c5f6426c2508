"""Two servers on one database: what one does to the schema neither disturbs the other nor escapes it."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.environment import POSTGRESQL, another_postgresql
from tests.served import ROOT, Server, answer_of, manage, start

SUPERUSER = ("two@example.com", "1234567890")
MEMBER = ("member@example.com", "1234567890")
NOTICE_SECONDS = 1.0  # for so long a process may still answer with the schema that it knew
ROUNDS = 3

PUBLIC = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
READ = ("listRule", "viewRule")
MISSING = 404, {"data": {}, "message": "Missing collection context.", "status": 404}
MISSING_FOR_WRITES = 404, {"data": {}, "message": "Missing or invalid collection context.", "status": 404}


class Client:
    """One connection to one of the servers, signed in; answers are `(status, JSON or None)`."""

    def __init__(self, server: Server, collection: str = "_superusers") -> None:
        self._connection = server.connect()
        self._headers = {"content-type": "application/json"}
        identity, password = MEMBER if collection == "members" else SUPERUSER
        body = {"identity": identity, "password": password}
        token = self.must("POST", f"collections/{collection}/auth-with-password", body)["token"]
        self._headers["authorization"] = token

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        text = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/{path}", text, self._headers)
        answer = answer_of(self._connection)
        return answer.status, json.loads(answer.body) if answer.body else None

    def must(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self(method, path, body)
        assert status in {200, 204}, (method, path, body, status, answer)
        return answer

    def fields(self, name: str) -> list[Any]:
        fields: list[Any] = self.must("GET", f"collections/{name}")["fields"]
        return fields

    def everything(self, name: str, *fields: str) -> dict[str, dict[str, Any]]:
        """The values of some fields of all records, by id."""
        found: dict[str, dict[str, Any]] = {}
        page = pages = 1
        while page <= pages:
            answer = self.must("GET", f"collections/{name}/records?sort=id&perPage=500&page={page}")
            found |= {item["id"]: {field: item[field] for field in fields} for item in answer["items"]}
            page, pages = page + 1, answer["totalPages"]
        return found

    def close(self) -> None:
        self._connection.close()


class Pair:
    """Two servers on one directory and database."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self._clients: list[Client] = []

    def client(self, number: int, collection: str = "_superusers") -> Client:
        client = Client(self.servers[number], collection)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The DATABASE_URL of a new database; it is empty for SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    if not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    with another_postgresql() as url:
        yield url


@pytest.fixture(scope="module")
def servers(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    data_dir = tmp_path_factory.mktemp("two") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", *SUPERUSER, DATABASE_URL=database)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    servers: list[Server] = []
    try:
        servers += (start(data_dir, DATABASE_URL=database) for _ in range(2))
        client = Client(servers[0])
        client.must("PATCH", "settings", {"batch": {"enabled": True, "maxRequests": 50}})
        client.close()
        yield servers
    finally:
        for server in servers:
            server.stop()


@pytest.fixture
def pair(servers: list[Server]) -> Iterator[Pair]:
    before = [server.output.read_text() for server in servers]
    pair = Pair(servers)
    try:
        yield pair
    finally:
        pair.close()
    said = [server.output.read_text()[len(text) :] for server, text in zip(servers, before, strict=True)]
    assert all("Traceback" not in text for text in said), "\n".join(said)


def text(name: str, **options: Any) -> dict[str, Any]:
    return {"type": "text", "name": name, "id": f"text_{name}", **options}


# --- one process changes, the other serves ----------------------------------------------------------------


def make_collections(client: Client) -> str:
    """Posts, notes that refer to them, a view over both, and members; returns the id of posts."""
    rank = {"type": "number", "name": "rank"}
    tags = {"type": "select", "name": "tags", "values": ["x", "y"], "maxSelect": 1}
    fields: list[Any] = [text("title"), rank, tags]
    post_id: str = client.must("POST", "collections", {"name": "posts", "fields": fields, **PUBLIC})["id"]
    post = {"type": "relation", "name": "post", "collectionId": post_id, "cascadeDelete": True}
    client.must("POST", "collections", {"name": "notes", "fields": [text("body"), post], **PUBLIC})
    query = "select notes.id, notes.body, posts.title from notes join posts on posts.id = notes.post"
    client.must("POST", "collections", {"name": "titles", "type": "view", "viewQuery": query, "listRule": ""})
    client.must("POST", "collections", {"name": "members", "type": "auth", **PUBLIC})
    email, password = MEMBER
    member = {"email": email, "password": password, "passwordConfirm": password}
    client.must("POST", "collections/members/records", member)
    return post_id


def change_everything(client: Client, number: int) -> None:
    """One round of what can be done to posts, and to members, without touching their stable fields."""
    posts, members = (client.must("GET", f"collections/{name}") for name in ("posts", "members"))
    stable, of_members = posts["fields"], members["fields"]
    extra = {"type": "text", "name": "extra", "id": f"extra{number}"}
    renamed = {**extra, "name": "renamed"}
    retyped = {"type": "number", "name": "renamed", "id": f"retyped{number}"}
    many_tags = [{**field, "maxSelect": 2} if field["name"] == "tags" else field for field in stable]
    by_name = "create index posts_by_title on posts (title, renamed)"

    def change(collection: Any, **members: Any) -> None:
        client.must("PATCH", f"collections/{collection['id']}", members)

    change(posts, fields=[*stable, extra])
    change(members, fields=[*of_members, extra])
    change(posts, fields=[*stable, renamed])
    change(members, fields=[*of_members, renamed])
    change(posts, fields=[*stable, retyped])
    change(posts, fields=[*many_tags, retyped])
    change(posts, indexes=[by_name, "create index posts_by_rank on posts (rank)"])
    change(posts, name="articles")
    change(posts, name="posts", listRule="title != 'hidden'", viewRule="rank >= 0")
    change(members, fields=of_members)
    change(posts, indexes=[], listRule="", viewRule="")
    change(posts, fields=stable)


class Traffic:
    """Clients of the second server that read and write until the block ends.

    `posts` and `notes` are what was acknowledged: the stable fields by id of the records that must be there.
    """

    def __init__(self, pair: Pair, post_id: str) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.failures: list[BaseException] = []
        self.rounds = 0
        self._by_id = f"collections/{post_id}/records"
        self._by_name = "collections/posts/records"
        self._ends = threading.Event()
        member = "members"
        self._threads = [
            threading.Thread(target=self._repeat, args=arguments)
            for arguments in (
                (lambda client, key: self._write(client, key, self._by_id), pair.client(1)),
                (lambda client, key: self._write(client, key, self._by_id), pair.client(1, member)),
                (lambda client, key: self._write(client, key, self._by_name), pair.client(1, member)),
                (self._write_together, pair.client(1)),
                (lambda client, key: self._read(client, self._by_id), pair.client(1, member)),
                (lambda client, key: self._read(client, self._by_name), pair.client(1)),
            )
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Callable[[Client, str], None], client: Client) -> None:
        try:
            while not self._ends.is_set() and not self.failures:
                self.rounds += 1
                work(client, str(self.rounds))
        except BaseException as error:  # noqa: BLE001 - the test's own thread shows it
            self.failures.append(error)

    def _ask(self, client: Client, method: str, path: str, body: Any = None) -> Any:
        """The answer; None when it is that of a name that is not there, and was asked for by name."""
        answer = client(method, path, body)
        missing = MISSING_FOR_WRITES if method in {"POST", "PATCH"} else MISSING
        if path.startswith(self._by_name) and answer == missing:
            return None
        assert answer[0] in {200, 204}, (method, path, body, answer)
        return answer[1] or {}

    def _write(self, client: Client, key: str, path: str) -> None:
        made = self._ask(client, "POST", path, {"title": key, "rank": 1})
        if made is None:
            return
        record_id = made["id"]
        self.posts[record_id] = {"title": key, "rank": 1}
        changed = self._ask(client, "PATCH", f"{path}/{record_id}", {"rank+": 4})
        if changed is not None:
            assert (changed["title"], changed["rank"]) == (key, 5)
            self.posts[record_id] = {"title": key, "rank": 5}
        if key.endswith("3") and self._ask(client, "DELETE", f"{path}/{record_id}") is not None:
            del self.posts[record_id]

    def _write_together(self, client: Client, key: str) -> None:
        post_id = key.rjust(15, "b")
        note = {"body": key, "post": post_id}
        posts = f"/api/{self._by_id}"
        made = {"id": post_id, "title": key, "rank": 2}
        requests = [
            {"method": "POST", "url": posts, "body": made},
            {"method": "POST", "url": "/api/collections/notes/records?expand=post", "body": note},
            {"method": "PATCH", "url": f"{posts}/{post_id}", "body": {"rank": 3}},
        ]
        _, noted, changed = self._ask(client, "POST", "batch", {"requests": requests})
        self.posts[post_id] = {"title": key, "rank": 3}
        self.notes[noted["body"]["id"]] = note
        assert noted["body"]["expand"]["post"]["title"] == key
        assert changed["body"]["rank"] == 3

    def _read(self, client: Client, path: str) -> None:
        known = next(((one, post["title"]) for one, post in self.notes_and_posts()), None)
        page = self._ask(client, "GET", f"{path}?filter=rank>=1%26%26title!=''&sort=-rank")
        if known is None:
            return
        assert page is None or page["items"]
        post = self._ask(client, "GET", f"{path}/{known[0]}")
        assert post is None or post["title"] == known[1]
        notes = self._ask(client, "GET", "collections/notes/records?expand=post&filter=post.rank>0")["items"]
        assert notes and [note["expand"]["post"]["title"] for note in notes] == [n["body"] for n in notes]
        titles = self._ask(client, "GET", "collections/titles/records")["items"]
        assert titles and [row["title"] for row in titles] == [row["body"] for row in titles]

    def notes_and_posts(self) -> list[tuple[str, dict[str, Any]]]:
        """Posts that stay: those with a note."""
        return [(note["post"], self.posts[note["post"]]) for note in list(self.notes.values())]


def test_changes_of_one_process_disturb_no_request_of_the_other(pair: Pair) -> None:
    designer = pair.client(0)
    post_id = make_collections(designer)
    asked_at = time.monotonic()
    while pair.client(1)("GET", "collections/members/records")[0] != 200:
        assert time.monotonic() < asked_at + 10 * NOTICE_SECONDS
    with Traffic(pair, post_id) as traffic:
        for number in range(ROUNDS):
            change_everything(designer, number)
    for failure in traffic.failures:
        raise failure
    assert traffic.rounds > 2 * len(traffic.posts) / 3 > 0
    for number in range(2):
        client = pair.client(number)
        assert client.everything("posts", "title", "rank") == traffic.posts
        assert client.everything("notes", "body", "post") == traffic.notes


# --- noticing ----------------------------------------------------------------------------------------------


def test_the_other_process_answers_with_the_new_schema_within_a_second(pair: Pair) -> None:
    designer, reader = pair.client(0), pair.client(1)
    made = designer.must("POST", "collections", {"name": "seen", "fields": [text("a")], **PUBLIC})
    path, records = f"collections/{made['id']}", f"collections/{made['id']}/records"
    record_id = designer.must("POST", records, {"a": "1"})["id"]
    id_and_a = designer.fields("seen")
    renamed = [{**field, "name": "b"} if field["name"] == "a" else field for field in id_and_a]
    view = f"{records}/{record_id}"

    def keys(client: Client) -> set[str]:
        answer = client("GET", view)[1]
        return set(answer) - {"collectionId", "collectionName", "id"}

    changes: list[tuple[dict[str, Any], Callable[[Client], Any], Any]] = [
        ({"fields": [*id_and_a, text("extra")]}, keys, {"a", "extra"}),
        ({"fields": id_and_a}, keys, {"a"}),
        ({"fields": renamed}, keys, {"b"}),
        ({"name": "renamed"}, lambda client: client("GET", view)[1]["collectionName"], "renamed"),
        ({"name": "seen"}, lambda client: client("GET", "collections/renamed/records")[0], 404),
    ]
    for change, see, expected in changes:
        designer.must("PATCH", path, change)
        acknowledged = time.monotonic()
        while True:
            asked = time.monotonic()
            seen = see(reader)
            if seen == expected:
                break
            assert asked - acknowledged < NOTICE_SECONDS, (change, seen)
    assert designer.must("GET", view) == reader.must("GET", view)
    designer.must("DELETE", path)


# --- both change ------------------------------------------------------------------------------------------


def at_once(pair: Pair, *requests: tuple[str, str, Any]) -> list[tuple[int, Any]]:
    """The answers to two requests, the first to the first server, sent at the same moment."""
    together = threading.Barrier(len(requests))

    def send(client: Client, request: tuple[str, str, Any]) -> tuple[int, Any]:
        together.wait()
        return client(*request)

    clients = [pair.client(number) for number in range(len(requests))]
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, clients, requests))


def names_of(pair: Pair, name: str) -> list[str]:
    """The fields that both servers say the collection has; its table must have the same columns."""
    first, second = (pair.client(number) for number in range(2))
    fields = first.fields(name)
    assert fields == second.fields(name)
    names = [field["name"] for field in fields]
    columns = first.must("POST", "sql", {"query": f"select * from {name}"})["columns"]
    assert sorted(column["name"] for column in columns) == sorted(names)
    return names


def refused(name: str) -> tuple[int, Any]:
    reason = f"the collection {name} was changed meanwhile, please try again"
    message = f"Failed to update collection. Raw error: \n{reason}."
    return 400, {"data": {}, "message": message, "status": 400}


def test_of_two_lists_of_fields_one_wins_whole(pair: Pair) -> None:
    designer = pair.client(0)
    designer.must("POST", "collections", {"name": "raced", "fields": [text("kept")]})
    record = designer.must("POST", "collections/raced/records", {"kept": "value"})
    for number in range(ROUNDS):
        base = designer.fields("raced")
        mine, yours = ([*base, text(f"{letter}{number}")] for letter in "ab")
        path = "collections/raced"
        answers = at_once(pair, ("PATCH", path, {"fields": mine}), ("PATCH", path, {"fields": yours}))
        accepted = [
            fields for fields, (status, _) in zip((mine, yours), answers, strict=True) if status == 200
        ]
        assert accepted and all(
            status == 200 or (status, answer) == refused("raced") for status, answer in answers
        )
        # A list replaces the fields, so of two that were taken, one after the other, the last one counts.
        assert names_of(pair, "raced") in [[field["name"] for field in fields] for fields in accepted]
    assert pair.client(1).must("GET", f"collections/raced/records/{record['id']}")["kept"] == "value"
    designer.must("DELETE", "collections/raced")


def test_imports_of_both_processes_add_up(pair: Pair) -> None:
    designer = pair.client(0)
    designer.must("POST", "collections", {"name": "imported", "fields": [text("kept")]})
    expected = {"id", "kept"}
    for number in range(ROUNDS):
        requests = []
        for letter in "ab":
            expected.add(f"{letter}{number}")
            item = {"name": "imported", "fields": [text(f"{letter}{number}")]}
            requests.append(("PUT", "collections/import", {"collections": [item]}))
        assert at_once(pair, *requests) == [(204, None)] * 2
        assert set(names_of(pair, "imported")) == expected
    designer.must("DELETE", "collections/imported")


def test_changes_that_do_not_touch_are_both_made(pair: Pair) -> None:
    designer = pair.client(0)
    designer.must("POST", "collections", {"name": "shared", "fields": [text("kept")]})
    for number in range(ROUNDS):
        base = designer.fields("shared")
        path, rule = "collections/shared", f"kept != '{number}'"
        pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"listRule": rule}, {"viewRule": rule}),
            ({"fields": [*base, text(f"f{number}")]}, {"createRule": rule}),
        ]
        for mine, yours in pairs:
            answers = at_once(pair, ("PATCH", path, mine), ("PATCH", path, yours))
            assert [status for status, _ in answers] == [200, 200], answers
        stored = pair.client(1).must("GET", path)
        assert {stored["listRule"], stored["viewRule"], stored["createRule"]} == {rule}
        assert names_of(pair, "shared") == [field["name"] for field in base] + [f"f{number}"]
    designer.must("DELETE", "collections/shared")


def test_both_processes_design_collections_of_their_own(pair: Pair) -> None:
    pair.client(0).must("POST", "collections", {"name": "seenbyall", "fields": [text("kept")]})

    def design(number: int) -> None:
        client, name = pair.client(number), f"own{number}"
        for count in range(ROUNDS):
            client.must("POST", "collections", {"name": name, "fields": [text("a")]})
            query = f"select {name}.id, {name}.a, s.kept from {name} left join seenbyall s on s.id = {name}.a"
            view = {"name": f"view{number}", "type": "view", "viewQuery": query}
            client.must("POST", "collections", view)
            client.must("PATCH", f"collections/{name}", {"fields": [*client.fields(name), text(f"b{count}")]})
            client.must("POST", "collections/meta/dry-run-view", {"query": query})
            client.must("DELETE", f"collections/view{number}")
            client.must("DELETE", f"collections/{name}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(design, range(2)))
    pair.client(0).must("DELETE", "collections/seenbyall")


def test_a_view_of_constants_tells_no_old_ones(pair: Pair) -> None:
    client = pair.client(0)
    guest = pair.servers[0].connect()
    view = {"name": "constants", "type": "view", "viewQuery": "select 1 as id", **dict.fromkeys(READ, "")}
    client.must("POST", "collections", view)
    rule = "@collection.constants.id ?= @request.body.wanted"
    client.must("POST", "collections", {"name": "asking", "fields": [text("wanted")], "createRule": rule})

    def told() -> list[object]:
        """The ids; their number; what is said to who asks for "1", and to who needs it for a rule."""
        page = client.must("GET", "collections/constants/records?skipTotal=true")
        counted = client.must("GET", "collections/constants/records?perPage=1")["totalItems"]
        found, _ = client("GET", "collections/constants/records/1")
        headers = {"content-type": "application/json"}
        guest.request("POST", "/api/collections/asking/records", '{"wanted": "1"}', headers)
        ruled = answer_of(guest).status
        return [[item["id"] for item in page["items"]], counted, found, ruled]

    for _ in range(ROUNDS):
        assert told() == [["1"], 1, 200, 200]
        client.must("PATCH", "collections/constants", {"viewQuery": "select id from (select 2 as id)"})
        assert told() == [["2"], 1, 404, 400]
        client.must("PATCH", "collections/constants", {"viewQuery": "select 1 as id"})
    guest.close()
