"""Which file an address means, and who may have it (contract/files.md 1 and 4)."""

import io

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from auth_app.tokens import issue_auth_token, issue_file_token
from collections_app.records.querying import finding
from collections_app.records.storage import FileAttributes, record_storage
from files_app.events import FileDownloadEvent, file_download_request, file_token_request
from files_app.thumbs import ThumbFailed
from platform_app.wire.errors import Forbidden
from tests.auth_app.accounts import answer, error, join, plant
from tests.auth_app.conftest import make_members
from tests.system_app.settings_row import save

__all__ = ["make_members"]

NOT_FOUND = error(404, "The requested resource wasn't found.")
ONE, OTHER = "one000000000001", "other0000000001"
FIELDS = [
    {"type": "text", "name": "title"},
    {"type": "file", "name": "cover"},
    {"type": "file", "name": "papers", "maxSelect": 5, "hidden": True},
    {"type": "file", "name": "secret", "protected": True},
]


@pytest.fixture
def posts(make_collection):
    """A record with a file in each field, all of which say where they are."""
    collection = make_collection("posts", FIELDS, view_rule='@request.auth.id != "" && title = "open"')
    plant("posts", id=ONE, title="open", cover="cover.txt", papers=["a.txt", "b.txt"], secret="secret.txt")
    for name in ("cover.txt", "a.txt", "b.txt", "secret.txt"):
        put(f"{collection.id}/{ONE}/{name}")
    return collection


@pytest.fixture
def people(make_members):
    make_members()
    return {
        "alice": join("members", "alice0000000001", email="alice@example.com"),
        "root": join("_superusers", "root00000000001", email="root@example.com"),
    }


def put(path, content=None, content_type="text/plain"):
    content = path.encode() if content is None else content
    record_storage().store(path, ContentFile(content), FileAttributes(content_type, ""))


def get(path, **headers):
    """The path as it stands: an encoded slash is part of a name, which Django's client does not know."""
    target = f"/api/files/{path}"
    return Client().get(target, headers=headers, RAW_PATH=target.partition("?")[0])


def content(response):
    """What was sent, "" for a refusal that looks like all others."""
    if response.status_code != 200:
        assert answer(response) == NOT_FOUND
        return ""
    return response.content.decode()


# --- which file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"posts/{ONE}/cover.txt", id="single"),
        pytest.param(f"posts/{ONE}/b.txt", id="one_of_several_of_a_hidden_field"),
        pytest.param(f"POSTS/{ONE}/cover.txt", id="name_in_other_letters"),
        pytest.param(f"posts/{ONE}/cover.txt?thumb=9x9&download=1", id="parameters"),
    ],
)
def test_a_file_that_a_record_names(posts, path):
    name = path.rpartition("/")[2].partition("?")[0]
    assert content(get(path)) == f"{posts.id}/{ONE}/{name}"


def test_a_collection_is_found_by_its_id(posts):
    assert content(get(f"{posts.id}/{ONE}/cover.txt")) == f"{posts.id}/{ONE}/cover.txt"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"posts/{ONE}/none.txt", id="name"),
        pytest.param(f"posts/{ONE}/COVER.txt", id="other_letters"),
        pytest.param(f"posts/{ONE}/cover", id="half_a_name"),
        pytest.param(f"posts/{ONE}/cover.txt.attrs", id="sidecar"),
        pytest.param(f"posts/{ONE}/stray.txt", id="stored_but_not_named"),
        pytest.param(f"posts/{ONE}/open", id="value_of_another_field"),
        pytest.param(f"posts/{OTHER}/cover.txt", id="of_another_record"),
        pytest.param("posts/none/cover.txt", id="record"),
        pytest.param(f"posts/{ONE}/..%2F{ONE}%2Fcover.txt", id="up_and_down"),
        pytest.param(f"posts/{ONE}/%2e%2e%2fcover.txt", id="traversal"),
        pytest.param(f"posts/..%2F..%2Fdata.db/{ONE}", id="traversal_in_the_record"),
        pytest.param(f"posts/{ONE}/cover.txt%00", id="nul"),
        pytest.param(f"posts/{ONE}/cover.txt%5C", id="backslash"),
        pytest.param(f"posts/{ONE}/{'x' * 5000}", id="long"),
        pytest.param(f"posts/{ONE}/%ff%fe", id="no_utf8"),
        pytest.param(f"posts/{ONE}/gone.txt", id="named_but_not_stored"),
    ],
)
def test_everything_else_looks_alike(posts, path):
    put(f"{posts.id}/{ONE}/stray.txt")
    plant("posts", id=OTHER, cover="gone.txt")
    assert answer(get(path)) == NOT_FOUND


