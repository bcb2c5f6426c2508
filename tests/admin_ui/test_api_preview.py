"""The API preview: every endpoint of every collection, with code that means it."""

import ast
import json
import re
import shlex
from html import unescape

import pytest

from admin_ui.api_preview.endpoints import endpoints_of
from admin_ui.api_preview.samples import LANGUAGES, sample
from collections_app.catalog import find_collection
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import make_posts

pytestmark = pytest.mark.django_db

API = "/_/collections/posts/api/"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


def collection(name):
    found = find_collection(name)
    assert found is not None
    return found


def slugs(page: str) -> list[str]:
    return re.findall(r'<a class="nav-item[^"]*" href="/_/collections/\w+/api/([\w-]+)/"', page)


def test_the_endpoints_of_a_collection(admin):
    page = admin.get(API).content.decode()
    assert slugs(page) == [
        *("list", "view", "create", "update", "delete", "realtime", "batch"),
        *("filters", "expand", "fields"),
    ]
    assert "Superusers only: it needs the token of one." in page


def test_those_of_a_view(admin, make_collection):
    make_collection("few", type="view", options={"viewQuery": "SELECT id FROM posts"})
    page = admin.get("/_/collections/few/api/").content.decode()
    assert slugs(page) == ["list", "view", "realtime", "filters", "expand", "fields"]


def test_those_of_accounts(admin, make_members):
    make_members()
    page = admin.get("/_/collections/members/api/").content.decode()
    assert slugs(page)[7:-3] == [
        *("auth-methods", "auth-with-password", "auth-with-oauth2", "request-otp", "auth-with-otp"),
        *("auth-refresh", "request-verification", "confirm-verification", "request-password-reset"),
        *("confirm-password-reset", "request-email-change", "confirm-email-change"),
    ]


def test_what_superusers_have_none_of(admin):
    page = admin.get("/_/collections/_superusers/api/").content.decode()
    assert not {"auth-with-oauth2", "request-verification", "request-email-change"} & set(slugs(page))


@pytest.mark.parametrize("is_on", [True, False])
def test_what_is_off_says_so(admin, is_on):
    save_settings({**DEFAULTS, "batch": {**DEFAULTS["batch"], "enabled": is_on}})
    page = admin.get(f"{API}batch/").content.decode()
    assert ("Batch requests are off in the settings." in page) is not is_on


@pytest.mark.parametrize("address", ["nothing/", "list/x/"])
def test_what_there_is_not(admin, address):
    assert admin.get(API + address).status_code == 404


def test_every_page_opens(admin, make_members):
    make_members()
    for name in ("posts", "members", "_superusers"):
        for slug in [one.slug for one in endpoints_of(collection(name))]:
            for language in LANGUAGES:
                address = f"/_/collections/{name}/api/{slug}/?language={language}"
                assert admin.get(address).status_code == 200, address


def test_the_language_is_remembered(admin):
    admin.get(f"{API}view/?language=dart")
    assert "package:pocketbase" in admin.get(f"{API}create/").content.decode()
    admin.get(f"{API}view/?language=cobol")
    assert "package:pocketbase" in admin.get(f"{API}create/").content.decode()


def test_the_answer_for_a_status(admin):
    page = unescape(re.sub("<[^>]+>", "", admin.get(f"{API}create/?status=400").content.decode()))
    assert '"message": "Failed to create record."' in page
    assert '"title": {\n      "code": "validation_required"' in page


def test_a_sample_record_has_what_guests_see(admin):
    answer = endpoints_of(collection("posts"))[1].answers[0]
    assert "secret" not in answer.body
    assert answer.body["status"] == "draft"
    assert answer.body["moods"] == ["sad"]
    assert answer.body["rating"] == 5


