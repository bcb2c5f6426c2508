"""The pages about drop-in files, routes and middlewares: what they show runs, and does what they say.

A page's Python blocks are run in their order in one namespace, as one drop-in file would hold them; then
requests are made to what they have registered.
"""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command
from django.test import Client

from auth_app.tokens import issue_auth_token
from collections_app import events
from collections_app.fetching import new_record
from collections_app.fields.file_names import PendingFile
from collections_app.records.writing.saving import save_record
from files_app import events as file_events
from files_app.filesystem import filesystem
from platform_app.hooks.hook import Hook
from system_app.crons.registry import crons
from system_app.routing.router import router
from system_app.routing.table import route_table
from tests.auth_app.accounts import join
from tests.docs.pages import blocks_of

pytestmark = pytest.mark.django_db(databases="__all__")

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOOKS = [hook for module in (events, file_events) for hook in vars(module).values() if isinstance(hook, Hook)]


@pytest.fixture
def run_page(monkeypatch):
    """Runs the blocks of a page; what they registered goes at the end."""
    monkeypatch.setattr(router, "routes", [])
    monkeypatch.setattr(router, "removed", set())
    monkeypatch.setattr(router.root, "use", [])
    before = {hook: hook._links for hook in HOOKS}
    jobs = {job_id for job_id, _ in crons.listed()}

    def run(page: str) -> ModuleType:
        module = ModuleType("pb_hooks.page")
        blocks = blocks_of(DOCS / page)
        assert blocks
        monkeypatch.setitem(sys.modules, module.__name__, module)
        for block in blocks:
            exec(compile(block, page, "exec"), vars(module))  # noqa: S102 - our own page
        route_table.cache_clear()
        return module

    yield run
    route_table.cache_clear()
    for hook, links in before.items():
        hook._set_links(links)
    for job_id in {job_id for job_id, _ in crons.listed()} - jobs:
        crons.remove(job_id)
    for name in [name for name in sys.modules if name.startswith("pb_hooks.management")]:
        from django.core.management import get_commands

        get_commands().pop(name.rpartition(".")[2], None)
        del sys.modules[name]


def test_drop_in_files(run_page, capsys):
    run_page("extending/drop-in-files.md")
    assert Client().get("/api/myapp/hello/you").json() == {"message": "Hello you!"}
    assert events.record_create_request.has_receivers_for(frozenset({"posts"}))
    assert crons.find("count-posts") is not None
    call_command("greet")
    assert capsys.readouterr().out == "Hello!\n"


JSON = "application/json"


def ask(client, line, body=None, content_type=JSON):
    method, path = line.split()
    return client.generic(method, path, body or "", content_type if body else "")


@pytest.mark.parametrize(
    ("line", "body", "status", "expected"),
    [
        ("GET /hello/you", None, 200, b'{"message":"Hello you!"}\n'),
        ("POST /hello/you", None, 404, None),
        ("POST /api/myapp/settings", None, 401, None),
        ("GET /api/myapp", None, 401, None),
        ("GET /api/myapp/example/1", None, 401, None),
        ("GET /api/myapp/reports/daily", None, 401, None),
        (
            "POST /shop/one/order",
            '{"product": "bread", "howMany": 2}',
            200,
            b'{"shop":"one","product":"bread","how_many":2}\n',
        ),
        ("POST /shop/one/order", '{"howMany": "x"}', 400, None),
        ("POST /shop/one/picture", None, 200, b"[]\n"),
        (
            "GET /shop/one/mirror?search=x",
            None,
            200,
            b'{"path":{"shop":"one"},"search":"x","token":null,"auth":null,"ip":"127.0.0.1","noted":{}}\n',
        ),
        ("GET /answers/json", None, 201, b'{"a":1}\n'),
        ("GET /answers/text", None, 200, b"Lorem ipsum..."),
        ("GET /answers/html", None, 200, b"<h1>Hello!</h1>"),
        ("GET /answers/xml", None, 200, b'<?xml version="1.0" encoding="UTF-8"?>\n<hello />'),
        ("GET /answers/blob", None, 200, b"\x89PNG"),
        ("GET /answers/stream", None, 200, b"0\n1\n2\n"),
        ("GET /answers/file", None, 200, b"Read me."),
        ("GET /answers/redirect", None, 307, b""),
        ("GET /answers/none", None, 204, b""),
        ("GET /answers/cookie", None, 200, b"set"),
        ("GET /errors/missing", None, 404, None),
        (
            "GET /errors/refused",
            None,
            400,
            b'{"data":{"title":{"code":"invalid_title","message":"Invalid or missing title."}},'
            b'"message":"Not like that.","status":400}\n',
        ),
        ("GET /errors/teapot", None, 418, None),
        ("GET /errors/bug", None, 400, None),
        ("GET /members/nobody", None, 404, None),
        ("POST /members/nobody/enter", None, 404, None),
        ("GET /legacy/x", None, 401, None),
    ],
)
def test_routes(run_page, line, body, status, expected):
    run_page("extending/routes.md")
    answer = ask(Client(), line, body)
    assert answer.status_code == status
    found = b"".join(answer) if answer.streaming else answer.content
    assert expected is None or found == expected