def test_an_unknown_collection(posts):
    expected = error(404, "Missing or invalid collection context.")
    assert answer(get(f"none/{ONE}/cover.txt")) == expected
    assert answer(get(f"..%2Fposts/{ONE}/cover.txt")) == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_files_are_only_read(posts, method):
    path = f"/api/files/posts/{ONE}/cover.txt"
    assert answer(Client().generic(method, path)) == NOT_FOUND


def test_other_sites_may_show_a_file_in_a_frame(posts):
    headers = get(f"posts/{ONE}/cover.txt").headers
    assert ("X-Frame-Options" in headers, headers["X-Content-Type-Options"]) == (False, "nosniff")


# --- views ------------------------------------------------------------------------------------------------

SELECTED = "select id, cover as face, papers from posts"


@pytest.mark.parametrize(
    ("query", "record_id", "name"),
    [
        pytest.param(SELECTED, ONE, "cover.txt", id="renamed"),
        pytest.param(SELECTED, ONE, "b.txt", id="one_of_several"),
        pytest.param("select (ROW_NUMBER() OVER()) as id, p.papers from posts p", "1", "a.txt", id="numbers"),
        pytest.param("select q.id, q.face from inner_view q", ONE, "cover.txt", id="view_of_a_view"),
    ],
)
def test_a_view_has_the_files_of_its_origin(posts, make_collection, query, record_id, name):
    faces = [{"type": "file", "name": "face"}]
    papers = [{"type": "file", "name": "papers", "maxSelect": 5}]
    options = {"viewQuery": SELECTED}
    make_collection("inner_view", [*faces, *papers], type="view", options=options)
    fields = faces if "papers" not in query else papers if "face" not in query else [*faces, *papers]
    make_collection("seen", fields, type="view", options={"viewQuery": query})
    assert content(get(f"seen/{record_id}/{name}")) == f"{posts.id}/{ONE}/{name}"


def test_a_view_whose_file_comes_from_nowhere(posts, make_collection):
    query = "select id, (cover || '') as face from posts"
    make_collection("seen", [{"type": "file", "name": "face"}], type="view", options={"viewQuery": query})
    assert answer(get(f"seen/{ONE}/cover.txt")) == NOT_FOUND


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no broken views")
def test_a_view_that_fails_has_no_files(posts, make_collection):
    make_collection("seen", [{"type": "file", "name": "cover"}], type="view", options={"viewQuery": SELECTED})
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW seen")
        cursor.execute("CREATE VIEW seen AS SELECT id, cover FROM gone")
    assert answer(get(f"seen/{ONE}/cover.txt")) == NOT_FOUND


@pytest.mark.parametrize(("rule", "is_open"), [("", True), ("title = 'open'", True), (None, False)])
def test_the_rule_of_the_view_counts_for_its_files(posts, make_collection, rule, is_open):
    fields = [{"type": "text", "name": "title"}, {"type": "file", "name": "secret", "protected": True}]
    options = {"viewQuery": "select id, title, secret from posts"}
    make_collection("seen", fields, type="view", view_rule=rule, options=options)
    expected = f"{posts.id}/{ONE}/secret.txt" if is_open else ""
    assert content(get(f"seen/{ONE}/secret.txt")) == expected


# --- protected files --------------------------------------------------------------------------------------

SECRET = f"posts/{ONE}/secret.txt"


def token_of(kind, people):
    return {
        "file": lambda: issue_file_token(people["alice"]),
        "auth": lambda: issue_auth_token(people["alice"]),
        "superuser": lambda: issue_file_token(people["root"]),
        "superuser_auth": lambda: issue_auth_token(people["root"]),
        "foreign": lambda: issue_file_token(people["alice"])[:-4] + "AAAA",
        "none": lambda: "",
        "nonsense": lambda: "a.b.c",
    }[kind]()


@pytest.mark.parametrize(
    ("kind", "is_open"),
    [
        ("file", True),
        ("superuser", True),
        ("auth", False),
        ("superuser_auth", False),
        ("foreign", False),
        ("nonsense", False),
        ("none", False),
    ],
)
def test_whose_token_opens_a_protected_file(posts, people, kind, is_open):
    got = content(get(f"{SECRET}?token={token_of(kind, people)}"))
    assert got == (f"{posts.id}/{ONE}/secret.txt" if is_open else "")


def test_an_expired_token_is_none(posts, people, monkeypatch):
    token = issue_file_token(people["alice"])
    monkeypatch.setattr("auth_app.tokens.time.time", lambda: 4102444800.0)
    assert content(get(f"{SECRET}?token={token}")) == ""


