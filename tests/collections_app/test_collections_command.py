"""`manage.py collections list | export | import`; its migrations are in `migrating/`."""

import json

import pytest
from django.core.management import CommandError, call_command

from collections_app.catalog import find_collection, load_catalog

TITLE = {"type": "text", "name": "title"}


@pytest.fixture
def say(capsys, db):
    def call(*arguments):
        call_command("collections", *arguments, no_color=True)
        return capsys.readouterr().out

    return call


def test_each_is_listed_with_type_and_id(say, make_collection):
    posts = make_collection("posts", [TITLE])
    lines = say("list").splitlines()
    assert [line.split()[0] for line in lines] == sorted(one.name for one in load_catalog().collections)
    assert [line.split() for line in lines if line.startswith("posts ")] == [["posts", "base", posts.id]]


def test_what_is_exported_can_be_imported(say, make_collection, tmp_path):
    make_collection("posts", [TITLE], list_rule="title != ''")
    file = tmp_path / "collections.json"
    count = len(load_catalog().collections)
    assert say("export", str(file)) == f"Wrote {count} collections to {file}.\n"
    items = json.loads(file.read_text())
    assert json.loads(say("export")) == items
    [posts] = [item for item in items if item["name"] == "posts"]
    assert "created" not in posts
    assert "providers" not in next(item["oauth2"] for item in items if item["type"] == "auth")

    posts["listRule"] = ""
    posts["name"] = "articles"
    more = {"name": "more", "type": "base", "fields": [TITLE]}
    file.write_text(json.dumps([*items, more]))
    assert say("import", str(file)) == f"Imported {count + 1} collections.\n"
    assert find_collection("articles").list_rule == ""
    assert [find_collection("posts"), find_collection("more").name] == [None, "more"]


def test_what_is_missing_goes_when_asked(say, make_collection, tmp_path):
    make_collection("posts", [TITLE])
    make_collection("notes", [TITLE])
    file = tmp_path / "collections.json"
    file.write_text(json.dumps([item for item in json.loads(say("export")) if item["name"] != "posts"]))
    say("import", str(file))
    assert find_collection("posts") is not None
    say("import", str(file), "--delete-missing")
    assert [find_collection("posts"), find_collection("notes").name] == [None, "notes"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[", "is not JSON", id="no_json"),
        pytest.param('{"name": "a"}', "expected a list of collections", id="no_list"),
        pytest.param("[]", "expected a list of collections", id="empty"),
        pytest.param('[{"name": "a b", "type": "base"}]', "(?s)Nothing was imported.*name", id="refused"),
        pytest.param(None, "No such file or directory: .*collections.json", id="no_file"),
    ],
)
def test_what_cannot_be_imported(say, tmp_path, text, message):
    file = tmp_path / "collections.json"
    if text is not None:
        file.write_text(text)
    before = say("export")
    with pytest.raises(CommandError, match=message):
        say("import", str(file))
    assert say("export") == before
