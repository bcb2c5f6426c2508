"""What the dashboard sends besides its pages: kept by browsers, compressed once, and nothing of the API's."""

import gzip
import os
import re

import pytest
from django.templatetags.static import static
from django.test import Client

from admin_ui.static_files import ASKED_FOR, KEPT
from system_app.site import compression
from system_app.site.compression import accepts_gzip
from tests.admin_ui.dashboard import LOGIN, sign_in

STYLE = "/_/static/admin/css/base.css"
TAKES_GZIP = {"accept-encoding": "gzip, deflate, br"}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        pytest.param("gzip", True, id="alone"),
        pytest.param("deflate, gzip;q=0.5, br", True, id="weighed"),
        pytest.param("GZIP", True, id="capitals"),
        pytest.param("*", True, id="anything"),
        pytest.param("gzip;q=1.0", True, id="one"),
        pytest.param("", False, id="absent"),
        pytest.param("br, deflate", False, id="others"),
        pytest.param("gzip;q=0", False, id="refused"),
        pytest.param("gzip; q=0.000", False, id="refused_at_length"),
        pytest.param("br, " * 1000 + "gzip", False, id="longer_than_anybody_needs"),
    ],
)
def test_who_takes_gzip(rf, header, is_accepted):
    assert accepts_gzip(rf.get("/", headers={"accept-encoding": header})) is is_accepted


class TestPages:
    def test_are_compressed_for_who_takes_it(self, client, root):
        response = client.get(LOGIN, headers=TAKES_GZIP)
        assert (response["Content-Encoding"], "Accept-Encoding" in response["Vary"]) == ("gzip", True)
        assert b"csrfmiddlewaretoken" in gzip.decompress(response.content)

    def test_are_plain_for_others(self, client, root):
        response = client.get(LOGIN)
        assert (response.has_header("Content-Encoding"), "Accept-Encoding" in response["Vary"]) == (
            False,
            True,
        )
        assert b"csrfmiddlewaretoken" in response.content

    def test_that_say_what_went_wrong_are_compressed(self, client, root):
        sign_in(client)
        response = client.get("/_/nope/deeper/", headers=TAKES_GZIP)
        assert (response.status_code, response["Content-Encoding"]) == (404, "gzip")

    def test_hide_their_tokens_from_who_compares_lengths(self, client, root):
        """Each has the token in another form, and another length."""
        contents = [client.get(LOGIN, headers=TAKES_GZIP).content for _ in range(20)]
        tokens = {
            re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', gzip.decompress(c))[1] for c in contents
        }
        assert len(tokens) == 20
        assert len({len(content) for content in contents}) > 1


@pytest.mark.parametrize("path", ["/api/health", "/api/nope", "/api/collections/meta/oauth2-providers"])
def test_the_api_is_never_compressed(client, path):
    response = client.get(path, headers=TAKES_GZIP)
    assert (response.has_header("Content-Encoding"), response["Vary"]) == (False, "Origin")


class TestFiles:
    def test_are_compressed_for_who_takes_it(self, client):
        plain, small = client.get(STYLE), client.get(STYLE, headers=TAKES_GZIP)
        assert (plain.has_header("Content-Encoding"), small["Content-Encoding"]) == (False, "gzip")
        assert gzip.decompress(small.content) == plain.content
        assert [response["Vary"] for response in (plain, small)] == ["Origin, Accept-Encoding"] * 2

    def test_are_compressed_once(self, client, monkeypatch):
        made = []
        real = gzip.compress
        monkeypatch.setattr(compression, "_files", compression.WeighedCache(4 * 1024 * 1024))
        monkeypatch.setattr(
            compression.gzip, "compress", lambda *args, **kwargs: made.append(1) or real(*args, **kwargs)
        )
        for _ in range(3):
            client.get(STYLE, headers=TAKES_GZIP)
        assert made == [1]

    def test_that_are_large_have_their_length(self, client):
        response = client.get("/_/static/admin/js/vendor/xregexp/xregexp.js", headers=TAKES_GZIP)
        body = b"".join(response)
        assert (response["Content-Encoding"], response["Content-Length"]) == ("gzip", str(len(body)))

    def test_parts_are_not_compressed(self, client):
        response = client.get(STYLE, headers={**TAKES_GZIP, "range": "bytes=0-1"})
        assert (response.status_code, response.content) == (206, b"/*")
        assert not response.has_header("Content-Encoding")

    @pytest.mark.parametrize(
        ("name", "is_compressed"),
        [
            pytest.param("drawing.svg", True, id="drawing"),
            pytest.param("module.js", True, id="script"),
            pytest.param("picture.png", False, id="picture"),
            pytest.param("font.woff2", False, id="font"),
        ],
    )
    def test_only_texts_are_compressed(self, client, settings, tmp_path, name, is_compressed):
        (tmp_path / name).write_bytes(b"x" * 1000)
        settings.STATICFILES_DIRS = [tmp_path]
        response = client.get(f"/_/static/{name}", headers=TAKES_GZIP)
        assert (response.status_code, response.has_header("Content-Encoding")) == (200, is_compressed)

    @pytest.mark.parametrize("headers", [{}, TAKES_GZIP], ids=["plain", "gzip"])
    def test_that_are_known_are_not_sent_again(self, client, headers):
        first = client.get(STYLE, headers=headers)
        again = client.get(STYLE, headers={**headers, "if-modified-since": first["Last-Modified"]})
        assert (again.status_code, again.content, again.has_header("Content-Encoding")) == (304, b"", False)

    def test_are_kept_at_an_address_with_their_version(self, client):
        address = static("admin/css/base.css")
        assert re.fullmatch(r"/_/static/admin/css/base\.css\?v=[0-9a-f]{12}", address)
        assert client.get(address)["Cache-Control"] == KEPT

    @pytest.mark.parametrize("address", [STYLE, f"{STYLE}?v=", f"{STYLE}?v=0123456789ab"])
    def test_are_asked_for_at_others(self, client, address):
        assert client.get(address)["Cache-Control"] == ASKED_FOR

    def test_that_nobody_has_have_no_version(self):
        assert static("admin/nope.css") == "/_/static/admin/nope.css"
        assert static("admin/css/") == "/_/static/admin/css/"

    def test_pages_ask_for_versions(self, client, root):
        page = client.get(LOGIN).content.decode()
        assert f'href="{static("admin_ui/base.css")}"' in page

    def test_a_changed_one_has_another_version(self, settings, tmp_path):
        (tmp_path / "own.css").write_text("a {}")
        settings.STATICFILES_DIRS = [tmp_path]
        first = static("own.css")
        (tmp_path / "own.css").write_text("b {}")
        os.utime(tmp_path / "own.css", (1, 1))
        assert len({first, static("own.css")}) == 2

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_are_only_read(self, root, method):
        assert getattr(Client(), method)(STYLE).status_code in {400, 403, 404}