@pytest.mark.parametrize("person", ["alice", "root"])
def test_the_authorization_header_does_not_count(posts, people, person):
    assert content(get(SECRET, authorization=issue_auth_token(people[person]))) == ""


@pytest.mark.parametrize(
    ("rule", "opened_by"),
    [
        pytest.param("", {"none", "file", "superuser", "nonsense"}, id="everybody"),
        pytest.param(None, {"superuser"}, id="superusers"),
        pytest.param("title = 'closed'", {"superuser"}, id="not_satisfied"),
        pytest.param("title = 'open'", {"none", "file", "superuser", "nonsense"}, id="of_the_record"),
        pytest.param("@request.auth.email = 'alice@example.com'", {"file", "superuser"}, id="of_the_reader"),
        pytest.param("@request.context = 'default'", {"superuser"}, id="another_context"),
        pytest.param(
            "@request.context = 'protectedFile'", {"none", "file", "superuser", "nonsense"}, id="context"
        ),
        pytest.param("@request.query.token = ''", {"none", "superuser"}, id="of_the_query"),
        pytest.param("nothing = 1", {"superuser"}, id="broken"),
    ],
)
def test_the_view_rule_says_who_may_read(make_collection, people, rule, opened_by):
    posts = make_collection("posts", FIELDS, view_rule=rule)
    plant("posts", id=ONE, title="open", secret="secret.txt")
    put(f"{posts.id}/{ONE}/secret.txt")
    kinds = ("none", "file", "superuser", "nonsense")
    assert {kind for kind in kinds if content(get(f"{SECRET}?token={token_of(kind, people)}"))} == opened_by


@pytest.mark.parametrize(("allowed", "is_open"), [([], True), (["127.0.0.1"], True), (["10.0.0.1"], False)])
def test_a_superuser_reads_from_addresses_that_superusers_may_have(posts, people, allowed, is_open):
    save(superuserIPs=allowed)
    got = content(get(f"{SECRET}?token={issue_file_token(people['root'])}"))
    assert bool(got) is is_open


def test_who_is_refused_learns_nothing_from_the_address(posts, people):
    """A protected file answers as one that is not there."""
    token = issue_auth_token(people["alice"])
    refused = get(f"{SECRET}?token={token}")
    missing = get(f"posts/{ONE}/none.txt?token={token}")
    assert (refused.content, dict(refused.headers)) == (missing.content, dict(missing.headers))


def test_an_open_file_needs_no_rule(posts, monkeypatch):
    monkeypatch.setattr(finding, "compile_query", lambda *args, **options: pytest.fail("a rule was asked"))
    assert content(get(f"posts/{ONE}/cover.txt?token=x")) == f"{posts.id}/{ONE}/cover.txt"


# --- thumbs -----------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(make_collection):
    collection = make_collection("pictures", [{"type": "file", "name": "file", "thumbs": ["4x4"]}])
    for number, (name, body, kind) in enumerate(
        [
            ("good.png", png(), "image/png"),
            ("broken.png", png()[:40], "image/png"),
            ("text.png", b"text", "text/plain"),
        ]
    ):
        record_id = f"picture00000000{number}"
        plant("pictures", id=record_id, file=name)
        put(f"{collection.id}/{record_id}/{name}", body, kind)
    return collection


def png():
    made = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(made, "png")
    return made.getvalue()


@pytest.mark.parametrize(
    ("number", "name", "size", "disposition", "has_failed"),
    [
        pytest.param(0, "good.png", "4x4", "inline; filename=4x4_good.png", False, id="configured"),
        pytest.param(0, "good.png", "100x100", "inline; filename=100x100_good.png", False, id="always"),
        pytest.param(0, "good.png", "5x5", "inline; filename=good.png", True, id="not_configured"),
        pytest.param(0, "good.png", "", "inline; filename=good.png", False, id="none"),
        pytest.param(1, "broken.png", "4x4", "inline; filename=broken.png", True, id="broken"),
        pytest.param(2, "text.png", "4x4", "attachment; filename=text.png", True, id="no_picture"),
    ],
)
def test_a_thumb_or_the_file_itself(pictures, connect, number, name, size, disposition, has_failed):
    seen = []

    def see(event, **kwargs):
        seen.append(isinstance(event.thumb_error, ThumbFailed))

    connect(file_download_request, see)
    response = get(f"pictures/picture00000000{number}/{name}?thumb={size}")
    assert (response.status_code, response.headers["Content-Disposition"]) == (200, disposition)
    assert seen == [has_failed]


def test_a_thumb_of_a_missing_picture(pictures):
    plant("pictures", id=ONE, file="gone.png")
    assert answer(get(f"pictures/{ONE}/gone.png?thumb=4x4")) == NOT_FOUND


# --- hooks ------------------------------------------------------------------------------------------------


