"""A server with something to look at: collections of every kind, records with pictures, and hostile ones."""

import http.client
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.browser.conftest import as_superuser, start_new, superuser_token
from tests.browser.log_world import fill_log
from tests.served import Server

Ids = dict[str, list[str]]

TITLES = (
    "Slow trains to Lisbon",
    "Nine harbours in one winter",
    "What a ferry timetable leaves out",
    "Packing for rain that never came",
    "A night market, twice",
    "The bakery at kilometre 214",
    "Maps we drew from memory",
    "Letters from platform four",
    "How to read a tide table",
    "Eleven ways to say station",
)
PEOPLE = ("Lena Ohm", "Tomás Brandão", "Ada Nwosu", "Mikko Salo", "Jun Kato")
TAGS = ("rail", "coast", "winter", "food", "maps")
STATUSES = ("draft", "review", "published", "archived")
# What somebody may have written into a record, to be shown as it is.
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}'
MANY = 95


@contextmanager
def world_shown(folder: Path) -> Iterator[tuple[Server, Ids]]:
    """A server with the dashboard's world, and its ids."""
    server = start_new(folder)
    try:
        yield server, made(server)
    finally:
        server.stop()


def made(server: Server) -> dict[str, list[str]]:
    """The ids of the records by collection."""
    _collections(server)
    people = [
        _record(
            server,
            "users",
            {
                "name": name,
                "email": f"person{at}@example.com",
                "password": "1234567890",
                "passwordConfirm": "1234567890",
                "verified": at % 2 == 0,
            },
        )
        for at, name in enumerate(PEOPLE)
    ]
    tags = [_record(server, "tags", {"name": name}) for name in TAGS]
    posts = []
    for at in range(MANY):
        body = {
            "title": f"{TITLES[at % len(TITLES)]}{'' if at < len(TITLES) else f', part {at}'}",
            "status": STATUSES[at % len(STATUSES)],
            "author": people[at % len(people)],
            "tags": json.dumps([tags[at % 5], tags[(at + 1) % 5]] if at % 3 else [tags[0]]),
            "rating": at % 50 / 10,
            "featured": at % 2 == 0,
            "published": "" if at % 4 == 0 else f"2026-11-{at % 27 + 1:02} 0{at % 10}:15:40.000Z",
            "place": json.dumps({"lon": 24.9384, "lat": 60.1699} if at % 3 else {"lon": 0, "lat": 0}),
            "meta": json.dumps({"views": at * 97, "lang": "en"}),
            "body": "<h3>The columns nobody prints</h3><p>Every harbour keeps a second timetable.</p>",
            "source": "https://timetables.example/hsl" if at % 2 else "",
        }
        pictures = [_picture(at), _picture(at + 3)] if at % 4 else []
        posts.append(_record(server, "posts", body, gallery=pictures))
    posts.append(_record(server, "posts", {"title": HOSTILE, "status": "draft", "meta": json.dumps(HOSTILE)}))
    fill_log(server, people)
    return {"users": people, "tags": tags, "posts": posts}


def _collections(server: Server) -> None:
    as_superuser(server, "POST", "collections", {"name": "tags", "fields": [_field("text", "name")]})
    tags = _id_of(server, "tags")
    users = _id_of(server, "users")
    fields = [
        _field("text", "title", required=True, presentable=True, max=160, help="What stands above it."),
        _field("select", "status", values=STATUSES, maxSelect=1),
        _field("relation", "author", collectionId=users, maxSelect=1),
        _field("relation", "tags", collectionId=tags, maxSelect=8),
        _field("number", "rating", min=0, max=5),
        _field("bool", "featured"),
        _field("date", "published"),
        _field("file", "gallery", maxSelect=12, thumbs=["100x100"], mimeTypes=["image/png"]),
        _field("geoPoint", "place"),
        _field("json", "meta"),
        _field("editor", "body"),
        _field("url", "source"),
        _field("email", "contact"),
        _field("text", "edit_token", hidden=True),
        _field("autodate", "created", onCreate=True),
        _field("autodate", "updated", onCreate=True, onUpdate=True),
    ]
    rules = {
        "listRule": 'status = "published" || author = @request.auth.id',
        "viewRule": "",
        "createRule": '@request.auth.id != "" && @request.body.author = @request.auth.id',
        "updateRule": "author = @request.auth.id && @request.body.featured:changed = false",
    }
    as_superuser(server, "POST", "collections", {"name": "posts", "fields": fields, **rules})
    query = "SELECT id, title, status, rating FROM posts"
    as_superuser(server, "POST", "collections", {"name": "post_stats", "type": "view", "viewQuery": query})
    for name in ("orders", "products", "comments"):
        as_superuser(server, "POST", "collections", {"name": name, "fields": [_field("text", "name")]})


def _field(kind: str, name: str, **options: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, **options}


def _id_of(server: Server, name: str) -> str:
    found: str = _json(server, "GET", f"collections/{name}")["id"]
    return found


def _json(server: Server, method: str, path: str) -> dict[str, Any]:
    answer = server.request(method, f"/api/{path}", {"authorization": superuser_token(server)})
    found: dict[str, Any] = json.loads(answer.body)
    return found


def _record(server: Server, collection: str, body: dict[str, Any], **files: list[bytes]) -> str:
    boundary = "between"
    parts = [_part(boundary, "@jsonPayload", json.dumps(body).encode())]
    for name, contents in files.items():
        parts += [
            _part(boundary, name, content, file_name=f"{at}.png") for at, content in enumerate(contents)
        ]
    connection: http.client.HTTPConnection = server.connect()
    try:
        connection.request(
            "POST",
            f"/api/collections/{collection}/records",
            b"".join([*parts, f"--{boundary}--\r\n".encode()]),
            {"content-type": f"multipart/form-data; boundary={boundary}", "authorization": _token(server)},
        )
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, content
    record_id: str = json.loads(content)["id"]
    return record_id


_tokens: dict[str, str] = {}


def _token(server: Server) -> str:
    if server.url not in _tokens:
        _tokens[server.url] = superuser_token(server)
    return _tokens[server.url]


def _part(boundary: str, name: str, content: bytes, *, file_name: str = "") -> bytes:
    file = f'; filename="{file_name}"\r\nContent-Type: image/png' if file_name else ""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def _picture(number: int) -> bytes:
    """A small landscape, another one for each number."""
    sky = [(249, 199, 79), (144, 190, 109), (87, 117, 144), (249, 132, 74), (67, 170, 139)][number % 5]
    image = Image.new("RGB", (200, 150), sky)
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 150), (0, 90), (60, 60), (130, 100), (200, 70), (200, 150)], fill=(39, 60, 117))
    draw.ellipse((130, 20, 165, 55), fill=(255, 243, 224))
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