def test_middlewares(run_page):
    page = run_page("extending/middlewares.md")
    client = Client()
    assert client.get("/partners/prices").json()["message"] == "The key is missing."
    answer = client.get("/partners/prices", headers={"x-key": "1"})
    assert answer.json() == {"bread": 3}
    assert answer["Server-Timing"].startswith("all;dur=")
    del page.noted[:]
    client.get("/sub/hello")
    assert page.noted == ["first", "second", "third", "fourth"]
    del page.noted[:]
    client.get("/sub/quiet")
    assert page.noted == ["third"]
    assert client.post("/import", b"x" * 10, content_type="text/plain").json() == {"bytes": 10}
    answer = client.get("/report", headers={"accept-encoding": "gzip", "origin": "https://example.com"})
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Access-Control-Allow-Origin"] == "https://example.com"
    elsewhere = client.get("/report", headers={"origin": "https://example.net"})
    assert not elsewhere.has_header("Access-Control-Allow-Origin")


def has_a_copy_of_a_post_with_its_files(client):
    post = new_record("posts")
    post.set("title", "with files")
    post.set("documents", PendingFile.from_bytes("One.txt", b"one"))
    save_record(post)
    assert client.post(f"/posts/{post.id}/copy").status_code == 401
    root = {
        "authorization": issue_auth_token(join("_superusers", "root00000000001", email="root@example.com"))
    }
    copy = client.post(f"/posts/{post.id}/copy", headers=root).json()
    (name,) = copy["documents"]
    assert copy["title"] == "with files" and name not in post["documents"]
    answer = client.get(f"/api/files/posts/{copy['id']}/{name}")
    assert (answer.content, answer["Cache-Control"]) == (b"one", "no-store")
    with filesystem().open(f"copies/{post.id}") as content:
        assert content.read() == f"copied as {copy['id']}".encode()


def test_porting(run_page, make_collection, capsys, committing, mailoutbox, monkeypatch):
    page = run_page("how-to/port-from-pb-hooks.md")
    told = []
    monkeypatch.setattr(page.sending, "send", lambda url, **given: told.append((url, given["json"])))
    make_collection(
        "posts",
        [
            {"type": "text", "name": "title"},
            {"type": "text", "name": "status"},
            {"type": "file", "name": "documents", "maxSelect": 5},
            {"type": "autodate", "name": "created", "onCreate": True},
        ],
        list_rule="",
        view_rule="",
        create_rule="",
        update_rule="",
    )
    client = Client()

    def send(method, address, **data):
        return client.generic(method, f"/api/collections/posts/records{address}", json.dumps(data), JSON)

    refused = send("POST", "", title="spam").json()
    assert refused["data"]["title"]["code"] == "no_spam"
    made = send("POST", "", title="first", status="published").json()
    assert (made["computed"], "status" in made) == (5, False)
    assert page.collection_model("posts").objects.get(id=made["id"]).status == "pending"
    assert told == [("https://example.com/hook", {"id": made["id"]})]
    assert send("PATCH", f"/{made['id']}", title="second").json()["computed"] == 6
    page.rename(made["id"], "third")
    assert page.collection_model("posts").objects.get(id=made["id"]).title == "third"

    answer = client.get("/hello/you")
    assert (answer.json(), answer["X-Served-By"]) == ({"message": "Hello you"}, "me")
    assert client.post("/api/myapp/settings").status_code == 401
    assert client.get("/files/a.txt").content == b"a"
    has_a_copy_of_a_post_with_its_files(client)
    page.collection_model("posts").objects.filter(id=made["id"]).update(status="old")
    page.tidy()
    assert not page.collection_model("posts").objects.filter(id=made["id"]).exists()
    call_command("hello", "you")
    assert capsys.readouterr().out == "Hello you\n"
    page.greet("somebody@example.com")
    assert [mail.subject for mail in mailoutbox] == ["Hello"]