def test_a_receiver_sees_what_is_about_to_be_sent(posts, connect):
    seen = []

    def see(event: FileDownloadEvent, **kwargs):
        seen.append(
            (
                event.collection.name,
                event.record.id,
                event.file_field.name,
                event.served_path,
                event.served_name,
                event.thumb_error,
                event.info.query,
            )
        )

    connect(file_download_request, see, collection="posts")
    get(f"posts/{ONE}/a.txt?x=1")
    assert seen == [("posts", ONE, "papers", f"{posts.id}/{ONE}/a.txt", "a.txt", None, {"x": "1"})]


def test_a_receiver_may_send_something_else(posts, connect):
    def change(event, **kwargs):
        event.served_path = f"{posts.id}/{ONE}/b.txt"
        event.served_name = "other.txt"
        event.headers["Cache-Control"] = "no-store"

    connect(file_download_request, change)
    response = get(f"posts/{ONE}/a.txt")
    assert content(response) == f"{posts.id}/{ONE}/b.txt"
    kept = ("Content-Disposition", "Cache-Control")
    assert [response.headers[name] for name in kept] == ["attachment; filename=other.txt", "no-store"]


@pytest.mark.parametrize("path", ["../data.db", "/etc/hostname", "posts", ""])
def test_nothing_outside_of_the_storage_is_sent(posts, connect, path):
    def lead_away(event, **kwargs):
        event.served_path = path

    connect(file_download_request, lead_away)
    assert answer(get(f"posts/{ONE}/a.txt")) == NOT_FOUND


def test_a_receiver_of_another_collection_is_not_called(posts, connect):
    connect(file_download_request, lambda **kwargs: pytest.fail("called"), collection="others")
    assert get(f"posts/{ONE}/a.txt").status_code == 200


def test_a_receiver_may_refuse(posts, connect):
    def refuse(event, **kwargs):
        raise Forbidden("Not today.")

    connect(file_download_request, refuse)
    assert answer(get(f"posts/{ONE}/a.txt")) == error(403, "Not today.")


def test_the_headers_of_a_receiver_are_those_of_a_refusal_too(posts, connect):
    def lead_away(event, **kwargs):
        event.headers["X-Seen"] = event.served_name
        event.served_path = f"{posts.id}/{ONE}/gone.txt"

    connect(file_download_request, lead_away)
    response = get(f"posts/{ONE}/a.txt")
    assert answer(response) == NOT_FOUND
    assert (response["X-Seen"], response.has_header("Cache-Control")) == ("a.txt", False)


@pytest.mark.parametrize(
    ("headers", "frame"),
    [
        pytest.param({}, None, id="other_sites_may_frame_it_as_a_file"),
        pytest.param({"X-Frame-Options": "DENY"}, "DENY", id="unless_it_says_no"),
    ],
)
def test_a_receiver_may_answer_in_place_of_the_file(posts, connect, headers, frame):
    connect(file_download_request, lambda **kwargs: HttpResponse("mine", headers=headers))
    response = get(f"posts/{ONE}/a.txt")
    assert (response.content, response.headers.get("X-Frame-Options")) == (b"mine", frame)


def test_no_receiver_sees_what_is_refused(posts, connect):
    connect(file_download_request, lambda **kwargs: pytest.fail("called"))
    assert [content(get(path)) for path in (SECRET, f"posts/{ONE}/none.txt")] == ["", ""]


# --- tokens for files -------------------------------------------------------------------------------------


def ask_for_token(record=None, body="", content_type="application/json"):
    headers = {} if record is None else {"authorization": issue_auth_token(record)}
    return Client().post("/api/files/token", body, content_type=content_type, headers=headers)


def test_guests_get_no_token(db):
    assert answer(ask_for_token()) == error(401, "The request requires valid record authorization token.")


@pytest.mark.parametrize("body", ["", "{}", "{broken"])
def test_a_token_opens_what_its_record_may_read(posts, people, body):
    status, given = answer(ask_for_token(people["alice"], body))
    assert (status, list(given)) == (200, ["token"])
    assert content(get(f"{SECRET}?token={given['token']}")) == f"{posts.id}/{ONE}/secret.txt"


def test_a_receiver_may_give_another_token(people, connect):
    def change(event, **kwargs):
        event.token = f"{event.record.id} {event.collection.name}"

    connect(file_token_request, change, collection="members")
    assert answer(ask_for_token(people["alice"])) == (200, {"token": "alice0000000001 members"})
    assert len(answer(ask_for_token(people["root"]))[1]["token"].split(".")) == 3


def test_the_address_of_tokens_is_no_file(db):
    assert answer(Client().get("/api/files/token")) == error(404, "File not found.")