class TestSamples:
    """Code is checked by the parsers of its language where they are at hand."""

    @pytest.fixture
    def codes(self, admin, make_members):
        make_members()

        def found(language):
            for name in ("posts", "members"):
                for endpoint in endpoints_of(collection(name)):
                    yield endpoint, sample(endpoint, collection(name), language, "https://api.example")

        return found

    def test_python(self, codes):
        for _, code in codes("python"):
            ast.parse(code)

    def test_curl_sends_the_body(self, codes):
        for endpoint, code in codes("curl"):
            words = shlex.split(code)
            assert words[0] == "curl"
            if endpoint.example_file is not None:
                form = words[words.index("--form-string") + 1]
                assert json.loads(form.removeprefix("@jsonPayload=")) == endpoint.example_body
                assert words[words.index("-F") + 1] == f"{endpoint.example_file.name}=@name.png"
            elif endpoint.example_body is not None:
                assert json.loads(words[words.index("-d") + 1]) == endpoint.example_body

    def test_curl_asks_with_the_method(self, codes):
        for endpoint, code in codes("curl"):
            words = shlex.split(code)
            sends = {"-d", "-F"} & {*words}
            said = words[words.index("-X") + 1] if "-X" in words else "POST" if sends else "GET"
            assert said == endpoint.method or endpoint.slug == "realtime"

    @pytest.mark.parametrize(
        ("slug", "call"),
        [
            ("view", 'const record = await pb.collection("posts").getOne("RECORD_ID", {'),
            ("delete", 'await pb.collection("posts").delete("RECORD_ID");'),
            ("list", "  filter: 'title ~ \"some\"',\n"),
            ("create", 'const record = await pb.collection("posts").create({'),
            ("update", '  papers: [...document.querySelector("input[type=file]").files],\n});'),
            ("realtime", 'pb.collection("posts").subscribe("*", (event) => {'),
        ],
    )
    def test_javascript(self, codes, slug, call):
        code = next(code for endpoint, code in codes("javascript") if endpoint.slug == slug)
        assert call in code

    @pytest.mark.parametrize(
        ("slug", "call"),
        [
            ("view", "final record = await pb.collection('posts').getOne('RECORD_ID', expand: 'author');"),
            ("create", "final record = await pb.collection('posts').create(body: <String, dynamic>{\n"),
            ("create", ", files: [await http.MultipartFile.fromPath('papers', 'name.png')]);"),
            ("delete", "await pb.collection('posts').delete('RECORD_ID');"),
        ],
    )
    def test_dart(self, codes, slug, call):
        code = next(code for endpoint, code in codes("dart") if endpoint.slug == slug)
        assert call in code


def test_a_file_comes_from_one_input(admin, make_collection):
    films = make_collection("films", [{"type": "file", "name": "film"}])
    create = next(one for one in endpoints_of(films) if one.slug == "create")
    code = sample(create, films, "javascript", "https://api.example")
    assert '.create({\n  film: document.querySelector("input[type=file]").files[0],\n});' in code


def test_values_of_others_stay_texts(admin, make_collection):
    """A choice of a select is what a body has: with quotes and signs of each language."""
    hostile = """it's "$HOME" \\ </script><b>"""
    fields = [{"type": "select", "name": "kind", "values": [hostile], "maxSelect": 1}]
    found = make_collection("hostile", fields=fields)
    create = endpoints_of(found)[2]
    assert ast.literal_eval(
        re.search(r'"kind": (.*),\n', sample(create, found, "python", "http://x")).group(1)
    ) == (hostile)
    words = shlex.split(sample(create, found, "curl", "http://x"))
    assert json.loads(words[-1])["kind"] == hostile
    assert "\\$HOME" in sample(create, found, "dart", "http://x")
    assert "it\\'s" in sample(create, found, "dart", "http://x")
    for language in LANGUAGES:
        page = admin.get(f"/_/collections/hostile/api/create/?language={language}").content.decode()
        assert "</script><b>" not in page


class TestOpenAPI:
    def document(self, admin, query=""):
        response = admin.get(f"/_/openapi.json{query}")
        assert (response.status_code, response["content-type"]) == (200, "application/json")
        return json.loads(response.content)

    def test_names_what_it_refers_to(self, admin, make_members):
        make_members()
        document = self.document(admin)
        schemas = document["components"]["schemas"]
        for reference in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
            assert reference in schemas

    def test_has_every_operation_once(self, admin, make_members):
        make_members()
        document = self.document(admin)
        operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
        assert len(operations) == len(set(operations))
        assert {"posts.list", "posts.create", "members.auth-with-password", "batch"} <= set(operations)

    def test_leaves_the_systems_collections_out(self, admin):
        assert not any("/_" in path for path in self.document(admin)["paths"])

    def test_of_one_collection(self, admin):
        document = self.document(admin, "?collection=authors")
        assert document["tags"] == [{"name": "authors"}]
        properties = document["components"]["schemas"]["authors"]["properties"]
        assert set(properties) == {"collectionId", "collectionName", "id", "name"}

    def test_says_what_fields_are(self, admin):
        schemas = self.document(admin)["components"]["schemas"]
        posts, written = schemas["posts"]["properties"], schemas["posts.write"]["properties"]
        assert posts["moods"] == {
            "type": "array",
            "items": {"type": "string", "enum": ["sad", "glad", "mad"]},
        }
        assert posts["rating"] == {"type": "number", "maximum": 5}
        assert "secret" not in posts
        assert "updated" not in written
        assert written["papers"] == {"type": "array", "items": {"type": "string", "format": "binary"}}

    def test_is_for_superusers(self, client, root):
        assert client.get("/_/openapi.json").status_code == 302
