"""Extensions of the dashboard: their files, and the script of all of them (contract/dashboard.md SH-25)."""

import re

import pytest

from admin_ui import extension_files
from admin_ui.extensions import Extension, Extensions
from admin_ui.static_files import ASKED_FOR, KEPT
from admin_ui.templatetags import dashboard_address
from tests.admin_ui.dashboard import LOGIN

SCRIPT = "/_/extensions.js"


@pytest.fixture
def registered(monkeypatch):
    registered = Extensions()
    for module in (extension_files, dashboard_address):
        monkeypatch.setattr(module, "extensions", registered)
    return registered


@pytest.fixture
def shop(registered, tmp_path):
    """An extension with a script, a style sheet and a page."""
    folder = tmp_path / "shop"
    (folder / "help").mkdir(parents=True)
    (folder / "main.js").write_text("go() // on")
    (folder / "shop.css").write_text("a {}")
    (folder / "help/index.html").write_text("<p>Help</p>")
    (tmp_path / "secret.txt").write_text("secret")
    registered.register(Extension("shop", folder))
    return registered


class TestRegistering:
    @pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "_x", "ä"])
    def test_a_name_that_cannot_stand_in_an_address_is_refused(self, tmp_path, name):
        with pytest.raises(ValueError, match="is no name of an extension"):
            Extensions().register(Extension(name, tmp_path))

    def test_a_name_that_is_taken_is_refused(self, shop, tmp_path):
        with pytest.raises(ValueError, match="two extensions of the dashboard are called 'shop'"):
            shop.register(Extension("shop", tmp_path))

    def test_a_folder_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="the extension 'shop' has no folder"):
            Extensions().register(Extension("shop", tmp_path / "nope"))

    def test_the_same_one_may_come_twice(self, shop, tmp_path):
        shop.register(Extension("shop", tmp_path / "shop"))
        assert [extension.name for extension in shop] == ["shop"]


@pytest.mark.django_db
class TestScript:
    def test_is_empty_without_extensions(self, client, registered):
        response = client.get(SCRIPT)
        assert (response.status_code, response["Content-Type"], response.content) == (
            200,
            "text/javascript",
            b"",
        )
        assert "extensions.js" not in client.get(LOGIN).content.decode()

    def test_holds_those_of_all_in_functions_of_their_own(self, client, shop, tmp_path):
        for name, text in (("plain", None), ("last", "await last()")):
            (tmp_path / name).mkdir()
            if text:
                (tmp_path / name / "main.js").write_text(text)
            shop.register(Extension(name, tmp_path / name))
        assert client.get(SCRIPT).content.decode() == (
            "await (async function(){go() // on\n})();await (async function(){await last()\n})();"
        )

    def test_is_loaded_by_the_pages_under_its_version(self, client, root, shop, tmp_path):
        def address():
            return re.search(
                r'<script type="module" src="\.\./(extensions\.js\?v=\w+)"></script>',
                client.get(LOGIN).content.decode(),
            )[1]

        first = address()
        assert client.get(f"/_/{first}")["Cache-Control"] == KEPT
        (tmp_path / "shop/main.js").write_text("other()")
        assert client.get(f"/_/{first}")["Cache-Control"] == ASKED_FOR
        assert address() != first

    def test_one_that_cannot_be_read_is_left_out(self, client, shop, tmp_path, caplog):
        (tmp_path / "shop/main.js").unlink()
        (tmp_path / "shop/main.js").mkdir()
        assert client.get(SCRIPT).content == b""
        assert "a script of the dashboard is left out" in caplog.text


@pytest.mark.django_db
class TestFiles:
    @pytest.mark.parametrize(
        ("path", "status", "said"),
        [
            pytest.param("shop/shop.css", 200, b"a {}", id="file"),
            pytest.param("shop/help/", 200, b"<p>Help</p>", id="folder"),
            pytest.param("shop/help", 301, "/_/extensions/shop/help/", id="folder_without_slash"),
            pytest.param("shop/help/index.html", 301, "/_/extensions/shop/help/", id="index"),
            pytest.param("shop", 301, "/_/extensions/shop/", id="root_without_slash"),
            pytest.param("shop/", 404, None, id="root_without_index"),
            pytest.param("shop/nope", 404, None, id="unknown_file"),
            pytest.param("shop/%2e%2e/secret.txt", 404, None, id="way_up"),
            pytest.param("shop/..%2fsecret.txt", 404, None, id="way_up_by_slash"),
            pytest.param("nope/main.js", 404, None, id="unknown_extension"),
        ],
    )
    def test_are_everybodys(self, client, shop, path, status, said):
        target = f"/_/extensions/{path}"
        response = client.get(target, RAW_PATH=target.replace("%2e", "x"))
        assert response.status_code == status
        if status == 200:
            assert (response.content, response["Cache-Control"]) == (said, ASKED_FOR)
        elif status == 301:
            assert response["Location"] == said
