"""A collection with a field of every type, and records in it, for tests of the list and the form."""

from html.parser import HTMLParser
from typing import Any

from tests.collections_app.records.rows import insert
from tests.conftest import MakeCollection

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7|add:7 }}'
POSTS = "/_/collections/posts/"
FIRST = "first0000000000"
AUTHOR = "author000000000"
FIELDS: list[dict[str, Any]] = [
    {"type": "text", "name": "title", "required": True, "presentable": True, "max": 200},
    {"type": "select", "name": "status", "values": ["draft", "done"], "maxSelect": 1},
    {"type": "select", "name": "moods", "values": ["sad", "glad", "mad"], "maxSelect": 3},
    {"type": "number", "name": "rating", "max": 5},
    {"type": "bool", "name": "featured"},
    {"type": "date", "name": "published"},
    {"type": "json", "name": "meta"},
    {"type": "geoPoint", "name": "place"},
    {"type": "editor", "name": "body"},
    {"type": "url", "name": "source"},
    {"type": "email", "name": "contact"},
    {"type": "file", "name": "papers", "maxSelect": 3, "protected": True},
    {"type": "text", "name": "secret", "hidden": True},
    {"type": "autodate", "name": "updated", "onCreate": True, "onUpdate": True},
]


def make_posts(make_collection: MakeCollection) -> None:
    """`posts` with one record, by somebody of `authors`."""
    authors = make_collection("authors", fields=[{"type": "text", "name": "name"}])
    relation = {"type": "relation", "collectionId": authors.id}
    posts = make_collection(
        "posts",
        fields=[
            *FIELDS,
            {**relation, "name": "author", "maxSelect": 1},
            {**relation, "name": "readers", "maxSelect": 5},
        ],
    )
    insert(authors, id=AUTHOR, name="Ada Nwosu")
    insert(
        posts,
        id=FIRST,
        title="One & only",
        status="done",
        moods=["glad"],
        rating=4.5,
        featured=True,
        published="2026-11-27 18:04:05.123Z",
        meta='{"views":12345678901234567890,"lang":"en"}',
        place={"lon": 24.9, "lat": 60.1},
        body="<p>Long <b>ago</b></p>",
        source="https://example.com/x",
        contact="a@example.com",
        secret="s3cr3t",
        author=AUTHOR,
    )


def form_of(response: Any, form_id: str = "record-form") -> dict[str, list[str]]:
    """What a browser would send of a form if nobody touched it."""
    reader = _FormReader(form_id)
    reader.feed(response.content.decode())
    del reader.sent["csrfmiddlewaretoken"]
    return reader.sent


class _FormReader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self._form_id = form_id
        self.sent: dict[str, list[str]] = {}
        self._is_inside = self._is_in_template = False
        self._name = ""  # of the textarea or select that is being read
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self._is_inside = given.get("id") == self._form_id
        elif tag == "template":
            self._is_in_template = True
        elif not self._is_inside or self._is_in_template:
            return
        elif tag in {"textarea", "select"}:
            self._name, self._text = name, []
        elif tag == "option" and "selected" in given and self._name:
            self._send(self._name, value)
        elif tag == "input" and name and "disabled" not in given:
            is_off = given.get("type") == "file" or (
                given.get("type") in {"checkbox", "radio"} and "checked" not in given
            )
            if not is_off:
                self._send(name, value)

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._is_inside and self._name and not self._is_in_template:
            # Browsers drop the first line feed, and write the others in their way.
            self._send(self._name, "".join(self._text).removeprefix("\n").replace("\n", "\r\n"))
        elif tag == "form":
            self._is_inside = False
        elif tag == "template":
            self._is_in_template = False

    def _send(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)
